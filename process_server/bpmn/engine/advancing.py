"""Working ready tokens until all wait, within a budget."""

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.run import Run
from process_server.bpmn.engine.settle import settle
from process_server.bpmn.engine.workflow import Token
from process_server.errors import ExpressionFailed, ProcessServerError
from process_server.expressions.limits import until


class Advancing(Run):
    """A run that moves by itself as far as it can."""

    def _advance(self) -> None:
        """Work ready tokens until all wait. Beyond the budget the next one stops with an incident, never a hang."""
        with self.meter as meter, until(meter.deadline):
            while not self.ended:
                if not self.ready:
                    if not settle(self):
                        break
                    continue
                token = self.ready.popleft()
                if token._state != TaskState.READY or token.id not in self.tokens:
                    continue
                spent = meter.step(len(self.tokens))
                if spent is not None:
                    self._stop(token, spent)
                    break
                self._step(token)
        if self.ended:
            self.ready.clear()
            self.clear(self.workflow)
        self.changed.clear()

    def _step(self, token: Token) -> None:
        """Work one token. What cannot be done is an incident of this token and nobody else's trouble."""
        try:
            token.run()
        except ProcessServerError as error:
            self.incident(token, error)
        except (ArithmeticError, RecursionError, TypeError, ValueError) as error:  # a value of a kind nobody foresaw
            self.incident(token, ExpressionFailed(expression=token.task_spec.element.id, reason=str(error)))
        if self.changed and self.conditions:
            settle(self, conditions_only=True)

    def _stop(self, token: Token, error: ProcessServerError) -> None:
        """Every token still ready becomes an incident, so that nothing goes on unseen."""
        self.incident(token, error)
        for other in self.ready:
            if other._state == TaskState.READY and other.id in self.tokens:
                self.incident(other, error)
        self.ready.clear()
