"""What all activities share: inputs and outputs, listeners, boundary events, repetition, memory for compensation."""

from typing import Any

from process_server.bpmn.engine.compensation import undone
from process_server.bpmn.engine.elements.base import ElementSpec, Way, holds
from process_server.bpmn.engine.elements.events import BoundaryEvent
from process_server.bpmn.engine.elements.loops import Loop
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.returning import jump_back
from process_server.bpmn.engine.workflow import Token

SKIPPING = ("_FLOWABLE_SKIP_EXPRESSION_ENABLED", "_ACTIVITI_SKIP_EXPRESSION_ENABLED")


class Activity(ElementSpec):
    """An activity. Subclasses say what its work is."""

    waits = True  # its work may take time, so its boundary events are armed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.boundaries: tuple[BoundaryEvent, ...] = ()  # armed while it works
        self.catchers: tuple[BoundaryEvent, ...] = ()  # of errors, escalations and cancellations
        self.loop: Loop | None = None
        self.on_start: tuple[Any, ...] = ()
        self.on_end: tuple[Any, ...] = ()
        self.skip: Evaluable | None = None
        self.handler: str | None = None  # the activity that compensates this one
        self.for_compensation = False

    def arrive(self, token: Token) -> None:
        """Nothing yet: what comes before the work comes before that of each instance."""

    def enter(self, token: Token) -> bool:
        """Begin: the loop when there is one, else inputs, listeners, boundary events and the work itself."""
        if self._skipped(token):
            return True
        if self.loop is not None and token.index is None:
            return self._enter_loop(token, self.loop)
        token.run_.drop_children(token)
        self.prepare(token)
        return self.work(token)

    def prepare(self, token: Token) -> None:
        """Do what comes before the work: inputs, listeners, boundary events."""
        self.take_in(token)
        self.listen(token, self.on_start)
        if self.waits and token.index is None:
            self.arm_all(token)

    def _skipped(self, token: Token) -> bool:
        """Say whether the diagram passes it now: only in cases that carry the variable which allows it."""
        if self.skip is None:
            return False
        scope = token.run_.scope(token)
        return any(scope.get(name) is True for name in SKIPPING) and holds(self.skip, scope)

    def work(self, token: Token) -> bool:
        """Do the work; say whether it is done."""
        return True

    def finish(self, token: Token, variables: dict[str, Any], outcome: str | None) -> None:
        """Take what the work gave."""
        self.receive(token, variables)

    def leave(self, token: Token) -> Way:
        """Hand the outputs out, then choose the flows."""
        if self.is_body(token):
            assert self.loop is not None
            self.loop.conclude(token)
            return self._onwards(token)
        self.hand_out(token)
        self.listen(token, self.on_end)
        if token.index is not None:
            assert self.loop is not None
            self.loop.collect(token)
            return ()
        return self._onwards(token)

    def _on_complete(self, token: Token) -> None:
        run = token.run_
        if not self.is_body(token):
            run.visit(token, self.outcome(token))
        if not self.is_body(token) and token.undoes is None:
            self._remember(token)
        if token.index is not None:
            assert self.loop is not None
            self.loop.next(token)
            return
        if "resume" in token.internal_data:
            jump_back(token)
        else:
            run.go(token, token.way)
        run.end(token)
        if token.undoes is not None:
            undone(token)

    def is_body(self, token: Token) -> bool:
        """Say whether the token stands for all instances of a loop."""
        return self.loop is not None and token.index is None

    def visible(self, token: Token) -> bool:
        """The body of a loop is not an instance."""
        return not self.is_body(token) and super().visible(token)

    def _enter_loop(self, token: Token, loop: Loop) -> bool:
        token.run_.drop_children(token)
        done = loop.begin(token)
        if not done:
            self.arm_all(token)
        return done

    def arm_all(self, token: Token) -> None:
        """Arm the boundary events of the activity."""
        for boundary in self.boundaries:
            self.arm(token, boundary)

    def arm(self, token: Token, boundary: BoundaryEvent) -> None:
        """Arm one boundary event of the activity."""
        armed = token.run_.attach(token, boundary)
        assert boundary.trigger is not None
        boundary.trigger.subscribe(armed)

    def _onwards(self, token: Token) -> Way:
        """A handler that compensates leads nowhere, and what was returned to may lead back where it came from."""
        nowhere = self.for_compensation or token.undoes is not None or "resume" in token.internal_data
        return () if nowhere else self.choose(token)

    def _remember(self, token: Token) -> None:
        if self.handler is not None:
            token.workflow.undoable.append({"element": self.name, "data": dict(token.data), "inner": []})


class Passing(Activity):
    """An abstract or manual task: nothing the server could do or wait for."""

    waits = False
