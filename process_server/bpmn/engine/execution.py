"""The engine as the rest of the house sees it: executions that advance until they wait."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from SpiffWorkflow import TaskState

from process_server.bpmn.engine import modifying, moving, state, throwing
from process_server.bpmn.engine.advancing import Advancing
from process_server.bpmn.engine.budget import Meter
from process_server.bpmn.engine.elements.loops import Loop
from process_server.bpmn.engine.elements.triggers import TimerTrigger
from process_server.bpmn.engine.elements.work import brought
from process_server.bpmn.engine.instructions import Begin, Instruction, Skipped
from process_server.bpmn.engine.run import Run
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.host import Host
from process_server.bpmn.program import Program
from process_server.bpmn.waits import IncidentWait, TimerWait
from process_server.errors import ExpressionFailed, NoLoop, NotActive, NotFound, ProcessServerError
from process_server.expressions.limits import until

Values = Mapping[str, Any] | None


class Execution(Advancing):
    """One instance in memory. Every command advances it until it waits, ends, or meets its budget."""

    @classmethod
    def start(
        cls,
        program: Program,
        *,
        instance_id: UUID,
        variables: dict[str, Any],
        initiator: str | None,
        business_key: str | None,
        host: Host,
        start_element: str | None = None,
        meter: Meter | None = None,
        instructions: Sequence[Begin] = (),
    ) -> Self:
        """Begin an instance at its plain start event, at the one named (of a message, signal or timer), or anywhere.

        `instructions` say where instead: before or after elements, as an operator demands.
        """
        execution = cls(
            program,
            instance_id=instance_id,
            variables=variables,
            initiator=initiator,
            business_key=business_key,
            host=host,
        )
        execution.meter = meter or execution.meter
        execution.admit(variables)
        execution.workflow.prepare()
        if instructions:
            program.spec.behaviour.begin(execution, execution.workflow, ())
            execution.modify(instructions)
            return execution
        entries = program.entries(start_element)
        program.spec.behaviour.begin(execution, execution.workflow, entries)
        if start_element:
            for token in (each for each in execution.ready if not each.task_spec.armed_only(each)):
                token.internal_data["came"] = True  # what it waits for
        execution.ended = execution.workflow.live == 0
        execution._advance()
        return execution

    @classmethod
    def load(
        cls,
        program: Program,
        content: bytes,
        *,
        instance_id: UUID,
        variables: dict[str, Any],
        initiator: str | None,
        business_key: str | None,
        host: Host,
    ) -> Self:
        """Take up an instance where `dump` left it."""
        execution = cls(
            program,
            instance_id=instance_id,
            variables=variables,
            initiator=initiator,
            business_key=business_key,
            host=host,
        )
        state.load(execution, content)
        return execution

    def dump(self) -> bytes:
        """Return the state of the tokens; the variables are stored beside it."""
        return state.dump(self)

    # --- commands

    def complete(
        self,
        token: UUID,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: str | None = None,
        outcome: str | None = None,
        on_behalf_of: str | None = None,
    ) -> None:
        """The work a token waits for is done: a user task, a job, a called process, an awaited event."""
        held = self._held(token)
        if isinstance(self.waits[token], IncidentWait):
            raise NotActive(kind="token", id=token, state="stopped by an incident")
        values = dict(variables or {})
        held.actor = actor
        spec: Any = held.task_spec
        if hasattr(spec, "finish") and not held.task_spec.armed_only(held) and held.on_top | (held.index is not None):
            held.say(outcome=outcome, on_behalf_of=on_behalf_of)
            spec.finish(held, values, outcome)
            self.resume(held)
        else:
            self.occur(held, values)
        self._advance()

    def fire(self, token: UUID) -> None:
        """The instant a token waits for has come."""
        self.occur(self._held(token), {})
        self._advance()

    def reschedule(self, token: UUID, due: datetime, *, whole_cycle: bool = False) -> None:
        """Let a timer wait for another instant; with `whole_cycle` what it repeats moves as well."""
        self._timer(token).move(self.tokens[token], due, whole_cycle=whole_cycle)

    def recalculate(self, token: UUID, since: datetime) -> None:
        """Let a timer wait for what the model says by now, counted from an instant. Raises ExpressionFailed."""
        self._timer(token).count_from(self.tokens[token], since)

    def deliver(self, token: UUID, variables: Mapping[str, Any] | None = None) -> None:
        """The message or signal a token waits for has arrived."""
        self.occur(self._held(token), variables or {})
        self._advance()

    def raise_error(
        self, token: UUID, code: str, message: str = "", variables: Values = None, left: Values = None
    ) -> None:
        """The work of a token ended with a BPMN error: the nearest catcher takes it, or it becomes an incident."""
        held = self._held(token)
        held.say(error=code)
        try:
            throwing.throw_error(held, code, message, brought(held, variables, left))
        except ProcessServerError as error:
            self.incident(held, error)
        self._advance()

    def raise_escalation(self, token: UUID, code: str | None, variables: Values = None, left: Values = None) -> None:
        """The work of a token escalated; it goes on unless whoever catches it interrupts."""
        held = self._held(token)
        throwing.throw_escalation(held, code, brought(held, variables, left))
        self._advance()

    def retry(self, token: UUID) -> None:
        """Try a token again after its incident."""
        held = self._held(token)
        if not isinstance(self.waits.get(token), IncidentWait):
            raise NotActive(kind="incident", id=token, state="resolved")
        held.internal_data.pop("incident", None)
        self.close(held)
        if held not in held.workflow.parked.get(held.task_spec.name, ()):
            held._set_state(TaskState.READY)
            self.ready.append(held)
        self._advance()

    def set_variables(self, variables: Mapping[str, Any], removed: Collection[str] = ()) -> None:
        """Change variables of the instance, or remove some, then look at the conditions that wait."""
        self.admit(variables)
        _change(self, self.variables, variables, removed)
        self._advance()

    def set_local(self, token: UUID, variables: Mapping[str, Any], removed: Collection[str] = ()) -> None:
        """Change variables that a waiting token alone sees, or remove some, before it goes on."""
        held = self._held(token)
        self.admit(variables)
        _change(self, held.data, variables, removed)

    def assign_at(self, token: UUID, variables: Mapping[str, Any]) -> None:
        """Change variables where they live, seen from a waiting token; then look at the conditions that wait."""
        self.assign(self._held(token), variables)
        self._advance()

    def move(
        self, token: UUID, to: str, *, resume: bool = False, assignee: str | None = None, actor: str | None = None
    ) -> None:
        """Take a waiting token back to an activity it passed, in its scope or one around it, for `assignee` to do.

        Every token that is reached again from there is cancelled. With `resume` none is: once the activity is done it
        jumps back to where it was returned from, whose work is `actor`'s then. Raises NoWayBack.
        """
        moving.move(self._held(token), to, resume=resume, assignee=assignee, actor=actor)
        self._advance()

    def modify(
        self,
        instructions: Sequence[Instruction],
        *,
        skipped: Collection[Skipped] = (),
        reason: str = "modified",
    ) -> None:
        """Take tokens away and let others begin, in the order given; then advance.

        An instance without any token left ends as cancelled. What is `skipped` does not run until the next rest. Raises
        NotFound, NoPlace, AmbiguousPlace; then the execution is to be thrown away.
        """
        self.skipped = frozenset(skipped)
        with self.meter as meter, until(meter.deadline):
            try:
                modifying.apply(self, instructions)
            except (ArithmeticError, RecursionError, TypeError, ValueError) as error:
                raise ExpressionFailed(expression="", reason=str(error)) from error
        if self.workflow.live == 0:
            self.cancel(reason)
        else:
            self._advance()
        self.skipped = frozenset()

    def steps_before(self, token: UUID) -> list[str]:
        """Return the user tasks a token could be moved back to, passed or not."""
        return moving.steps_before(self._held(token))

    def add_instance(self, token: UUID, item: Any = None) -> UUID | None:
        """Add an instance to the loop `token` is an instance of; return its token, or None when its turn comes later.

        Raises NoLoop, and AlreadySigner where `item` is asked already.
        """
        body, loop, _ = self._loop_of(token)
        added = loop.add(body, item)
        self._advance()
        return None if added is None else added.id

    def remove_instance(self, token: UUID, item: Any = None) -> None:
        """Take an instance out of its loop, or with `item` one whose turn has not come; the loop may end by that.

        Raises NoLoop, NotFound, and LastSigner where nobody would be left to decide.
        """
        body, loop, instance = self._loop_of(token)
        loop.remove(body, instance if item is None else None, item)
        self._advance()

    def cancel(self, reason: str) -> None:
        """End the instance at once, whatever it waits for."""
        self.ready.clear()
        self.clear(self.workflow)
        self.ended, self.end_reason = True, reason

    def active_elements(self) -> dict[str, list[UUID]]:
        """Return where tokens stand, for the diagram: element -> tokens; what is merely armed is not told."""
        active: dict[str, list[UUID]] = {}
        for token in self.tokens.values():
            spec = token.task_spec
            if not spec.armed_only(token) and spec.visible(token):
                active.setdefault(spec.element.id, []).append(token.id)
        return active

    def go_on(self) -> None:
        """Work what is ready, and let go what may go: the tokens were placed by somebody else."""
        self._advance()

    # --- what is held

    def _loop_of(self, token: UUID) -> tuple[Token, Loop, Token]:
        """Return the body of the nearest loop a token is within, the loop, and the instance."""
        held: Token | None = self._held(token)
        element = self.tokens[token].task_spec.element.id
        while held is not None and held.index is None:
            held = held.workflow.owner
        loop: Loop | None = getattr(held.task_spec, "loop", None) if held is not None else None
        if held is None or loop is None or not loop.multi:
            raise NoLoop(element=element)
        return self.tokens[held._parent], loop, held

    def _held(self, token: UUID) -> Token:
        held = self.tokens.get(token)
        if held is None or token not in self.waits:
            raise NotFound(kind="token", id=token)
        return held

    def _timer(self, token: UUID) -> TimerTrigger:
        trigger = getattr(self._held(token).task_spec, "trigger", None)
        if not isinstance(self.waits[token], TimerWait) or not isinstance(trigger, TimerTrigger):
            raise NotFound(kind="timer", id=token)
        return trigger


def _change(run: Run, held: dict[str, Any], variables: Mapping[str, Any], removed: Collection[str]) -> None:
    run.changed.update(dict.fromkeys(held.keys() & set(removed), "delete"))
    for name in removed:
        held.pop(name, None)
    run.note(variables, held)
    held.update(variables)
