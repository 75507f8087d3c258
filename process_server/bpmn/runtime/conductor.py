"""Runs executions inside one unit of work: locks and loads them, follows their calls and throws, has them saved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from process_server import clock, connectors
from process_server.bpmn.definitions import Definition, definition, find_definition_id
from process_server.bpmn.engine import throwing
from process_server.bpmn.engine.budget import Budget, Meter
from process_server.bpmn.engine.elements.work import brought
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.engine.instructions import Begin
from process_server.bpmn.runtime import correlation, live, saving
from process_server.bpmn.runtime.house import House
from process_server.bpmn.runtime.running import ACTIVE_CHILDREN, LOCK, READ, Running, load
from process_server.bpmn.runtime.sync import tokens
from process_server.bpmn.waits import CallWait, Escaped, JobWait, Wait
from process_server.config import settings
from process_server.connectors.contract import BpmnError, ConnectorError
from process_server.db import new_id
from process_server.errors import (
    CalledProcessCancelled,
    CaseEnded,
    ConnectorFailed,
    NotActive,
    NotFound,
    ProcessServerError,
    RunsAway,
    Suspended,
    VariablesTooLarge,
)
from process_server.tasks.rows import Completed

_DEPTH = text(
    "WITH RECURSIVE above AS (SELECT parent_id, 0 AS depth FROM process_instance WHERE id = :instance"
    " UNION ALL SELECT up.parent_id, depth + 1 FROM above JOIN process_instance up ON up.id = above.parent_id)"
    " SELECT max(depth) FROM above"
)


class Conductor:
    """All that happens to process instances in one unit of work.

    Use: `open` or `begin` instances, act on their executions, then `settle` once. Suspended instances are refused but
    to those commands that operate on them, such as cancelling (`suspended_too`).
    """

    def __init__(self, session: Session, actor: str | None, *, suspended_too: bool = False) -> None:
        self.session = session
        self.actor = actor
        self.suspended_too = suspended_too
        self.house = House(session)
        self.running: dict[UUID, Running] = {}
        self.completed_task: Completed | None = None
        self.budget = Budget()
        self.following = False  # what moves now was caused by a process, not by the caller of the command

    # -- taking instances in hand

    def open(self, instance_id: UUID) -> Running:
        """Lock the tree an instance belongs to and load the instance. Raises NotFound, NotActive, Suspended."""
        if instance_id in self.running:
            return self.running[instance_id]
        row = self.session.execute(LOCK, {"instance": instance_id}).one_or_none()
        if row is None:
            raise NotFound(kind="process instance", id=instance_id)
        return self.adopt(row, instance_id)

    def adopt(self, locked: Row[Any], instance_id: UUID) -> Running:
        """Load an instance whose root row is locked: `locked` holds the root's columns (see `columns_of`)."""
        if instance_id in self.running:
            return self.running[instance_id]
        row: Row[Any] = locked
        if locked.id != instance_id:
            row = self.session.execute(READ, {"instance": instance_id}).one()
        if row.state != "active":
            raise CaseEnded(kind="process instance", id=instance_id, state=row.state)
        if row.suspended_at is not None and not self.suspended_too:
            raise Suspended
        held, kept = definition(self.session, row.definition_id), live.take(row.id, row.revision)
        running = load(row, held, self.house, kept)
        running.execution.meter = Meter(self.budget)
        running.called.update(tokens(running.before.values(), CallWait))
        running.tried.update(running.called, tokens(running.before.values(), JobWait))
        self.running[row.id] = running
        return running

    def open_active(self, instance_id: UUID) -> Running | None:
        """Lock and load an instance; None when it has ended meanwhile, or was suspended."""
        try:
            return self.open(instance_id)
        except (NotFound, NotActive):
            return None

    def deliver(self, running: Running, token: UUID, values: dict[str, Any]) -> None:
        """Give a message or signal to a waiting token. What a process sent is no fault of whoever acts now."""
        self.house.deployment_id = running.definition.deployment_id
        try:
            running.execution.deliver(token, values)
        except VariablesTooLarge as error:
            if not self.following:
                raise
            running.execution.incident(running.execution.tokens[token], error)

    def begin(
        self,
        held: Definition,
        variables: dict[str, Any],
        *,
        business_key: str | None = None,
        initiator: str | None = None,
        start_element: str | None = None,
        instructions: Sequence[Begin] = (),
        parent: Running | None = None,
        parent_token: UUID | None = None,
        called_from: str | None = None,
        idempotency_key: str | None = None,
        idempotency_digest: bytes | None = None,
    ) -> Running:
        """Start an instance of a definition and run it until it waits."""
        instance_id, started_at = new_id(), clock.now()
        meter = Meter(self.budget, refused=not self.budget.start())
        self.house.deployment_id = held.deployment_id
        execution = Execution.start(
            held.program,
            instance_id=instance_id,
            variables=variables,
            initiator=initiator,
            business_key=business_key,
            host=self.house,
            start_element=start_element,
            meter=meter,
            instructions=instructions,
        )
        running = Running(
            id=instance_id,
            root_id=parent.root_id if parent else instance_id,
            parent_id=parent.id if parent else None,
            parent_token=parent_token,
            definition=held,
            business_key=business_key,
            initiator=initiator,
            started_at=started_at,
            revision=0,
            execution=execution,
            before={},
            new=True,
            depth=(parent.depth or 0) + 1 if parent else 0,
            idempotency_key=idempotency_key,
            idempotency_digest=idempotency_digest,
            called_from=called_from,
            suspended_at=parent.suspended_at if parent else None,
        )
        self.running[instance_id] = running
        return running

    # -- following what they caused

    def settle(self) -> None:
        """Follow calls, connector work, ends and throws until nothing is left to follow; then write all rows."""
        self.following = True
        while self._follow():
            pass
        saving.write(self.session, self.running.values(), actor=self.actor, completed_task=self.completed_task)

    def _follow(self) -> bool:
        moved = False
        for running in list(self.running.values()):
            self.house.deployment_id = running.definition.deployment_id
            for wait in list(running.execution.waits.values()):
                if wait.token not in running.tried:
                    moved = self._try(running, wait) or moved
            moved = self._pass_up(running) or moved
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
        """Start a called process; do at once the connector work that only writes rows. A failure is an incident."""
        execution = running.execution
        try:
            if type(wait) is CallWait:
                self._call(running, wait)
            elif type(wait) is JobWait and wait.connector and connectors.is_transactional(wait.topic):
                result = connectors.run(
                    wait.topic, wait.payload, key=wait.token, session=self.session, instance_id=running.id
                )
                execution.complete(wait.token, result)
            else:
                return False
        except ConnectorError as error:
            execution.incident(execution.tokens[wait.token], ConnectorFailed(str(error)))
        except BpmnError as error:
            execution.raise_error(wait.token, error.error_code, error.message, error.variables)
        except ProcessServerError as error:
            execution.incident(execution.tokens[wait.token], error)
        return True

    def _call(self, caller: Running, wait: CallWait) -> None:
        limits = settings()
        if caller.depth is None:
            caller.depth = self.session.execute(_DEPTH, {"instance": caller.id}).scalar_one() if caller.parent_id else 0
        if caller.depth >= limits.max_call_depth:
            raise RunsAway("Processes call one another more than {limit} deep.", limit=limits.max_call_depth)
        if self.budget.started >= limits.max_instances:
            raise RunsAway("This would be more than {limit} instances at once.", limit=limits.max_instances)
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
            called_from=wait.element,
        )
        caller.called.add(wait.token)
        caller.tried.add(wait.token)

    def _pass_up(self, running: Running) -> bool:
        """Hand errors and escalations that nobody in the instance caught to the nearest caller that does."""
        escaped, running.execution.escaped, moved = running.execution.escaped, [], False
        for each in escaped:
            token, caller, left = running.parent_token, self._caller(running), running.execution.variables
            while caller is not None and token is not None:
                held = caller.execution.tokens[token]
                if throwing.catches(held, each.kind, each.code):
                    moved = True
                    _raise(caller, token, each, left)
                    break
                left = {**caller.execution.variables, **brought(held, None, left)}
                token, caller = caller.parent_token, self._caller(caller)
        return moved

    def _report_end(self, running: Running) -> bool:
        """Tell the calling instance that this one has ended."""
        token, caller = running.parent_token, self._caller(running)
        if caller is None or token is None:
            return False
        caller.called.discard(token)
        self.house.deployment_id = caller.definition.deployment_id
        if running.execution.end_reason is not None:
            error = CalledProcessCancelled(process=running.definition.key)
            caller.execution.incident(caller.execution.tokens[token], error)
            return True
        caller.execution.complete(token, running.execution.variables)
        return True

    def _caller(self, running: Running) -> Running | None:
        """Return the instance that waits for this one, if it still does."""
        if running.parent_id is None:
            return None
        caller = self.running.get(running.parent_id) or self._read(running.parent_id)
        return caller if caller is not None and running.parent_token in caller.execution.waits else None

    def _read(self, instance_id: UUID) -> Running | None:
        """Load an instance of a tree that is locked already; None when it has ended."""
        row = self.session.execute(READ, {"instance": instance_id}).one()
        return self.adopt(row, instance_id) if row.state == "active" else None

    def _cancel_called(self, running: Running) -> bool:
        """Cancel the instances whose call is no longer waited for."""
        dropped = {token for token in running.called if token not in running.execution.waits}
        if not dropped:
            return False
        running.called -= dropped
        orphans = [child for child in self.running.values() if child.parent_token in dropped]
        if dropped - {child.parent_token for child in orphans}:
            for row in self.session.execute(ACTIVE_CHILDREN, {"parent": running.id}):
                if row.parent_token in dropped and row.id not in self.running:
                    stored = self._read(row.id)
                    orphans += [stored] if stored else []
        for child in orphans:
            if not child.execution.ended:
                child.execution.cancel("call_cancelled")
        return bool(orphans)


def _raise(caller: Running, token: UUID, escaped: Escaped, left: dict[str, Any]) -> None:
    """Raise at a call what came out of the called process; `left` are the variables that stood there then."""
    if escaped.kind == "error":
        caller.execution.raise_error(token, escaped.code or "", escaped.message, escaped.variables, left)
    else:
        caller.execution.raise_escalation(token, escaped.code, escaped.variables, left)
