"""Tables of what runs: process instances, what happened in them, and why they cannot go on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class ProcessInstance(Base):
    """One run of a process. `state` is active, completed or cancelled.

    The root of a tree of called instances is locked first: one lock for the whole tree.
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        Index("ix_process_instance_business_key", "business_key"),
        Index("ix_process_instance_definition", "definition_id", "state"),
        Index("ix_process_instance_started", "started_at", "id"),
        Index("ix_process_instance_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_process_instance_initiator", "initiator", "started_at", "id"),
        Index(
            "ix_process_instance_search",
            text("search_grams(search_text)"),
            postgresql_using="gin",
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_process_instance_root", "root_id"),
        Index(
            "ix_process_instance_variables",
            "variables",
            postgresql_using="gin",
            postgresql_ops={"variables": "jsonb_path_ops"},
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_process_instance_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(
            "ix_process_instance_over",
            "definition_id",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL AND parent_id IS NULL"),
        ),
        Index(
            "uq_process_instance_idempotency",
            "initiator",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    parent_token: Mapped[UUID | None]
    called_from: Mapped[str | None] = mapped_column(Text)  # the call activity of the parent
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    business_key: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="active")
    engine_state: Mapped[bytes | None]
    variables: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]  # since when the clocks of its tasks stand still: a step of the model says so
    suspended_at: Mapped[datetime | None]  # since when nothing goes on in it
    initiator: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    idempotency_digest: Mapped[bytes | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str | None] = mapped_column(Text)  # its business key and what lists show of its variables


class Activity(Base):
    """One finished visit of an element: appended when it is left, never changed; partitioned by month.

    What is still entered stands in the rows it waits as (user_task, timer, subscription, job).
    """

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_instance", "process_instance_id", "left_at"),
        {"postgresql_partition_by": "RANGE (left_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    left_at: Mapped[datetime] = mapped_column(primary_key=True)
    entered_at: Mapped[datetime]
    process_instance_id: Mapped[UUID]
    definition_id: Mapped[UUID]
    element_id: Mapped[str] = mapped_column(Text)
    element_type: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)  # completed, cancelled, or the name of the flow, error or decision
    actor: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any] | None]  # values a gateway saw, rules a decision matched, an instance called


class Incident(Base):
    """Why an instance cannot go on at an element, until a person mends and retries it."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "created_at", "id", postgresql_where=text("resolved_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"), index=True)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    token_id: Mapped[UUID | None]
    element_id: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    template: Mapped[str | None] = mapped_column(Text)  # of the message; none: it is a worker's own words
    params: Mapped[dict[str, Any] | None]
    expression: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(Text)
    annotation: Mapped[str | None] = mapped_column(Text)  # what people note about it
