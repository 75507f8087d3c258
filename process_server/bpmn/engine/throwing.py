"""Errors, escalations and signals: who catches what is thrown."""

from typing import Any

from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import Escaped, EventWait, Thrown
from process_server.errors import ProcessServerError


class UncaughtError(ProcessServerError):
    """Nobody catches the error {error_code}."""

    code = "uncaught_error"


def throw_signal(token: Token, name: str, variables: dict[str, Any], *, local: bool = False) -> None:
    """Broadcast a signal: now to all that wait in this instance, and by the house to all other instances."""
    run = token.run_
    run.admit(variables)
    waiting = [
        wait.token
        for wait in run.waits.values()
        if isinstance(wait, EventWait) and wait.kind == "signal" and wait.name == name
    ]
    if not local:
        run.thrown.append(Thrown("signal", name, variables, None, token.task_spec.element.id))
    for identity in waiting:
        if identity in run.waits:
            run.occur(run.tokens[identity], dict(variables))


def throw_error(token: Token, code: str, message: str, variables: dict[str, Any]) -> bool:
    """Hand an error to the nearest catching boundary event or event subprocess; without any it is an incident."""
    run = token.run_
    caught = _find(token, "error", code)
    if caught is None:
        run.escaped.append(Escaped("error", code, message, variables, token.id, token.task_spec.element.id))
        run.incident(token, UncaughtError(error_code=code))
        return False
    host, catcher = caught
    values = dict(variables)
    if catcher.code_variable:
        values[catcher.code_variable] = code
    if catcher.message_variable:
        values[catcher.message_variable] = message
    catcher.catch(host, values)
    return True


def throw_escalation(token: Token, code: str | None, variables: dict[str, Any]) -> bool:
    """Hand an escalation to the nearest catcher; without any it goes to whoever called the process."""
    run = token.run_
    caught = _find(token, "escalation", code)
    if caught is None:
        run.escaped.append(Escaped("escalation", code, "", variables, token.id, token.task_spec.element.id))
        return False
    host, catcher = caught
    values = dict(variables)
    if catcher.code_variable:
        values[catcher.code_variable] = code
    catcher.catch(host, values)
    return True


def catches(token: Token, kind: str, code: str | None) -> bool:
    """Say whether somebody around a token catches an error or escalation."""
    return _find(token, kind, code) is not None


def _find(token: Token, kind: str, code: str | None) -> tuple[Token, Any] | None:
    """Find who catches something; what names an error or escalation without a code catches what nobody else does."""
    return _look(token, kind, code, codeless=False) or _look(token, kind, code, codeless=True)


def _look(token: Token, kind: str, code: str | None, *, codeless: bool) -> tuple[Token, Any] | None:
    """Look outwards from a token: boundary events of each activity, then event subprocesses of each scope."""
    inner: Token | None = token
    while inner is not None:
        holder = inner if inner.on_top else inner.workflow.tasks[inner._parent]
        catcher = _match(getattr(holder.task_spec, "catchers", ()), kind, code, holder, codeless)
        if catcher is not None:
            return holder, catcher
        workflow = inner.workflow
        if not getattr(holder.task_spec, "is_event_subprocess", False):
            catcher = _match(workflow.spec.behaviour.catchers, kind, code, holder, codeless)
            if catcher is not None:
                return holder, catcher
        inner = workflow.owner
    return None


def _match(catchers: Any, kind: str, code: str | None, token: Token, codeless: bool) -> Any:
    """Return the catcher of exactly this code, else one that catches all, which without a code is one if asked for."""
    scope = token.run_.scope(token)
    catching_all = None
    for catcher in catchers:
        if catcher.kind != kind:
            continue
        wanted = None if catcher.code is None else catcher.code.evaluate(scope)
        if wanted is not None and str(wanted) == code:
            return catcher
        if wanted in (None, "") or (codeless and catcher.codeless):
            catching_all = catching_all or catcher
    return catching_all
