"""Activities whose work lies outside the engine: people, jobs, called processes, messages to wait for."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from process_server import clock
from process_server.bpmn.approval import Approval, verdict_of
from process_server.bpmn.engine.approving import Asked, ask, barred, needs_people, pass_by
from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.base import Way
from process_server.bpmn.engine.elements.countersign import APPROVER, Countersign
from process_server.bpmn.engine.elements.loops import COUNTERS
from process_server.bpmn.engine.elements.triggers import Trigger
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import CallWait, JobWait, UserTaskWait, Wait
from process_server.bpmn.zone import zone
from process_server.calendars.working_time import WorkingCalendar, read_working_duration
from process_server.errors import ExpressionFailed
from process_server.expressions.limits import Fault
from process_server.expressions.times import TimerKind, parse_timer

Offer = tuple[str | None, tuple[str, ...], tuple[str, ...]]


class UserTask(Activity):
    """Waits for a person."""

    form: Mapping[str, Evaluable]
    approvers: Evaluable | None = None  # the argument of the strategy that finds who decides

    def work(self, token: Token) -> bool:
        """Say who is to do it, until when, with which form."""
        run = token.run_
        scope = run.scope(token)
        values = {name: formula.evaluate(scope) for name, formula in self.form.items()}
        approval = self.element.approval
        offer = self._offer(values) if approval is None else self._approvers(token, approval, values)
        if offer is None:
            return True
        assignee, users, groups = offer
        assignee = token.internal_data.get("assignee") or assignee
        calendar = self._calendar(token, values, assignee)
        run.open(
            token,
            UserTaskWait(
                token=token.id,
                element=self.element.id,
                name=_text(values.get("name")) or self.element.name or self.element.id,
                assignee=assignee,
                candidate_users=users,
                candidate_groups=groups,
                barred=() if approval is None else barred(run, approval),
                priority=self._number(values.get("priority"), 50),
                due=self._instant(values.get("due"), calendar),
                calendar=None if calendar is None else calendar.id,
                follow_up=self._instant(values.get("follow_up")),
                form_key=_text(values.get("form_key")),
                local=self._local(token),
            ),
        )
        return False

    def ask(self, token: Token, offer: "Offer | None" = None) -> Asked:
        """Find who decides: by the model's strategy, else as the standard attributes say. Raises NoApprover."""
        approval = self.element.approval
        assert approval is not None
        scope = token.run_.scope(token)
        if offer is None:
            offer = self._offer({name: formula.evaluate(scope) for name, formula in self.form.items()})
        of = () if self.approvers is None else ids(self.approvers.evaluate(scope))
        return ask(token, approval, self._named(offer), of)

    def finish(self, token: Token, variables: dict[str, Any], outcome: str | None) -> None:
        """Take what the form gave; where the step is an approval also what that means."""
        approval = self.element.approval
        if approval is None:
            super().finish(token, variables, outcome)
            return
        name = approval.outcome_variable
        verdict = verdict_of(approval, outcome if outcome is not None else variables.get(name or ""))
        if name and outcome is not None and name not in variables:
            variables[name] = approval.value_of(verdict) if verdict else outcome
        if isinstance(self.loop, Countersign):
            said = outcome is not None or (name is not None and variables.get(name) is not None)
            token.internal_data["vote"] = [verdict if said else "approve", variables]
            token.run_.admit(variables)
            token.data.update(variables)
            token.run_.changed.update(variables)
            return
        super().finish(token, variables, outcome)
        if verdict is not None:
            token.run_.assign(token, {f"{self.element.id}_outcome": verdict})

    def _approvers(self, token: Token, approval: Approval, values: Mapping[str, Any]) -> "Offer | None":
        """Return to whom the task is offered; None where it is passed without anybody."""
        offer = self._offer(values)
        if isinstance(self.loop, Countersign):
            return token.data[APPROVER], (), ()
        if not needs_people(approval) or "assignee" in token.internal_data:
            return offer
        asked = self.ask(token, offer)
        if asked.passed is not None:
            token.run_.assign(token, pass_by(token, approval, asked.passed, asked.approved))
            return None
        named = self._named(offer)
        if approval.by is None and (asked.users, asked.groups) == (named.users, named.groups):
            return offer
        return asked.assignee, () if asked.assignee else asked.users, asked.groups

    def _named(self, offer: "Offer") -> Asked:
        """Return who has to decide: with an assignee the candidates do not count."""
        assignee, users, groups = offer
        return Asked((), users=(assignee,)) if assignee else Asked((), users=users, groups=groups)

    def _offer(self, values: Mapping[str, Any]) -> "Offer":
        """Return assignee, candidates and groups as the standard attributes say."""
        groups = names(values.get("candidate_groups")) or self._lane(values)
        return _text(values.get("assignee")), names(values.get("candidate_users")), groups

    def _local(self, token: Token) -> dict[str, Any] | None:
        """Return the variables of this task alone; the counters around it change while it waits."""
        return {name: value for name, value in merged_locals(token).items() if name not in COUNTERS} or None

    def _lane(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """A task that names nobody belongs to the group its lane is named after."""
        named = values.get("assignee") or values.get("candidate_users") or "candidate_groups" in self.form
        return () if named or not self.element.lane else (self.element.lane,)

    def _number(self, value: Any, default: int) -> int:
        try:
            return default if value in (None, "") else int(value)
        except (TypeError, ValueError):
            raise ExpressionFailed(expression=str(value), reason="a priority is a whole number") from None

    def _calendar(self, token: Token, values: Mapping[str, Any], assignee: str | None) -> WorkingCalendar | None:
        """Return the calendar the task's time is counted in, where the model counts it in working time."""
        if self.element.sla is None or not self.element.sla.working:
            return None
        return token.run_.host.calendar(_text(values.get("calendar")), assignee)

    def _instant(self, value: Any, calendar: WorkingCalendar | None = None) -> datetime | None:
        if value in (None, ""):
            return None
        dated = isinstance(value, date) or (isinstance(value, str) and value[:1].isdigit())
        if calendar is not None and not dated:
            try:
                return calendar.after(clock.now(), read_working_duration(value))
            except Fault as error:
                raise ExpressionFailed(expression=str(value), reason=str(error)) from error
        kind: TimerKind = "date" if dated else "duration"
        return parse_timer(kind, value, clock.now(), zone()).due

    def restored(self, token: Token) -> Wait | None:
        """Return the wait; its attributes stand in the row of the task."""
        if self.is_body(token):
            return None
        return UserTaskWait(token.id, self.element.id, self.element.name or self.element.id, local=self._local(token))


class JobTask(Activity):
    """Waits for service work: a connector's or an outside worker's."""

    topic: Evaluable
    connector: str | None = None
    priority: Evaluable | None = None
    retries: int = 3
    headers: Mapping[str, str] = {}  # fixed settings the diagram gives the worker
    result_variable: str | None = None

    def work(self, token: Token) -> bool:
        """Hand the work out with its evaluated inputs."""
        run = token.run_
        scope = run.scope(token)
        topic = str(self.topic.evaluate(scope))
        priority = 50 if self.priority is None else int(self.priority.evaluate(scope) or 50)
        token.internal_data["topic"] = topic
        connector = self.connector is not None
        payload = self._payload(token)
        run.open(token, JobWait(token.id, self.element.id, topic, connector, payload, priority, self.retries))
        return False

    def _payload(self, token: Token) -> dict[str, Any]:
        """Return the evaluated inputs for a connector; for a worker everything local that it cannot read elsewhere."""
        if self.connector is not None:
            return {name: token.data[name] for name, _ in self.into}
        return merged_locals(token) | ({"headers": dict(self.headers)} if self.headers else {})

    def finish(self, token: Token, variables: dict[str, Any], outcome: str | None) -> None:
        """Take what the worker answered: as variables, and under the name the diagram gives the result."""
        if self.result_variable and self.connector is not None:
            result = variables.get("result") if set(variables) == {"result"} else variables
            super().finish(token, {self.result_variable: result}, outcome)
        else:
            super().finish(token, variables, outcome)

    def restored(self, token: Token) -> Wait | None:
        """Return the wait; the payload stands in the row of the job."""
        if self.is_body(token):
            return None
        topic = token.internal_data.get("topic", "")
        return JobWait(token.id, self.element.id, topic, self.connector is not None, self._payload(token))


class ReceiveTask(Activity):
    """Waits for a message."""

    trigger: Trigger

    def work(self, token: Token) -> bool:
        """Open the wait."""
        self.trigger.subscribe(token)
        return False

    def restored(self, token: Token) -> Wait | None:
        """Return the wait for the message."""
        return None if self.is_body(token) else self.trigger.restore(token)

    def visible(self, token: Token) -> bool:
        """An arm of an event-based gateway that was not chosen leaves no trace."""
        return super().visible(token) and (token.on_top or token.index is not None)


class CallActivity(Activity):
    """Waits for another process to run to its end."""

    called: Evaluable
    binding: str = "latest"
    version: Evaluable | None = None
    business_key: Evaluable | None = None
    copies_in: tuple[tuple[str, Evaluable], ...] = ()
    copies_out: tuple[tuple[str, Evaluable], ...] = ()
    all_in = True
    only_locals = False
    all_out = True

    def work(self, token: Token) -> bool:
        """Say what to call, and with which variables."""
        run = token.run_
        scope = run.scope(token)
        variables: dict[str, Any] = {}
        if self.all_in and not self.only_locals:
            variables |= run.variables
        for layer in reversed(run.locals_of(token) if self.all_in else [token.data] if self.into else []):
            variables |= layer
        variables |= {name: value.evaluate(scope) for name, value in self.copies_in}
        called = self.called.evaluate(scope)
        if not isinstance(called, str) or not called:
            raise ExpressionFailed(expression=getattr(self.called, "text", ""), reason="it names no process to call")
        key = None if self.business_key is None else self.business_key.evaluate(scope)
        version = None if self.version is None else str(self.version.evaluate(scope))
        token.internal_data["called"] = called
        run.open(
            token,
            CallWait(
                token.id, self.element.id, called, variables, self.binding, version, None if key is None else str(key)
            ),
        )
        return False

    def finish(self, token: Token, variables: dict[str, Any], outcome: str | None) -> None:
        """Keep what the called process gave until it is copied back."""
        token.internal_data["answer"] = dict(variables)

    def leave(self, token: Token) -> Way:
        """Copy back what the called process gave."""
        answer = token.internal_data.get("answer")
        if answer is not None:
            super().finish(token, self.given_back(token, answer), None)
            del token.internal_data["answer"]
        return super().leave(token)

    def given_back(self, token: Token, answer: Mapping[str, Any], *, failed: bool = False) -> dict[str, Any]:
        """Return what of the called process's variables is copied to this one; where it failed, what there is."""
        scope = token.run_.scope(token, answer)
        values = dict(answer) if self.all_out or self.local_result else {}
        for name, value in self.copies_out:
            try:
                values[name] = value.evaluate(scope)
            except ExpressionFailed:
                if not failed:
                    raise
        return values

    def restored(self, token: Token) -> Wait | None:
        """Return the wait for the called instance."""
        if self.is_body(token):
            return None
        return CallWait(token.id, self.element.id, token.internal_data.get("called", ""), {}, self.binding)


def merged_locals(token: Token) -> dict[str, Any]:
    """Return everything that is local to where a token stands, the innermost winning."""
    merged: dict[str, Any] = {}
    for layer in reversed(token.run_.locals_of(token)):
        merged |= layer
    return merged


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def ids(value: Any) -> tuple[str, ...]:
    """Read people, groups or departments as forms give them: by their ids, or as records that have one."""
    items = value if isinstance(value, (list, tuple)) else [value]
    plain = [item.get("id") if isinstance(item, Mapping) else item for item in items]
    return names(plain[0] if len(plain) == 1 else plain)


def names(value: Any) -> tuple[str, ...]:
    """Read a list of users or groups: a list, or a text with commas."""
    if value in (None, ""):
        return ()
    items = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return tuple(text for item in items if item is not None and (text := str(item).strip()))
