"""The work of people: who is to do it, until when, by which form, and what their decision means."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from process_server import clock
from process_server.bpmn.approval import Approval, verdict_of
from process_server.bpmn.engine.approving import Asked, ask, barred, needs_people, pass_by
from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.countersign import APPROVER, Countersign
from process_server.bpmn.engine.elements.loops import COUNTERS
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.variables import merged_locals
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import UserTaskWait, Wait
from process_server.bpmn.zone import zone
from process_server.calendars.working_time import WorkingCalendar, read_working_duration
from process_server.errors import ExpressionFailed
from process_server.expressions.limits import Fault, because
from process_server.expressions.times import TimerKind, parse_timer

MOST_COST = 10**15  # of a day of delay

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
        self._forget_who_left(token)
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
                description=self.element.documentation,
                assignee=assignee,
                candidate_users=users,
                candidate_groups=groups,
                barred=() if approval is None else barred(run, approval),
                priority=self._number(values.get("priority"), 50),
                due=self._instant(values.get("due"), calendar),
                calendar=None if calendar is None else calendar.id,
                follow_up=self._instant(values.get("follow_up")),
                delay_cost=self._cost(values.get("cost")),
                form_key=_text(values.get("form_key")),
                local=self._local(token),
            ),
        )
        return False

    def _forget_who_left(self, token: Token) -> None:
        """A step that comes back to somebody who is no longer active is asked of whom the model names."""
        assignee = token.internal_data.get("assignee")
        if assignee is not None and not token.run_.host.people((assignee,), ()):
            del token.internal_data["assignee"]

    def ask(self, token: Token, offer: "Offer | None" = None) -> Asked:
        """Find who decides: by the model's strategy, else as the standard attributes say. Raises NoApprover."""
        approval = self.element.approval
        assert approval is not None
        scope = token.run_.scope(token)
        if offer is None:
            offer = self._offer({name: formula.evaluate(scope) for name, formula in self.form.items()})
        of = () if self.approvers is None else ids(self.approvers.evaluate(scope))
        return ask(token, approval, self._named(offer), of)

    def delay_cost(self, token: Token) -> Decimal | None:
        """Return what a day of delay costs by now. Raises ExpressionFailed."""
        return self._cost(self.form["cost"].evaluate(token.run_.scope(token)))

    def form_key(self, token: Token) -> str | None:
        """Return the form the model gives the task now."""
        formula = self.form.get("form_key")
        return None if formula is None else _text(formula.evaluate(token.run_.scope(token)))

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
            token.run_.note(variables, token.data)
            token.data.update(variables)
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

    def _cost(self, value: Any) -> Decimal | None:
        """Return what a day of delay costs; nothing where the case does not tell, or it is no amount."""
        try:
            cost = None if value in (None, "") or isinstance(value, bool) else Decimal(str(value))
        except InvalidOperation:
            raise ExpressionFailed(expression=str(value), reason="what a day of delay costs is a number") from None
        return None if cost is None or not cost.is_finite() or not 0 <= cost < MOST_COST else cost

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
                raise ExpressionFailed(expression=str(value), **because(error)) from error
        kind: TimerKind = "date" if dated else "duration"
        return parse_timer(kind, value, clock.now(), zone()).due

    def restored(self, token: Token) -> Wait | None:
        """Return the wait; its attributes stand in the row of the task."""
        if self.is_body(token):
            return None
        return UserTaskWait(token.id, self.element.id, self.element.name or self.element.id, local=self._local(token))


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
