"""Tables of human work: user tasks, and what was decided."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id

OPEN = text("state = 'open'")
CLAIMABLE = text("state = 'open' AND assignee IS NULL")
AT_ONCE = {"fastupdate": "off"}  # what is new stands in its place at once: no list of it is read through each time
DUE = text("COALESCE(due_at, 'infinity'::timestamp with time zone)")  # what has no due date comes last


class UserTask(Base):
    """A piece of human work, open and done in one table. The id is the engine's token.

    `state` is open, held, completed or cancelled; held is a task that waits for signers added to it, and `pending`
    keeps what its form gave when it was decided before them. `candidate_users` and `candidate_groups` may claim it
    while `assignee` is empty. Every list of the inbox reads one of the partial indexes below
    (tests/integration/test_worklist_plans.py).
    """

    __tablename__ = "user_task"
    __table_args__ = (
        Index(
            "ix_user_task_open_assignee",
            "assignee",
            DUE,
            "id",
            postgresql_where=text("state = 'open' AND assignee IS NOT NULL"),
        ),
        Index("ix_user_task_open_due", DUE, "id", postgresql_where=OPEN),
        Index("ix_user_task_open_rank", "rank", DUE, "id", postgresql_where=OPEN),
        Index("ix_user_task_rank_at", "rank_at", postgresql_where=text("state = 'open' AND rank_at IS NOT NULL")),
        Index("ix_user_task_open_created", "created_at", "id", postgresql_where=OPEN),
        Index("ix_user_task_open_priority", "priority", "id", postgresql_where=OPEN),
        Index(
            "ix_user_task_claimable_groups",
            "candidate_groups",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text(f"{CLAIMABLE.text} AND candidate_groups <> '{{}}'"),
        ),
        Index(
            "ix_user_task_claimable_users",
            "candidate_users",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text(f"{CLAIMABLE.text} AND candidate_users <> '{{}}'"),
        ),
        Index(
            "ix_user_task_done_by",
            "completed_by",
            "completed_at",
            "id",
            postgresql_where=text("completed_by IS NOT NULL"),
        ),
        Index("ix_user_task_open_step", "definition_id", "element_id", DUE, "id", postgresql_where=OPEN),
        Index("ix_user_task_search", text("search_grams(name)"), postgresql_using="gin", postgresql_where=OPEN),
        Index("ix_user_task_instance", "process_instance_id"),
        Index("ix_user_task_assignee", "assignee", postgresql_where=text("assignee IS NOT NULL")),
        Index("ix_user_task_owner", "owner", postgresql_where=text("owner IS NOT NULL")),
        Index(
            "ix_user_task_groups",
            "candidate_groups",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("candidate_groups <> '{}'"),
        ),
        Index(
            "ix_user_task_users",
            "candidate_users",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("candidate_users <> '{}'"),
        ),
        Index("ix_user_task_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"))
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    element_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)  # what the model says of its step, or whoever made the task
    state: Mapped[str] = mapped_column(Text, default="open")
    assignee: Mapped[str | None] = mapped_column(Text)
    candidate_users: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    candidate_groups: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    priority: Mapped[int] = mapped_column(SmallInteger, default=50)
    due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]  # from when on little of its time is left
    calendar: Mapped[str | None] = mapped_column(Text)  # of its working time; empty: its time runs day and night
    sla: Mapped[dict[str, Any] | None]  # what the model says of warnings, escalation and timeout (`moments.Policy`)
    paused_at: Mapped[datetime | None]  # since when its clock stands still
    paused_by: Mapped[str | None] = mapped_column(Text)  # who stopped it; empty: the model did
    pause_reason: Mapped[str | None] = mapped_column(Text)
    follow_up_at: Mapped[datetime | None]
    form_key: Mapped[str | None] = mapped_column(Text)
    form_definition_id: Mapped[UUID | None] = mapped_column(ForeignKey("form_definition.id"))  # the one it keeps
    variables: Mapped[dict[str, Any] | None]  # of this task alone: input mappings, the item of a multi-instance
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(Text)  # who delegated it and gets it back
    delegation: Mapped[str | None] = mapped_column(Text)  # pending or resolved
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"))  # of an added signer
    signing: Mapped[str | None] = mapped_column(Text)  # an added signer's place: before, after or beside the parent
    pending: Mapped[dict[str, Any] | None]
    on_behalf_of: Mapped[str | None] = mapped_column(Text)  # whose task a stand-in completed
    nudged_at: Mapped[datetime | None]  # when somebody last asked for it
    barred: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # who may never decide it
    co_signers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # who vote before or after
    actions: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # of an approval: what may be done with it
    delay_cost: Mapped[Decimal | None]  # what a day of delay costs, as the model says
    rank: Mapped[Decimal] = mapped_column(Numeric, server_default="0")  # its place in lists: the smallest comes first
    rank_at: Mapped[datetime | None]  # when that has to be reckoned again (`deadlines.ranking`)
    revision: Mapped[int] = mapped_column(default=1)


class TaskDecision(Base):
    """What somebody decided about a task or a case: appended, never changed.

    `action` is approve, reject, submit, return, recall, withdraw, transfer, delegate, resolve, add_signer,
    remove_signer, copy, remind, skip, timeout or undo. `shown` is what the form showed when it was decided; `before`
    keeps the values of the variables it changed, so that it can be undone.
    """

    __tablename__ = "task_decision"
    __table_args__ = (
        Index("ix_task_decision_instance", "process_instance_id", "at", "id"),
        Index("ix_task_decision_signature", "signature_id", postgresql_where=text("signature_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"))
    user_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), index=True)
    element_id: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    on_behalf_of: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    opinion: Mapped[str | None] = mapped_column(Text)
    reason_code: Mapped[str | None] = mapped_column(Text)
    signature_id: Mapped[UUID | None] = mapped_column(ForeignKey("file.id"))
    people: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # whom it concerns: added, copied ..
    target: Mapped[str | None] = mapped_column(Text)  # the element it was returned to
    form_definition_id: Mapped[UUID | None] = mapped_column(ForeignKey("form_definition.id"))
    shown: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    batch_id: Mapped[UUID | None]
