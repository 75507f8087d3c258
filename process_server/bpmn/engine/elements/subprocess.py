"""Subprocesses, transactions and event subprocesses, and how a scope begins and ends."""

from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.base import ElementSpec
from process_server.bpmn.engine.elements.triggers import Trigger
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.returning import mark_entry
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.program import Element
from process_server.bpmn.waits import Wait

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope, Run


class ScopeBehaviour:
    """What belongs to the inside of a process or subprocess as a whole."""

    def __init__(self) -> None:
        self.entries: tuple[str, ...] = ()  # where tokens start
        self.handlers: tuple[EventSubprocess, ...] = ()  # event subprocesses that wait for something outside
        self.catchers: tuple[EventSubprocess, ...] = ()  # event subprocesses that catch errors and escalations
        self.closing: Closing | None = None  # of a process whose end is listened to

    def begin(self, run: "Run", workflow: "AnyScope", entries: tuple[str, ...] | None = None) -> None:
        """Arm the event subprocesses and place the first tokens."""
        for handler in self.handlers:
            run.attach(workflow.task_tree, handler, TaskState.READY)
        for name in self.entries if entries is None else entries:
            run.spawn(workflow, workflow.spec.task_specs[name])

    def left(self, run: "Run", workflow: "AnyScope") -> None:
        """A token of the scope is gone."""

    def emptied(self, run: "Run", workflow: "AnyScope") -> None:
        """The last token is gone: the scope is over."""
        run.clear(workflow)
        owner = workflow.owner
        if owner is None:
            if self.closing is None:
                run.ended = True
            else:
                run.spawn(workflow, self.closing)
            return
        run.close_scope(workflow)
        owner.task_spec.inside_over(owner, workflow)


class Closing(ElementSpec):
    """The last step of a process: the listeners to its end. It stands for no element of its own."""

    def visible(self, token: Token) -> bool:
        """It leaves no trace."""
        return False

    def _on_complete(self, token: Token) -> None:
        token.run_.clear(token.workflow)
        token.run_.ended = True


class Subprocess(Activity):
    """An embedded subprocess."""

    spec_name: str = ""

    def work(self, token: Token) -> bool:
        """Open the scope and begin inside."""
        run = token.run_
        inside = run.workflow.subprocess_specs[self.spec_name]
        scope = run.open_scope(token, inside)
        token.internal_data["inside"] = True
        back = token.internal_data.pop("entry", None)
        inside.behaviour.begin(run, scope, self.entries(token, scope) if back is None else back[0][:1])
        if back is not None:
            mark_entry(run.ready[-1], back[0][1:], back[1])
        return run.nothing_in(scope)

    def entries(self, token: Token, scope: "AnyScope") -> tuple[str, ...] | None:
        """Return where to begin inside; None: at its start event."""
        return None

    def inside_over(self, token: Token, scope: "AnyScope") -> None:
        """Go on when the inside is over."""
        token.internal_data["undoable"] = scope.undoable
        token.run_.resume(token)

    def _remember(self, token: Token) -> None:
        inner = token.internal_data.get("undoable")
        inside = token.run_.workflow.subprocess_specs[self.spec_name].behaviour
        if self.handler is not None or inner or any(item.kind == "compensate" for item in inside.catchers):
            token.workflow.undoable.append({"element": self.name, "data": dict(token.data), "inner": inner or []})


class EventSubprocess(ElementSpec):
    """A subprocess started by an event of its scope. Its token is armed until the event comes, then owns the inside."""

    is_event_subprocess = True

    def __init__(self, wf_spec: Any, element: Element, start: Element, name: str | None = None) -> None:
        super().__init__(wf_spec, element, name)
        self.start = start
        self.spec_name = element.id
        self.trigger: Trigger | None = None
        self.kind = "message"
        self.code: Evaluable | None = None
        self.codeless = False
        self.interrupting = True
        self.code_variable: str | None = None
        self.message_variable: str | None = None

    def armed_only(self, token: Token) -> bool:
        """Armed it holds up nothing."""
        return "inside" not in token.internal_data and not token.leaving

    def visible(self, token: Token) -> bool:
        """Unstarted it leaves no trace."""
        return not self.armed_only(token)

    def restored(self, token: Token) -> Wait | None:
        """Return the wait of its start event while it is armed."""
        return self.trigger.restore(token) if self.trigger is not None and self.armed_only(token) else None

    def fire(self, armed: Token, variables: dict[str, Any]) -> None:
        """The awaited thing came."""
        run = armed.run_
        workflow = armed.workflow
        again = getattr(self.trigger, "again", None)
        if self.interrupting or (again is not None and not again(armed)):
            run.drop_child(armed)
        self.begin_in(run, workflow, variables)

    def catch(self, token: Token, variables: dict[str, Any]) -> None:
        """An error or escalation was thrown in the scope."""
        self.begin_in(token.run_, token.workflow, variables)

    def begin_in(self, run: "Run", workflow: "AnyScope", variables: dict[str, Any]) -> None:
        """Begin in a scope, which stops when the event interrupts."""
        owner = workflow.place(self)
        run.tokens[owner.id] = owner
        owner.internal_data["inside"] = True
        if self.interrupting:
            run.clear(workflow, keep=owner)
        self.receive(owner, variables)
        run.ready.append(owner)

    def enter(self, token: Token) -> bool:
        """Wait for the event; once it has come, open the scope and begin inside."""
        run = token.run_
        if self.armed_only(token):
            assert self.trigger is not None
            self.trigger.subscribe(token)
            return False
        inside = run.workflow.subprocess_specs[self.spec_name]
        scope = run.open_scope(token, inside)
        inside.behaviour.begin(run, scope)
        return run.nothing_in(scope)

    def inside_over(self, token: Token, scope: "AnyScope") -> None:
        """Go on when the inside is over."""
        token.run_.resume(token)
