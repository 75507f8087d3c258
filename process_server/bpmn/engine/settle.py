"""What is looked at when all tokens rest: conditions that became true, inclusive joins nobody else can reach."""

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.elements.gateways import InclusiveGateway
from process_server.bpmn.engine.run import AnyScope, Run
from process_server.bpmn.engine.workflow import Token
from process_server.errors import ProcessServerError


class WaitsInVain(ProcessServerError):
    """The gateway {element} waits for a token that can no longer come."""

    code = "waits_in_vain"


def settle(run: Run, *, conditions_only: bool = False) -> bool:
    """Let go what may go on; say whether anything did."""
    moved = _conditions(run)
    if conditions_only:
        return moved
    if moved:
        return True
    scopes: tuple[AnyScope, ...] = (run.workflow, *run.workflow.subprocesses.values())
    if any(scope.parked and _inclusive(run, scope) for scope in scopes):
        return True
    if not run.ended:
        _report_stuck(run, scopes)
    return False


def _conditions(run: Run) -> bool:
    if not run.conditions:
        return False
    changed, run.changed = run.changed, {}
    moved = False
    for token in list(run.conditions.values()):
        if token.id not in run.conditions:
            continue
        spec = token.task_spec
        try:
            fires = spec.trigger.fires(token, changed)
        except ProcessServerError:
            continue  # a variable it reads may not be there yet
        if fires:
            run.occur(token, {})
            moved = True
    return moved


def _inclusive(run: Run, scope: AnyScope) -> bool:
    for parked in list(scope.parked.values()):
        if parked and isinstance(parked[0].task_spec, InclusiveGateway) and parked[0].task_spec.settled(parked[0]):
            _let_go(run, parked[0])
            return True
    return _circle(run, scope)


def _circle(run: Run, scope: AnyScope) -> bool:
    """Inclusive joins that wait for nobody but each other: the token that has waited longest goes first."""
    parked = [token for tokens in scope.parked.values() for token in tokens]
    first = next((token for token in parked if isinstance(token.task_spec, InclusiveGateway)), None)
    if first is None or len(parked) < scope.live or all(token.task_spec is first.task_spec for token in parked):
        return False
    _let_go(run, min((token for token in parked if isinstance(token.task_spec, InclusiveGateway)), key=_arrival))
    return True


def _arrival(token: Token) -> float:
    return float(token.entered)


def _report_stuck(run: Run, scopes: tuple[AnyScope, ...]) -> None:
    """Where all tokens of a scope stand at joins, these wait for tokens that no longer come."""
    for scope in scopes:
        parked = [token for tokens in scope.parked.values() for token in tokens]
        if run.waits and (not parked or any(_may_arrive(token) for token in scope.tasks.values())):
            continue
        for token in parked:
            if "incident" not in token.internal_data:
                run.incident(token, WaitsInVain(element=token.task_spec.element.id))


def _may_arrive(token: Token) -> bool:
    """Say whether a token may come to a join of its scope; that of an event subprocess stays within."""
    if not token.on_top or token.task_spec.armed_only(token) or getattr(token.task_spec, "is_event_subprocess", False):
        return False
    return token not in token.workflow.parked.get(token.task_spec.name, ())


def _let_go(run: Run, token: Token) -> None:
    gateway = token.task_spec
    assert isinstance(gateway, InclusiveGateway)
    gateway.take(token)
    token.leaving = True
    token._set_state(TaskState.READY)
    run.ready.append(token)
