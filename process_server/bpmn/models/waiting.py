"""Tables of what process instances wait for: instants, messages, the work of others."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class Timer(Base):
    """An instant something waits for; the id is the engine's token. Without an instance it is a timer start event."""

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "due_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_instance_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("process_instance.id", ondelete="CASCADE"), index=True
    )
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), index=True)
    element_id: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    cycle: Mapped[str | None] = mapped_column(Text)
    remaining: Mapped[int | None]  # repetitions of the cycle still to come; empty: without end
    armed: Mapped[bool] = mapped_column(default=False)  # at an activity or scope: no token stands there
    created_at: Mapped[datetime]
    suspended: Mapped[bool] = mapped_column(default=False)  # by a person: it does not fire


class Subscription(Base):
    """A message, signal or condition something waits for; the id is the engine's token.

    Without an instance it is a start event.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_name", "kind", "name", "correlation_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    correlation_key: Mapped[str | None] = mapped_column(Text)
    process_instance_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("process_instance.id", ondelete="CASCADE"), index=True
    )
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"), index=True)
    element_id: Mapped[str] = mapped_column(Text)
    armed: Mapped[bool] = mapped_column(default=False)  # at an activity or scope: no token stands there
    created_at: Mapped[datetime]


class KeptMessage(Base):
    """A message nobody waited for when it came; whoever waits for it before it expires gets it."""

    __tablename__ = "kept_message"
    __table_args__ = (Index("ix_kept_message_name", "name"), Index("ix_kept_message_expires", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    business_key: Mapped[str | None] = mapped_column(Text)
    correlation_key: Mapped[str | None] = mapped_column(Text)
    correlation_variables: Mapped[dict[str, Any] | None]
    process_instance_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("process_instance.id", ondelete="CASCADE"), index=True
    )
    variables: Mapped[dict[str, Any]]
    actor: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Job(Base):
    """Service work that a connector or an outside worker does. The id is the engine's token and the idempotency key."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_order",
            "topic",
            text("priority DESC"),
            "next_attempt_at",
            "id",
            postgresql_where=text("retries > 0 AND NOT connector"),
        ),
        Index(
            "ix_job_free",
            "topic",
            text("GREATEST(next_attempt_at, locked_until)"),
            postgresql_where=text("retries > 0 AND NOT connector"),
        ),
        Index("ix_job_connector", "next_attempt_at", "id", postgresql_where=text("retries > 0 AND connector")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"), index=True)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    element_id: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    connector: Mapped[bool] = mapped_column(default=False)  # the server itself works this topic
    payload: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(SmallInteger, default=50)
    retries: Mapped[int] = mapped_column(SmallInteger)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_attempt_at: Mapped[datetime]
    locked_by: Mapped[str | None] = mapped_column(Text)
    locked_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    error_details: Mapped[str | None] = mapped_column(Text)  # the worker's own: a stack trace
    created_at: Mapped[datetime]
    suspended: Mapped[bool] = mapped_column(default=False)  # by a person: nobody gets it


class JobFailure(Base):
    """An attempt at a job that failed: appended, and kept after the job itself is done."""

    __tablename__ = "job_failure"
    __table_args__ = (Index("ix_job_failure_instance", "process_instance_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[UUID]
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"))
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    element_id: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    connector: Mapped[bool]
    worker: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger)
    retries: Mapped[int] = mapped_column(SmallInteger)  # that were left after it
    error: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
