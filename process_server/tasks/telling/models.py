"""Tables of what people are told: notifications, the mail that carries them, links that decide a task from a mail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class MailLink(Base):
    """A link in a mail by which one person may decide one task, once, until it expires; only its hash is kept."""

    __tablename__ = "mail_link"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    user_task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Notification(Base):
    """Something a person should know. `kind` names the text, `params` fill it; shown in their language."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_recipient", "recipient", "created_at", "id"),
        Index(
            "ix_notification_unread",
            "recipient",
            "created_at",
            "id",
            postgresql_where=text("in_app AND read_at IS NULL"),
        ),
        Index("ix_notification_to_deliver", "deliver_at", postgresql_where=text("deliver_at IS NOT NULL")),
        Index("ix_notification_digest", "recipient", postgresql_where=text("digest")),
        Index("ix_notification_created", "created_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recipient: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    user_task_id: Mapped[UUID | None]
    process_instance_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    in_app: Mapped[bool] = mapped_column(default=True, server_default="true")  # shown in the application
    deliver_at: Mapped[datetime | None]  # from when on it goes out by mail and other channels; empty: not, or no more
    delivered_at: Mapped[datetime | None]
    digest: Mapped[bool] = mapped_column(default=False, server_default="false")  # waits for its reader's summary


class Mail(Base):
    """A mail to send: written with what caused it, sent afterwards, tried again with back-off.

    `state` is pending, sent, failed, or kept where the server has no SMTP to send it by. `recipient` and `cc` are
    addresses as the header writes them, separated by commas.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_pending", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index("ix_mail_state", "state", "created_at", "id"),
        Index("ix_mail_instance", "process_instance_id", postgresql_where=text("process_instance_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recipient: Mapped[str] = mapped_column(Text)
    cc: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="pending")
    unsubscribe_key: Mapped[str | None] = mapped_column(Text)  # of its reader, where it tells them something
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    user_task_id: Mapped[UUID | None]
    process_instance_id: Mapped[UUID | None]
