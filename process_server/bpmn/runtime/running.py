"""An instance in memory, and how it is locked, read and loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, bindparam, cast, select
from sqlalchemy.orm import aliased

from process_server.bpmn.definitions import Definition
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.host import Host
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.waits import Wait
from process_server.db import table_of
from process_server.values import load_json

_instance = table_of(ProcessInstance)
_root = aliased(_instance, name="root")

_COLUMNS = (
    "id",
    "root_id",
    "parent_id",
    "parent_token",
    "definition_id",
    "business_key",
    "state",
    "engine_state",
    "revision",
    "started_at",
    "initiator",
    "suspended_at",
)


def columns_of(table: Any) -> list[Any]:
    """Return what `Conductor.adopt` needs of an instance; the variables as text, read only when they are needed."""
    return [*(table.c[name] for name in _COLUMNS), cast(table.c.variables, String).label("variables")]


LOCK = (
    select(*columns_of(_root))
    .select_from(_instance.join(_root, _root.c.id == _instance.c.root_id))
    .where(_instance.c.id == bindparam("instance"))
    .with_for_update(of=_root, key_share=True)
)
"""Lock the root of the tree an instance belongs to, and read the root's row.

FOR NO KEY UPDATE: whoever only adds a row that refers to the instance (a comment, a draft, a copy) need not wait.
"""

READ = select(*columns_of(_instance)).where(_instance.c.id == bindparam("instance"))

ACTIVE_CHILDREN = select(_instance.c.id, _instance.c.parent_token).where(
    _instance.c.parent_id == bindparam("parent"), _instance.c.state == "active"
)


@dataclass(frozen=True, slots=True)
class Once:
    """What lets a start happen once: the key that whoever starts it gave, and a digest of all that was asked for."""

    key: str
    digest: bytes


@dataclass(slots=True)
class Running:
    """An instance in memory, with what its rows said when it was loaded."""

    id: UUID
    root_id: UUID
    parent_id: UUID | None
    parent_token: UUID | None
    definition: Definition
    business_key: str | None
    initiator: str | None
    started_at: datetime
    revision: int
    execution: Execution
    before: dict[UUID, Wait]
    new: bool = False
    depth: int | None = None  # how many processes called one another down to it; None: not counted yet
    once: Once | None = None
    called_from: str | None = None  # told when it begins
    suspended_at: datetime | None = None
    called: set[UUID] = field(default_factory=set)  # tokens whose called instance exists
    tried: set[UUID] = field(default_factory=set)  # tokens whose connector or call has been tried
    settled: bool = False

    def place_under(self, call: Call) -> None:
        """Put a new instance into the tree of who called it; what a suspended instance calls is suspended as well."""
        caller = call.caller
        self.root_id, self.parent_id, self.parent_token = caller.root_id, caller.id, call.token
        self.depth = (caller.depth or 0) + 1
        self.called_from, self.suspended_at = call.element, caller.suspended_at


@dataclass(frozen=True, slots=True)
class Call:
    """What calls a process: a token of another instance, at an element."""

    caller: Running
    token: UUID
    element: str


def load(row: Row[Any], held: Definition, host: Host, kept: Execution | None = None) -> Running:
    """Return an instance as its row says (see `columns_of`); `kept` is its execution where it is still in memory."""
    execution = kept or Execution.load(
        held.program,
        row.engine_state,
        instance_id=row.id,
        variables=load_json(row.variables),
        initiator=row.initiator,
        business_key=row.business_key,
        host=host,
    )
    execution.host = host
    return Running(
        id=row.id,
        root_id=row.root_id,
        parent_id=row.parent_id,
        parent_token=row.parent_token,
        definition=held,
        business_key=row.business_key,
        initiator=row.initiator,
        started_at=row.started_at,
        revision=row.revision,
        execution=execution,
        before=dict(execution.waits),
        suspended_at=row.suspended_at,
    )
