"""Tables of time and telling: instants at which something is due, what people chose to be told, and its delivery."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class TaskMoment(Base):
    """An instant at which something happens to a task that is still open; a sweep takes it out when it has come.

    `kind` is warn, due, remind, escalate, timeout, offered or follow_up; `detail` is what the model says of it. While
    the clock of the task stands still its moments are `held`.
    """

    __tablename__ = "task_moment"
    __table_args__ = (
        Index("ix_task_moment_due", "at", "id", postgresql_where=text("NOT held AND kind <> 'timeout'")),
        Index("ix_task_moment_timeout", "at", "id", postgresql_where=text("NOT held AND kind = 'timeout'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    held: Mapped[bool] = mapped_column(default=False, server_default="false")
    detail: Mapped[dict[str, Any] | None]


class NotificationChoice(Base):
    """By which channels somebody wants to be told of what, when not, and when a summary comes.

    `muted` and `elsewhere` are what their choices come to together with the company's minimum: events not shown in the
    application, and events that go out by other channels.
    """

    __tablename__ = "notification_choice"
    __table_args__ = (
        Index("ix_notification_choice_digest", "next_digest_at", postgresql_where=text("next_digest_at IS NOT NULL")),
    )

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    muted: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    elsewhere: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    next_digest_at: Mapped[datetime | None]
    unsubscribe_key: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class NotificationPolicy(Base):
    """What the company says: who has chosen nothing is told so, and everybody at least so. One row."""

    __tablename__ = "notification_policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    policy: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(Text)


class Delivery(Base):
    """A message to send by a gateway: written with what caused it, sent afterwards, tried again with back-off.

    `state` is pending, sent or failed.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_pending", "next_attempt_at", postgresql_where=text("state = 'pending'")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)  # a user
    address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    user_task_id: Mapped[UUID | None]
    process_instance_id: Mapped[UUID | None]
