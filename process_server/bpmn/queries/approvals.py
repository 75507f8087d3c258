"""Who decided in a case so far, and before whom it stands now: the case with all it called and was called by."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import ProcessInstance
from process_server.db import table_of
from process_server.tasks.handling import decisions
from process_server.tasks.handling.decisions import DecisionRow
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow

_instance = table_of(ProcessInstance)
_this = _instance.alias("this")
_TREE = (
    select(_instance.c.id)
    .join(_this, _this.c.root_id == _instance.c.root_id)
    .where(_this.c.id == bindparam("instance"))
    .order_by(_instance.c.started_at, _instance.c.id)
)


@dataclass(frozen=True, slots=True)
class Chain:
    """What was decided, in time, and the tasks that are open or wait for added signers."""

    decided: list[DecisionRow]
    now: list[TaskRow]


def chain(session: Session, instance_id: UUID) -> Chain:
    """Return the chain of a case; the caller has checked that whoever asks sees it."""
    tree = list(session.scalars(_TREE, {"instance": instance_id}))
    tasks = [task for each in tree for task in worklist.tasks_of_instance(session, each)]
    waiting = [task for task in tasks if task.state in ("open", "held")]
    return Chain(decisions.of_instances(session, tree) if tree else [], waiting)
