"""Activities whose work lies outside the engine: jobs, called processes, messages to wait for."""

from collections.abc import Mapping
from typing import Any

from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.base import Way
from process_server.bpmn.engine.elements.triggers import Trigger
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.variables import merged_locals
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import RETRIES, CallWait, JobWait, Wait
from process_server.errors import ExpressionFailed

PRIORITY = 50  # of a job whose model says none


class JobTask(Activity):
    """Waits for service work: a connector's or an outside worker's."""

    topic: Evaluable
    connector: str | None = None
    priority: Evaluable | None = None
    retries: int = RETRIES
    headers: Mapping[str, str] = {}  # fixed settings the diagram gives the worker
    result_variable: str | None = None

    def work(self, token: Token) -> bool:
        """Hand the work out with its evaluated inputs."""
        run = token.run_
        scope = run.scope(token)
        topic = str(self.topic.evaluate(scope))
        wanted = None if self.priority is None else self.priority.evaluate(scope)
        priority = PRIORITY if wanted in (None, "") else int(wanted)
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
        """Open the wait, unless what it waits for has brought the token here."""
        if token.internal_data.pop("came", False):
            return True
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
    all_left = False

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

    def given_back(
        self, token: Token, answer: Mapping[str, Any], left: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return what is copied to this process; of one that has not completed, what there is of what it `left`."""
        known = {**(left or {}), **answer}
        scope = token.run_.scope(token, known)
        values = dict(known if self.all_left else answer) if self.all_out or self.local_result else {}
        for name, value in self.copies_out:
            try:
                values[name] = value.evaluate(scope)
            except ExpressionFailed:
                if left is None:
                    raise
        return values

    def restored(self, token: Token) -> Wait | None:
        """Return the wait for the called instance."""
        if self.is_body(token):
            return None
        return CallWait(token.id, self.element.id, token.internal_data.get("called", ""), {}, self.binding)


def brought(token: Token, variables: Mapping[str, Any] | None, left: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what an error or escalation brings: out of a call also what that copies of what the called one `left`."""
    given, spec = dict(variables or {}), token.task_spec
    return spec.given_back(token, given, left or {}) if isinstance(spec, CallActivity) else given
