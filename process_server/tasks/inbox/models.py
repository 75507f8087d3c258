"""Tables of what people make of their lists: views, filters, tags, rules, embedding; and how long steps have taken."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class Tag(Base):
    """A word somebody puts on tasks; without an `owner` it is shared by everybody."""

    __tablename__ = "tag"
    __table_args__ = (Index("uq_tag_name", text("COALESCE(owner, '')"), text("lower(name)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    colour: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class TaskTag(Base):
    """A tag on a task."""

    __tablename__ = "task_tag"

    user_task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True)
    tagged_by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class InboxRule(Base):
    """What somebody wants done with tasks that come to them, or change: when a condition of their lists holds.

    `position` orders the rules of a person. `problem` says why the rule could not be read when it was last tried.
    """

    __tablename__ = "inbox_rule"
    __table_args__ = (
        Index("ix_inbox_rule_owner", "owner", "position"),
        Index("ix_inbox_rule_on", "owner", postgresql_where=text("enabled")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    enabled: Mapped[bool] = mapped_column(default=True, server_default="true")
    on_change: Mapped[bool] = mapped_column(default=False, server_default="false")
    condition: Mapped[str] = mapped_column(Text)
    actions: Mapped[list[Any]]
    ends_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class RuleCall(Base):
    """A task that the rules of a person have to look at; a worker takes it away."""

    __tablename__ = "rule_call"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(Text)
    user_task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), index=True)
    changed: Mapped[bool]  # it did not come, it changed
    at: Mapped[datetime]


class RuleRun(Base):
    """What a rule did with a task, once and for all; `problems` name what could not be done."""

    __tablename__ = "rule_run"
    __table_args__ = (Index("ix_rule_run_rule", "rule_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("inbox_rule.id", ondelete="CASCADE"))
    user_task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    done: Mapped[list[str]] = mapped_column(ARRAY(Text))
    problems: Mapped[list[Any]]


class StepHistory(Base):
    """How many seconds each of the last tasks of a step took, in order: what its open tasks are compared with."""

    __tablename__ = "step_history"

    definition_id: Mapped[UUID] = mapped_column(
        ForeignKey("process_definition.id", ondelete="CASCADE"), primary_key=True
    )
    element_id: Mapped[str] = mapped_column(Text, primary_key=True)
    seconds: Mapped[list[float]] = mapped_column(ARRAY(Double))
    changed_at: Mapped[datetime]


class Embed(Base):
    """A list or a case that other sites may show in a frame, as one person sees it, and nothing more; by its hash."""

    __tablename__ = "embed"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    view_id: Mapped[UUID | None] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"))
    process_instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"))
    language: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class SavedView(Base):
    """A list somebody put together: its query, columns and order. `shared` is private, team or everyone."""

    __tablename__ = "saved_view"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    shared: Mapped[str] = mapped_column(Text, default="private")
    colour: Mapped[str | None] = mapped_column(Text)
    icon: Mapped[str | None] = mapped_column(Text)
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ViewSubscription(Base):
    """Whoever is told at the hour of their summary how many rows a saved view has."""

    __tablename__ = "view_subscription"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    view_id: Mapped[UUID] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"), primary_key=True, index=True)


class TaskFilter(Base):
    """A question about open tasks in the words of Camunda's API, kept under a name: a system's own kind of view."""

    __tablename__ = "task_filter"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    query: Mapped[dict[str, Any]]
    properties: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
