"""Tables of processes: what was deployed, what runs, what it waits for, and what happened."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class Deployment(Base):
    """A set of files deployed together, all or nothing."""

    __tablename__ = "deployment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[Any]] = mapped_column(default=list)


class Resource(Base):
    """One deployed file, byte for byte."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("deployment_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes]
    content: Mapped[bytes]


class ProcessDefinition(Base):
    """One version of an executable process. Running instances stay on theirs."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    version_tag: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    start_form_key: Mapped[str | None] = mapped_column(Text)
    startable: Mapped[bool] = mapped_column(default=True)  # by a person, from the list of processes
    candidate_starters: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    suspended: Mapped[bool] = mapped_column(default=False)
    history_days: Mapped[int | None]  # how long after their end cases are kept; empty: for good


class PlannedSuspension(Base):
    """A version that is to be suspended or activated at an instant, with its running instances or alone."""

    __tablename__ = "planned_suspension"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id", ondelete="CASCADE"), index=True)
    suspended: Mapped[bool]
    instances: Mapped[bool]
    due_at: Mapped[datetime] = mapped_column(index=True)
    planned_by: Mapped[str] = mapped_column(Text)


class DecisionDefinition(Base):
    """One version of a DMN decision."""

    __tablename__ = "decision_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    name: Mapped[str | None] = mapped_column(Text)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)


class Parameter(Base):
    """A figure an analyst may change without deploying: `parameter("follow_up_limit")` in any expression."""

    __tablename__ = "parameter"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[dict[str, Any]]  # {"value": ..}: any value a variable may have
    description: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(Text)


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
