"""Runs executions inside one unit of work: locks and loads them, follows their calls and throws, writes them back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, bindparam, cast, insert, select, update
from sqlalchemy.orm import Session, aliased

from process_server import clock, connectors
from process_server.bpmn import correlation, history, live
from process_server.bpmn.definitions import Definition, definition, find_definition_id
from process_server.bpmn.engine import Execution
from process_server.bpmn.house import House
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.sync import Changes, tokens
from process_server.bpmn.waits import CallWait, JobWait, UserTaskWait, Wait
from process_server.db import after_commit, new_id
from process_server.errors import ConnectorError, NotActive, NotFound, ProcessServerError, RunsAway
from process_server.tasks import rows as task_rows
from process_server.values import load_json

MAX_DEPTH = 50  # called processes inside called processes
MAX_STARTED = 2_000  # instances one command may start

_instance = ProcessInstance.__table__
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
)


def columns_of(table: Any) -> list[Any]:
    """Return what `Conductor.adopt` needs of an instance; the variables as text, read only when they are needed."""
    return [*(table.c[name] for name in _COLUMNS), cast(table.c.variables, String).label("variables")]


_LOCK = (
    select(*columns_of(_root))
    .select_from(_instance.join(_root, _root.c.id == _instance.c.root_id))
    .where(_instance.c.id == bindparam("instance"))
    .with_for_update(of=_root)
)
_READ = select(*columns_of(_instance)).where(_instance.c.id == bindparam("instance"))
_INSERT = insert(_instance)
_UPDATE = (
    update(_instance)
    .where(_instance.c.id == bindparam("instance"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("engine_state", "variables", "state", "ended_at", "end_reason", "revision")
        }
    )
)
_CHILDREN = select(_instance.c.id, _instance.c.parent_token).where(
    _instance.c.parent_id == bindparam("parent"), _instance.c.state == "active"
)


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
    depth: int = 0
    idempotency_key: str | None = None
    called: set[UUID] = field(default_factory=set)  # tokens whose called instance exists
    tried: set[UUID] = field(default_factory=set)  # tokens whose connector or call has been tried
    settled: bool = False


class Conductor:
    """All that happens to process instances in one unit of work.

    Use: `open` or `begin` instances, act on their executions, then `settle` once.
    """

    def __init__(self, session: Session, actor: str | None) -> None:
        self.session = session
        self.actor = actor
        self.house = House(session)
        self.running: dict[UUID, Running] = {}
        self.completed_task: dict[str, Any] | None = None
        self.failed: dict[UUID, ProcessServerError | ConnectorError] = {}
        self.started = 0

    # -- taking instances in hand

    def open(self, instance_id: UUID) -> Running:
        """Lock the tree an instance belongs to and load the instance. Raises NotFound, NotActive."""
        if instance_id in self.running:
            return self.running[instance_id]
        row = self.session.execute(_LOCK, {"instance": instance_id}).one_or_none()
        if row is None:
            raise NotFound(kind="process instance", id=instance_id)
        return self.adopt(row, instance_id)

    def adopt(self, locked: Row[Any], instance_id: UUID) -> Running:
        """Load an instance whose root row is locked: `locked` holds the root's columns (see `columns_of`)."""
        if instance_id in self.running:
            return self.running[instance_id]
        row: Row[Any] = locked
        if locked.id != instance_id:
            row = self.session.execute(_READ, {"instance": instance_id}).one()
        if row.state != "active":
            raise NotActive(kind="process instance", id=instance_id, state=row.state)
        execution = live.take(row.id, row.revision)
        held = definition(self.session, row.definition_id)
        if execution is None:
            execution = Execution.load(
                held.program,
                row.engine_state,
                instance_id=row.id,
                variables=load_json(row.variables),
                initiator=row.initiator,
                business_key=row.business_key,
                host=self.house,
            )
        execution.host = self.house
        running = Running(
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
        )
        running.called.update(tokens(running.before.values(), CallWait))
        running.tried.update(running.called, tokens(running.before.values(), JobWait))
        self.running[row.id] = running
        return running

    def open_active(self, instance_id: UUID) -> Running | None:
        """Lock and load an instance; None when it has ended meanwhile."""
        try:
            return self.open(instance_id)
        except (NotFound, NotActive):
            return None

    def deliver(self, running: Running, token: UUID, values: dict[str, Any]) -> None:
        """Give a message or signal to a waiting token."""
        self.house.deployment_id = running.definition.deployment_id
        running.execution.deliver(token, values)

    def begin(
        self,
        held: Definition,
        variables: dict[str, Any],
        *,
        business_key: str | None = None,
        initiator: str | None = None,
        start_element: str | None = None,
        parent: Running | None = None,
        parent_token: UUID | None = None,
        idempotency_key: str | None = None,
    ) -> Running:
        """Start an instance of a definition and run it until it waits."""
        instance_id = new_id()
        self.started += 1
        self.house.deployment_id = held.deployment_id
        execution = Execution.start(
            held.program,
            instance_id=instance_id,
            variables=variables,
            initiator=initiator,
            business_key=business_key,
            host=self.house,
            start_element=start_element,
        )
        running = Running(
            id=instance_id,
            root_id=parent.root_id if parent else instance_id,
            parent_id=parent.id if parent else None,
            parent_token=parent_token,
            definition=held,
            business_key=business_key,
            initiator=initiator,
            started_at=clock.now(),
            revision=0,
            execution=execution,
            before={},
            new=True,
            depth=parent.depth + 1 if parent else 0,
            idempotency_key=idempotency_key,
        )
        self.running[instance_id] = running
        return running

    # -- following what they caused

    def settle(self) -> None:
        """Follow calls, connector work, ends and throws until nothing is left to follow; then write all rows."""
        while self._follow():
            pass
        self._write()

    def _follow(self) -> bool:
        moved = False
        for running in list(self.running.values()):
            self.house.deployment_id = running.definition.deployment_id
            for wait in list(running.execution.waits.values()):
                if wait.token not in running.tried:
                    moved = self._try(running, wait) or moved
            moved = self._cancel_called(running) or moved
            throws, running.execution.thrown = running.execution.thrown, []
            for throw in throws:
                correlation.deliver_thrown(self, running, throw)
            moved = moved or bool(throws)
            if running.execution.ended and not running.settled:
                running.settled = True
                moved = self._report_end(running) or moved
        return moved

    def _try(self, running: Running, wait: Wait) -> bool:
        """Start what a call waits for; do at once the connector work that only writes rows."""
        if type(wait) is CallWait:
            work: Callable[[], None] = lambda: self._call(running, wait)  # noqa: E731
        elif type(wait) is JobWait and wait.connector and connectors.is_transactional(wait.topic):
            work = lambda: self._work_now(running, wait)  # noqa: E731
        else:
            return False
        running.tried.add(wait.token)
        try:
            work()
        except (ProcessServerError, ConnectorError) as error:
            self.failed[wait.token] = error
        return True

    def _call(self, caller: Running, wait: CallWait) -> None:
        if caller.depth >= MAX_DEPTH or self.started >= MAX_STARTED:
            raise RunsAway(limit=MAX_DEPTH if caller.depth >= MAX_DEPTH else MAX_STARTED)
        called = find_definition_id(
            self.session,
            wait.called,
            binding=wait.binding,
            version=wait.version,
            deployment_id=caller.definition.deployment_id,
        )
        self.begin(
            definition(self.session, called),
            wait.variables,
            business_key=wait.business_key,
            initiator=caller.initiator,
            parent=caller,
            parent_token=wait.token,
        )
        caller.called.add(wait.token)

    def _work_now(self, running: Running, wait: JobWait) -> None:
        result = connectors.run(wait.topic, wait.payload, key=wait.token, session=self.session, instance_id=running.id)
        running.execution.complete(wait.token, result)

    def _report_end(self, running: Running) -> bool:
        """Tell the calling instance that this one has ended, and how."""
        if running.parent_id is None or running.parent_token is None:
            return False
        parent = self.running.get(running.parent_id) or self._read(running.parent_id)
        if parent is None or running.parent_token not in parent.execution.waits:
            return False
        parent.called.discard(running.parent_token)
        self.house.deployment_id = parent.definition.deployment_id
        execution, token = running.execution, running.parent_token
        if execution.error is not None:
            parent.execution.raise_error(token, execution.error.code, execution.error.message, execution.variables)
        elif execution.end_reason is None:
            parent.execution.complete(token, execution.variables)
        return True

    def _read(self, instance_id: UUID) -> Running | None:
        """Load an instance of a tree that is locked already; None when it has ended."""
        row = self.session.execute(_READ, {"instance": instance_id}).one()
        return self.adopt(row, instance_id) if row.state == "active" else None

    def _cancel_called(self, running: Running) -> bool:
        """Cancel the instances whose call is no longer waited for."""
        dropped = {token for token in running.called if token not in running.execution.waits}
        if not dropped:
            return False
        running.called -= dropped
        orphans = [child for child in self.running.values() if child.parent_token in dropped]
        if dropped - {child.parent_token for child in orphans}:
            for row in self.session.execute(_CHILDREN, {"parent": running.id}):
                if row.parent_token in dropped and row.id not in self.running:
                    stored = self._read(row.id)
                    orphans += [stored] if stored else []
        for child in orphans:
            if not child.execution.ended:
                child.execution.cancel("call_cancelled")
        return bool(orphans)

    # -- writing

    def _write(self) -> None:
        changes = Changes()
        visits: list[dict[str, Any]] = []
        self._write_instances()
        for running in self.running.values():
            execution = running.execution
            ids = {"instance_id": running.id, "definition_id": running.definition.id}
            changes.compare(running.before, execution.waits, failed=self.failed, **ids)
            visits += history.rows(execution.visits, **ids)
            execution.visits = []
        changes.write(self.session, actor=self.actor)
        task_rows.write(
            self.session,
            new=self._named(changes.new[UserTaskWait]),
            gone=changes.gone[UserTaskWait],
            completed=self.completed_task,
        )
        history.append(self.session, visits)
        self._ring(changes)

    def _write_instances(self) -> None:
        new = [self._new_row(running) for running in self.running.values() if running.new]
        old = [self._changed_row(running) for running in self.running.values() if not running.new]
        if new:
            self.session.execute(_INSERT, new)
        for row in old:
            self.session.execute(_UPDATE, row)
        for running in self.running.values():
            if not running.execution.ended:
                self._keep_live(running)

    def _keep_live(self, running: Running) -> None:
        running.revision += 1
        after_commit(self.session, partial(live.keep, running.id, running.revision, running.execution))

    def _state(self, running: Running) -> dict[str, Any]:
        execution = running.execution
        if not execution.ended:
            return {"engine_state": execution.dump(), "state": "active", "ended_at": None, "end_reason": None}
        return {
            "engine_state": None,
            "state": "cancelled" if execution.end_reason else "completed",
            "ended_at": clock.now(),
            "end_reason": execution.end_reason,
        }

    def _new_row(self, running: Running) -> dict[str, Any]:
        return self._state(running) | {
            "id": running.id,
            "root_id": running.root_id,
            "parent_id": running.parent_id,
            "parent_token": running.parent_token,
            "definition_id": running.definition.id,
            "business_key": running.business_key,
            "variables": running.execution.variables,
            "started_at": running.started_at,
            "initiator": running.initiator,
            "idempotency_key": running.idempotency_key,
            "revision": 1,
        }

    def _changed_row(self, running: Running) -> dict[str, Any]:
        state = self._state(running) | {"variables": running.execution.variables, "revision": running.revision + 1}
        return {f"new_{name}": value for name, value in state.items()} | {"instance": running.id}

    def _named(self, new: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add to new user tasks what the tasks room shows in notifications."""
        for row in new:
            running = self.running[row["process_instance_id"]]
            row["business_key"] = running.business_key
            row["created_at"] = clock.now()
        return new

    def _ring(self, changes: Changes) -> None:
        for row in changes.new[JobWait]:
            if row["connector"] and row["retries"] > 0:
                after_commit(self.session, partial(live.ring, "process_server.bpmn.jobs.run_job", str(row["id"])))
