"""Ad-hoc subprocesses: activities in no order, until they are done or a condition says that it is enough."""

from typing import TYPE_CHECKING

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.elements.base import holds
from process_server.bpmn.engine.elements.subprocess import ScopeBehaviour, Subprocess
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.workflow import Token
from process_server.errors import ExpressionFailed

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope, Run


class AdHocBehaviour(ScopeBehaviour):
    """The inside of an ad-hoc subprocess: its owner looks whether it is enough each time something is done."""

    def left(self, run: "Run", workflow: "AnyScope") -> None:
        """Have the owner look."""
        owner = workflow.owner
        if owner is not None and owner._state == TaskState.STARTED and "incident" not in owner.internal_data:
            owner._set_state(TaskState.READY)
            run.ready.append(owner)

    def emptied(self, run: "Run", workflow: "AnyScope") -> None:
        """The owner has been told already."""


class AdHocSubprocess(Subprocess):
    """An ad-hoc subprocess."""

    completion: Evaluable | None = None
    active: Evaluable | None = None  # which activities start
    sequential = False
    cancel_remaining = True

    def entries(self, token: Token, scope: "AnyScope") -> tuple[str, ...] | None:
        """Start what is chosen, or everything; one after another when the ordering is sequential."""
        names: tuple[str, ...] = scope.spec.behaviour.entries
        if self.active is not None:
            chosen = self.active.evaluate(token.run_.scope(token))
            if not isinstance(chosen, list) or not set(chosen) <= set(scope.spec.task_specs):
                raise ExpressionFailed(
                    expression=getattr(self.active, "text", ""), reason="it does not list activities"
                )
            names = tuple(chosen)
        if self.sequential:
            token.internal_data["next"] = list(names[1:])
            names = names[:1]
        return names

    def enter(self, token: Token) -> bool:
        """Begin; later, look whether it is enough."""
        if token.internal_data.get("inside"):
            return self._enough(token)
        return super().enter(token)

    def _enough(self, token: Token) -> bool:
        run = token.run_
        scope = run.workflow.subprocesses[token.id]
        if token.undoes is None:
            satisfied = self.completion is not None and holds(self.completion, run.scope(token))
            if satisfied and self.cancel_remaining:
                run.clear(scope)
            waiting = token.internal_data.get("next")
            if scope.live == 0 and waiting and not satisfied:
                run.spawn(scope, scope.spec.task_specs[waiting.pop(0)])
        return scope.live == 0 and self._over(token, scope)

    def _over(self, token: Token, scope: "AnyScope") -> bool:
        token.internal_data["undoable"] = scope.undoable
        return token.run_.nothing_in(scope)
