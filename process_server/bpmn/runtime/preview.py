"""What is expected to come next: a copy of a case is played on, as if everybody approved, and thrown away.

Nothing is written: the copy is no part of the live cache, no turn is used up, and the database refuses to be changed.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.definitions import Definition
from process_server.bpmn.engine.budget import Budget, Meter
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.program import Element
from process_server.bpmn.runtime.entered import approving, fields_of
from process_server.bpmn.runtime.house import House
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import CallWait, EventWait, IncidentWait, JobWait, TimerWait, UserTaskWait, Wait
from process_server.db import new_id

MOST_STEPS = 30
_SECONDS = 1.0
_ENGINE_STEPS = 2_000
_READ_ONLY = text("SET LOCAL transaction_read_only = on")

DoubtReason = Literal["choice", "values", "event", "incident", "length"]


@dataclass(slots=True)
class Expected:
    """A step that is expected: who does it (each signer of a countersign), or else whom it is offered to, until when.

    Not `certain` is a step that comes after a doubt.
    """

    definition_id: UUID
    element: str
    name: str
    kind: Literal["userTask", "callActivity"]
    assignees: list[str]
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    due: datetime | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nobody can tell how it goes on: a person chooses, values are entered only then, something outside comes."""

    definition_id: UUID
    element: str
    reason: DoubtReason
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Forecast:
    """The steps in the order they are expected; `ends` says whether the case is over after them."""

    steps: list[Expected] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    ends: bool = False

    def go_on(self, later: "Forecast") -> None:
        """Take up what follows in the case that called this one."""
        for step in later.steps:
            step.certain = step.certain and not self.doubts
        self.steps += later.steps
        self.doubts += later.doubts
        self.ends = later.ends

    @property
    def until(self) -> datetime:
        """When the last step is due."""
        return max((step.due for step in self.steps if step.due), default=clock.now())


def expected(
    session: Session,
    running: Running,
    token: UUID,
    values: Mapping[str, Any],
    *,
    actor: str,
    at: datetime | None = None,
) -> Forecast:
    """Say what follows when a task or call is completed with values, now or at an instant.

    `running` is a copy of the case; it is used up.
    """
    with _untouched(session):
        game = _Game(session, running.definition, running.execution)
        game.begin(token, values, actor)
        return game.play(at)


def expected_from_start(
    session: Session, held: Definition, values: Mapping[str, Any], *, initiator: str, business_key: str | None = None
) -> Forecast:
    """Say what follows when a process is started with values."""
    with _untouched(session):
        host = House(session, peek=True)
        host.deployment_id = held.deployment_id
        execution = Execution.start(
            held.program,
            instance_id=new_id(),
            variables=dict(values),
            initiator=initiator,
            business_key=business_key,
            host=host,
            meter=_meter(),
        )
        return _Game(session, held, execution).play()


@contextmanager
def _untouched(session: Session) -> Iterator[None]:
    """Have the database refuse changes, and the session forget what was only tried."""
    noted = {key: value.copy() if isinstance(value, dict) else value for key, value in session.info.items()}
    tried = session.begin_nested()
    try:
        session.execute(_READ_ONLY)
        yield
    finally:
        tried.rollback()
        session.info.clear()
        session.info.update(noted)


def _meter() -> Meter:
    budget = Budget()
    budget.seconds = min(budget.seconds, _SECONDS)
    meter = Meter(budget)
    meter.steps = min(meter.steps, _ENGINE_STEPS)
    return meter


class _Game:
    """One copy of a case while it is played on."""

    def __init__(self, session: Session, held: Definition, execution: Execution) -> None:
        self.session = session
        self.held = held
        self.execution = execution
        self.forecast = Forecast()
        self.open: set[UUID] = set()  # what the case waited for before: it is no news
        self.seen: set[UUID] = set()
        self.waiting: deque[tuple[Wait, datetime]] = deque()
        self.signed: dict[UUID, Expected] = {}  # countersigns by the token that holds the votes
        self.unknown: set[str] = set()  # variables that somebody sets on the way
        self.told = 0  # visits looked at

    def begin(self, token: UUID, values: Mapping[str, Any], actor: str) -> None:
        """Complete the step at hand; where nothing is said of the decision, as approved."""
        execution = self.execution
        element = execution.tokens[token].task_spec.element
        name = _outcome_variable(element)
        if name and values.get(name) is None:
            fields = fields_of(self.session, self.held, element, dict(self.held.program.form_keys).get(element.id))
            values = {**values, name: approving(element, fields.get(name))}
        host = House(self.session, peek=True)
        host.deployment_id = self.held.deployment_id
        execution.host, execution.meter = host, _meter()
        execution.visits, execution.passed, execution.thrown = [], [], []
        self.open = set(execution.waits)
        execution.complete(token, values, actor=actor)

    def play(self, at: datetime | None = None) -> Forecast:
        """Go on until the case is over or nobody knows how."""
        self._look(at or clock.now())
        while self.waiting and not self.execution.ended:
            if len(self.forecast.steps) >= MOST_STEPS:
                self._doubt(self.waiting[0][0].element, "length")
                break
            wait, at = self.waiting.popleft()
            if self._goes_round(wait):
                self._doubt(wait.element, "length")
                break
            if self.execution.waits.get(wait.token) is wait:
                self._look(self._pass(wait, at))
        self.forecast.ends = self.execution.ended
        return self.forecast

    def _goes_round(self, wait: Wait) -> bool:
        """Say whether a step comes again that was foretold already: how often it will, nobody knows."""
        token = self.execution.tokens.get(wait.token)
        if not isinstance(wait, UserTaskWait) or token is None or token.index is not None:
            return False
        return any(step.element == wait.element for step in self.forecast.steps)

    def _look(self, at: datetime) -> None:
        """Take up what is waited for now, and doubt gateways that read what nobody knows yet."""
        for visit in self.execution.visits[self.told :]:
            read = self.unknown & set((visit.detail or {}).get("saw", ()))
            if read:
                self._doubt(visit.element, "values", tuple(sorted(read)))
        self.told = len(self.execution.visits)
        for token, wait in self.execution.waits.items():
            if token not in self.seen and not self._merely_armed(wait):
                self.seen.add(token)
                self.waiting.append((wait, at))

    def _merely_armed(self, wait: Wait) -> bool:
        token = self.execution.tokens[wait.token]
        return not isinstance(wait, IncidentWait) and token.task_spec.armed_only(token)

    def _pass(self, wait: Wait, at: datetime) -> datetime:
        """Play one wait on; return when that is expected."""
        match wait:
            case UserTaskWait():
                return self._decide(wait, at)
            case JobWait():
                self._set_later(wait.token)
                self.execution.complete(wait.token, {})
            case CallWait():
                step = Expected(self.held.id, wait.element, self._name(wait.element), "callActivity", [])
                self._add(step, wait.token)
                self._set_later(wait.token)
                self.execution.complete(wait.token, {})
            case TimerWait() if self._is_alone(wait.token):
                at = max(at, wait.due)
                self.execution.fire(wait.token)
            case EventWait() if wait.kind != "condition" and self._is_alone(wait.token):
                self._doubt(wait.element, "event")
                self.execution.deliver(wait.token)
            case IncidentWait():
                self._doubt(wait.element, "incident")
            case _:
                self._doubt(wait.element, "event")
        return at

    def _is_alone(self, token: UUID) -> bool:
        """Say whether a token waits for one event, not for the first of several."""
        held = self.execution.tokens[token]
        return held.on_top or held.index is not None

    def _decide(self, wait: UserTaskWait, at: datetime) -> datetime:
        if wait.choices:
            self._doubt(wait.element, "choice")
            return at
        due = at + (wait.due - clock.now()) if wait.due is not None else None
        offer = [] if wait.assignee is None else [wait.assignee]
        step = Expected(self.held.id, wait.element, wait.name, "userTask", offer)
        step.candidate_users, step.candidate_groups, step.due = wait.candidate_users, wait.candidate_groups, due
        self._add(step, wait.token)
        element = self.held.program.elements[wait.element]
        name = _outcome_variable(element)
        entered = fields_of(self.session, self.held, element, wait.form_key)
        values, outcome = {}, None
        if name:
            values[name] = approving(element, entered.pop(name, None))
            outcome = str(values[name]) if isinstance(values[name], str) else "approve"
        self.unknown |= set(entered)
        self.execution.complete(wait.token, values, actor=wait.assignee, outcome=outcome)
        return due or at

    def _add(self, step: Expected, token: UUID) -> None:
        """Add a step; the signers of one countersign are one step."""
        if token in self.open:
            return
        held = self.execution.tokens[token]
        if held.index is not None:
            first = self.signed.get(held._parent)
            if first is not None:
                first.assignees += step.assignees
                return
            self.signed[held._parent] = step
        step.certain = not self.forecast.doubts
        self.forecast.steps.append(step)

    def _set_later(self, token: UUID) -> None:
        """Note the variables that work outside will set."""
        spec: Any = self.execution.tokens[token].task_spec
        self.unknown |= {target.split(".")[0] for target, _ in (*spec.out_of, *getattr(spec, "copies_out", ()))}
        if getattr(spec, "result_variable", None):
            self.unknown.add(spec.result_variable)

    def _name(self, element_id: str) -> str:
        element = self.held.program.elements[element_id]
        return element.name or element.id

    def _doubt(self, element: str, reason: DoubtReason, names: tuple[str, ...] = ()) -> None:
        found = Doubt(self.held.id, element, reason, names)
        if found not in self.forecast.doubts:
            self.forecast.doubts.append(found)


def _outcome_variable(element: Element) -> str | None:
    return element.properties.get("outcome:variable", "").strip() or None
