"""Runs executions inside one unit of work: locks and loads them, follows their calls and throws, has them saved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from process_server import clock, connectors
from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.engine.budget import Budget, Meter
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.engine.instructions import Begin
from process_server.bpmn.runtime import calling, correlation, live, saving
from process_server.bpmn.runtime.house import House
from process_server.bpmn.runtime.running import LOCK, READ, Call, Once, Running, load
from process_server.bpmn.runtime.sync import tokens
from process_server.bpmn.waits import CallWait, JobWait, Wait
from process_server.connectors.contract import BpmnError, ConnectorError
from process_server.db import new_id
from process_server.errors import (
    CaseEnded,
    ConnectorFailed,
    NotActive,
    NotFound,
    ProcessServerError,
    Suspended,
    VariablesTooLarge,
)
from process_server.tasks.rows import Completed


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
        call: Call | None = None,
        once: Once | None = None,
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
            root_id=instance_id,
            parent_id=None,
            parent_token=None,
            definition=held,
            business_key=business_key,
            initiator=initiator,
            started_at=started_at,
            revision=0,
            execution=execution,
            before={},
            new=True,
            depth=0,
            once=once,
        )
        if call is not None:
            running.place_under(call)
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
            moved = calling.pass_up(self, running) or moved
            moved = calling.cancel_called(self, running) or moved
            throws, running.execution.thrown = running.execution.thrown, []
            for throw in throws:
                correlation.deliver_thrown(self, running, throw)
            moved = moved or bool(throws)
            if running.execution.ended and not running.settled:
                running.settled = True
                moved = calling.report_end(self, running) or moved
        return moved

    def _try(self, running: Running, wait: Wait) -> bool:
        """Start a called process; do at once the connector work that only writes rows. A failure is an incident."""
        execution = running.execution
        try:
            if type(wait) is CallWait:
                calling.start(self, running, wait)
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
