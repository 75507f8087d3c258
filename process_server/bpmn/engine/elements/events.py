"""Start, end, catching, throwing and boundary events."""

from typing import Any

from process_server.bpmn.engine import throwing
from process_server.bpmn.engine.compensation import compensate
from process_server.bpmn.engine.conversation import Conversation, throw_message
from process_server.bpmn.engine.elements.base import ElementSpec, Way
from process_server.bpmn.engine.elements.triggers import Trigger
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.variables import merged_locals
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import Wait


class StartEvent(ElementSpec):
    """Where a process or subprocess begins; what started it is the business of whoever placed the token."""

    initiator: str | None = None  # the variable that is to hold who started the instance
    conversation: Conversation | None = None  # of the message that starts it

    def enter(self, token: Token) -> bool:
        """Begin."""
        if self.initiator:
            token.run_.assign(token, {self.initiator: token.run_.initiator})
        return True

    def leave(self, token: Token) -> Way:
        """Take the correlation key out of the message that came."""
        if self.conversation is not None:
            self.conversation.begin(token.run_, token.run_.variables)
        return super().leave(token)


class EndEvent(ElementSpec):
    """Where a token ends."""


class TerminateEnd(ElementSpec):
    """Ends everything else in its scope, in all instances of the subprocess around it, or in the whole instance."""

    everything = False
    instances = False

    def _on_complete(self, token: Token) -> None:
        run = token.run_
        run.visit(token)
        if self.everything:
            run.workflow.spec.behaviour.emptied(run, run.workflow)
            return
        if self.instances and (repeated := _repeated_around(token)) is not None:
            repeated.owner.internal_data["enough"] = True
            repeated.spec.behaviour.emptied(run, repeated)
            return
        run.clear(token.workflow, keep=token)
        run.end(token)


def _repeated_around(token: Token) -> Any:
    """Return the scope around the token that is one instance of several, the nearest one; None where there is none."""
    scope: Any = token.workflow
    while scope.owner is not None and scope.owner.index is None:
        scope = scope.owner.workflow
    return None if scope.owner is None else scope


class LinkThrow(ElementSpec):
    """Goes on at the link event of the same name in the same scope."""


class MessageThrow(ElementSpec):
    """Sends a message with its inputs and goes on."""

    message: Evaluable
    key: Evaluable | None = None
    conversation: Conversation | None = None

    def enter(self, token: Token) -> bool:
        """Throw the message out of the instance."""
        throw_message(token, self.element.id, self.message, self.key, self.conversation)
        return True


class SignalThrow(ElementSpec):
    """Broadcasts a signal: to everything waiting in this instance at once, to all others by the house."""

    signal: Evaluable
    payload: dict[str, Evaluable]
    everything = False  # all variables it sees go along
    local = False  # for this instance alone

    def enter(self, token: Token) -> bool:
        """Broadcast the signal."""
        scope = token.run_.scope(token)
        values = {**token.run_.variables, **merged_locals(token)} if self.everything else dict(token.data)
        values |= {name: value.evaluate(scope) for name, value in self.payload.items()}
        name = str(self.signal.evaluate(scope))
        token.run_.visit(token)  # told now: whoever catches it may stop the scope it came from
        throwing.throw_signal(token, name, values, local=self.local)
        return True


class ErrorEnd(ElementSpec):
    """Throws an error to the nearest scope that catches it."""

    error: Evaluable
    message: Evaluable | None = None

    def enter(self, token: Token) -> bool:
        """Evaluate the code and the message."""
        scope = token.run_.scope(token)
        message = self.element.name if self.message is None else self.message.evaluate(scope)
        token.internal_data.update(code=str(self.error.evaluate(scope)), message=str(message or ""))
        return True

    def leave(self, token: Token) -> Way:
        """Nothing follows."""
        return ()

    def _on_complete(self, token: Token) -> None:
        code = token.internal_data["code"]
        token.run_.visit(token, code)
        throwing.throw_error(token, code, token.internal_data["message"], {})


class CompensationThrow(ElementSpec):
    """Undoes one activity or all of its scope, and goes on when that is done."""

    activity: str | None = None
    waits = True  # until the handlers are done

    def enter(self, token: Token) -> bool:
        """Start the handlers."""
        return compensate(token, self.activity) or not self.waits


class CancelEnd(ElementSpec):
    """Cancels its transaction: everything under way stops, what was done is undone, the cancel event takes over."""

    def enter(self, token: Token) -> bool:
        """Stop the rest and start the handlers."""
        token.run_.clear(token.workflow, keep=token)
        return compensate(token)

    def _on_complete(self, token: Token) -> None:
        run = token.run_
        run.visit(token)
        owner = token.workflow.owner
        assert owner is not None  # a cancel end event outside a transaction is refused
        holder = owner if owner.on_top else run.tokens[owner._parent]
        boundary = next((item for item in holder.task_spec.catchers if item.kind == "cancel"), None)
        if boundary is None:
            run.withdraw(holder)
        else:
            interrupt(holder, boundary, {})


class EscalationThrow(ElementSpec):
    """Throws an escalation; the token goes on unless whoever catches it interrupts."""

    escalation: Evaluable

    def enter(self, token: Token) -> bool:
        """Evaluate the code."""
        code = self.escalation.evaluate(token.run_.scope(token))
        token.internal_data["code"] = None if code is None else str(code)
        return True

    def _on_complete(self, token: Token) -> None:
        run = token.run_
        run.visit(token)
        throwing.throw_escalation(token, token.internal_data["code"], {})
        if token.id in run.tokens:
            run.go(token, token.way)
            run.end(token)


class CatchEvent(ElementSpec):
    """Waits in the middle of a flow for its event."""

    trigger: Trigger

    def enter(self, token: Token) -> bool:
        """Open the wait, unless what it waits for has brought the token here."""
        if token.internal_data.pop("came", False):
            return True
        self.trigger.subscribe(token)
        return False

    def restored(self, token: Token) -> Wait | None:
        """Return the wait of its event."""
        return self.trigger.restore(token)

    def visible(self, token: Token) -> bool:
        """An arm of an event-based gateway that was not chosen leaves no trace."""
        return token.on_top


class AnyCatch(ElementSpec):
    """Waits for the first of several events; each is an arm that belongs to its token."""

    takes_arms = True
    arms: tuple[str, ...] = ()

    def enter(self, token: Token) -> bool:
        """Arm every event."""
        run = token.run_
        run.drop_children(token)
        for name in self.arms:
            spec: Any = token.workflow.spec.task_specs[name]
            spec.trigger.subscribe(run.attach(token, spec))
        return False

    def chosen(self, arm: Token, variables: dict[str, Any]) -> None:
        """Go on."""
        run = arm.run_
        token = run.tokens[arm._parent]
        token.task_spec.receive(token, variables)
        run.drop_children(token)
        run.resume(token)


class LinkCatch(ElementSpec):
    """Where a link event of the same name leads."""


class BoundaryEvent(ElementSpec):
    """An event on the border of an activity. Armed it belongs to the activity's token, fired it has its own."""

    trigger: Trigger | None = None
    kind: str = "message"
    code: Evaluable | None = None
    codeless = False  # what it names has no code of its own
    interrupting = True
    code_variable: str | None = None
    message_variable: str | None = None

    def armed_only(self, token: Token) -> bool:
        """Armed it holds up nothing."""
        return not token.on_top

    def visible(self, token: Token) -> bool:
        """Unfired it leaves no trace."""
        return token.on_top

    def restored(self, token: Token) -> Wait | None:
        """Return the wait of an armed event."""
        return None if token.on_top or self.trigger is None else self.trigger.restore(token)

    def fire(self, armed: Token, variables: dict[str, Any]) -> None:
        """The awaited thing came: interrupt the activity, or run beside it."""
        run = armed.run_
        host = run.tokens[armed._parent]
        if self.interrupting:
            interrupt(host, self, variables)
            return
        again = getattr(self.trigger, "again", None)
        if again is not None and not again(armed):
            run.drop_child(armed)
        self.begin(host, variables)

    def catch(self, host: Token, variables: dict[str, Any]) -> None:
        """An error or escalation came out of the activity."""
        if self.interrupting:
            interrupt(host, self, variables)
        else:
            self.begin(host, variables)

    def begin(self, host: Token, variables: dict[str, Any]) -> None:
        """Put a token on the event beside its activity, with what came."""
        run = host.run_
        run.admit(variables)
        self.receive(run.spawn(host.workflow, self), variables)


def interrupt(host: Token, boundary: BoundaryEvent, variables: dict[str, Any]) -> None:
    """Cancel an activity and go on at its boundary event."""
    boundary.begin(host, variables)
    host.run_.withdraw(host)
