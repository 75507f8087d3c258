"""A task and the root of its case, locked in one statement: the root first, in the order every command locks."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime.running import columns_of
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.tasks.models import UserTask

_task = table_of(UserTask)
_instance, _definition = table_of(ProcessInstance), table_of(ProcessDefinition)
_root = aliased(_instance, name="root")
_signer = aliased(_task, name="signer")


@dataclass(frozen=True, slots=True)
class LockedTask:
    """A row of `user_task` that belongs to this command. `signers`: whether some added to it have not decided yet."""

    id: UUID
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    name: str
    name_en: str | None
    description: str | None
    state: str
    assignee: str | None
    candidate_users: list[str]
    candidate_groups: list[str]
    priority: int
    due_at: datetime | None
    calendar: str | None
    delay_cost: Decimal | None
    paused_at: datetime | None
    paused_by: str | None
    form_key: str | None
    form_definition_id: UUID | None
    variables: dict[str, Any] | None
    created_at: datetime
    completed_at: datetime | None
    completed_by: str | None
    on_behalf_of: str | None
    outcome: str | None
    owner: str | None
    delegation: str | None
    parent_id: UUID | None
    signing: str | None
    pending: dict[str, Any] | None
    barred: list[str]
    co_signers: list[str]
    actions: list[str] | None
    revision: int
    process_key: str
    initiator: str | None
    signers: bool

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """Read it out of a row of `LOCK` or `ONE`."""
        return cls(*(getattr(row, f"task_{each.name}") for each in fields(cls)))


_WAITING = exists().where(_signer.c.parent_id == _task.c.id, _signer.c.state.in_(["open", "held"]))
_KEY = select(_definition.c.key).where(_definition.c.id == _task.c.definition_id).scalar_subquery()
_COLUMNS = (
    *(_task.c[each.name].label(f"task_{each.name}") for each in fields(LockedTask) if each.name in _task.c),
    _KEY.label("task_process_key"),
    _instance.c.initiator.label("task_initiator"),
    _WAITING.label("task_signers"),
)
_OF_CASE = _task.join(_instance, _instance.c.id == _task.c.process_instance_id)
_LOCK = (
    select(*_COLUMNS, *columns_of(_root))
    .select_from(_OF_CASE.join(_root, _root.c.id == _instance.c.root_id))
    .where(_task.c.id == bindparam("task"))
    .with_for_update(of=[_root, _task], key_share=True)
)
_ONE = (
    select(*_COLUMNS)
    .select_from(_OF_CASE)
    .where(_task.c.id == bindparam("task"))
    .with_for_update(of=_task, key_share=True)
)


def lock_task(session: Session, task_id: UUID) -> tuple[LockedTask, Row[Any]]:
    """Lock a task and the root of its case; return both, the root as `Conductor.adopt` takes it. Raises NotFound."""
    row = session.execute(_LOCK, {"task": task_id}).one_or_none()
    if row is None:
        raise NotFound(kind="user task", id=task_id)
    return LockedTask.of(row), row


def lock_another(session: Session, task_id: UUID) -> LockedTask:
    """Lock one more task of a case whose root is locked."""
    return LockedTask.of(session.execute(_ONE, {"task": task_id}).one())
