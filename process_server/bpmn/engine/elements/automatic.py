"""Activities the engine works itself: scripts, expressions, decisions, messages to send."""

from collections.abc import Mapping
from typing import Any

from process_server.bpmn.engine.conversation import Conversation, throw_message
from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.workflow import Token


class ScriptTask(Activity):
    """Runs assignments, or evaluates one expression into a variable."""

    waits = False
    script: Any
    result_variable: str | None = None

    def work(self, token: Token) -> bool:
        """Run the script."""
        run = token.run_
        scope = run.scope(token)
        if self.result_variable:
            self.finish(token, {self.result_variable: self.script.evaluate(scope)}, None)
        else:
            self.finish(token, self.script.run(scope), None)
        return True


class ExpressionTask(Activity):
    """A service task that is one expression."""

    waits = False
    expression: Evaluable
    result_variable: str | None = None

    def work(self, token: Token) -> bool:
        """Evaluate the expression."""
        value = self.expression.evaluate(token.run_.scope(token))
        if self.result_variable:
            self.finish(token, {self.result_variable: value}, None)
        return True


class DecisionTask(Activity):
    """Evaluates a deployed decision."""

    waits = False
    decision: Evaluable
    binding: str = "latest"
    version: Evaluable | None = None
    result_variable: str | None = None
    map_result: str | None = None

    def work(self, token: Token) -> bool:
        """Ask the house to decide; keep the evidence with the visit."""
        run = token.run_
        scope = run.scope(token)
        version = None if self.version is None else str(self.version.evaluate(scope))
        result = run.host.decide(str(self.decision.evaluate(scope)), scope, binding=self.binding, version=version)
        token.detail = {"decision": result.evidence}
        name = self._output(result.evidence)
        value = self._mapped(result.value, name)
        if self.result_variable:
            self.finish(token, {self.result_variable: value}, None)
        elif isinstance(value, dict):
            self.finish(token, value, None)
        else:
            self.finish(token, {name: value}, None)
        return True

    def _output(self, evidence: Mapping[str, Any]) -> str:
        """Return the name of a decision's only output, else that of this element."""
        first = next(iter(evidence.get("outputs") or ()), None)
        return str(next(iter(first))) if isinstance(first, Mapping) and len(first) == 1 else self.element.id

    def _mapped(self, value: Any, name: str) -> Any:
        """Shape a result as `camunda:mapDecisionResult` says; elsewhere, or without a name, it stays as it is."""
        if self.map_result is None or (self.map_result == "resultList" and not self.result_variable):
            return value
        rows = value if isinstance(value, list) else [] if value is None else [value]
        if self.map_result == "singleEntry":
            row = rows[0] if rows else None
            return next(iter(row.values()), None) if isinstance(row, dict) else row
        if self.map_result == "singleResult":
            return rows[0] if rows else None
        if self.map_result == "collectEntries":
            return [next(iter(row.values()), None) if isinstance(row, dict) else row for row in rows]
        return [row if isinstance(row, dict) else {name: row} for row in rows]


class SendTask(Activity):
    """Sends a message."""

    waits = False
    message: Evaluable
    key: Evaluable | None = None
    conversation: Conversation | None = None

    def work(self, token: Token) -> bool:
        """Throw the message out of the instance."""
        throw_message(token, self.element.id, self.message, self.key, self.conversation)
        return True
