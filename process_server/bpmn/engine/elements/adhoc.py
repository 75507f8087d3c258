"""Ad-hoc subprocesses: activities in no order, until they are done or a condition says that it is enough."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.elements.base import Along, ElementSpec, Way, holds
from process_server.bpmn.engine.elements.gateways import UnknownChoice
from process_server.bpmn.engine.elements.people import names
from process_server.bpmn.engine.elements.subprocess import ScopeBehaviour, Subprocess
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import UserTaskWait
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


class Choice(ElementSpec):
    """The question inside an ad-hoc subprocess: what is done next? Asked again until it is enough."""

    options: tuple[str, ...] = ()  # the activities; the subprocess itself means that it is enough
    people: Mapping[str, Evaluable] = {}

    def enter(self, token: Token) -> bool:
        """Ask."""
        scope = token.run_.scope(token)
        asked = {name: formula.evaluate(scope) for name, formula in self.people.items()}
        element = self.element
        groups = names(asked.get("candidate_groups")) or ((element.lane,) if element.lane else ())
        users = names(asked.get("candidate_users"))
        assignee = asked.get("assignee") or (None if groups or users else token.run_.initiator)
        wait = self.restored(token)
        token.run_.open(
            token,
            replace(
                wait,
                assignee=None if assignee is None else str(assignee),
                candidate_users=users,
                candidate_groups=groups,
            ),
        )
        return False

    def finish(self, token: Token, variables: dict[str, Any], outcome: str | None) -> None:
        """Take the activity a person chose, or that it is enough. Raises UnknownChoice."""
        chosen = outcome or variables.get("flow")
        if chosen not in (*self.options, self.element.id):
            raise UnknownChoice(element=self.element.id, choice=chosen)
        token.internal_data["chosen"] = chosen
        owner = token.workflow.owner
        if chosen == self.element.id and owner is not None:
            owner.internal_data["done"] = True

    def choose(self, token: Token) -> Way:
        """Begin the activity, and ask again unless one comes after another."""
        chosen = token.internal_data["chosen"]
        if chosen == self.element.id:
            return ()
        spec: Any = token.workflow.owner and token.workflow.owner.task_spec
        again = () if spec.sequential else (Along(self.name, self.name),)
        return (Along(chosen, chosen), *again)

    def visible(self, token: Token) -> bool:
        """What was chosen leaves its own trace."""
        return False

    def restored(self, token: Token) -> UserTaskWait:
        """Return the open question."""
        element = self.element
        options = (*self.options, element.id)
        return UserTaskWait(token.id, element.id, element.name or element.id, choices=options)


class AdHocSubprocess(Subprocess):
    """An ad-hoc subprocess. What starts is chosen by a list, by a person, or else everything."""

    completion: Evaluable | None = None
    active: Evaluable | None = None  # which activities start
    choice: Choice | None = None
    sequential = False
    cancel_remaining = True

    def entries(self, token: Token, scope: "AnyScope") -> tuple[str, ...] | None:
        """Start what is chosen, or everything; one after another when the ordering is sequential."""
        if self.choice is not None:
            return (self.choice.name,)
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
            satisfied = satisfied or bool(token.internal_data.get("done"))
            if satisfied and self.cancel_remaining:
                run.clear(scope)
            elif self.choice is not None:
                self._ask(self.choice, scope, satisfied)
            waiting = token.internal_data.get("next")
            if scope.live == 0 and waiting and not satisfied:
                run.spawn(scope, scope.spec.task_specs[waiting.pop(0)])
        return scope.live == 0 and self._over(token, scope)

    def _ask(self, choice: Choice, scope: "AnyScope", satisfied: bool) -> None:
        """Ask no more once it is enough; ask again when what was chosen is done."""
        if satisfied:
            for asked in [token for token in scope.tasks.values() if token.task_spec is choice]:
                asked.run_.withdraw(asked)
        elif scope.live == 0:
            scope.task_tree.run_.spawn(scope, choice)

    def _over(self, token: Token, scope: "AnyScope") -> bool:
        token.internal_data["undoable"] = scope.undoable
        return token.run_.nothing_in(scope)
