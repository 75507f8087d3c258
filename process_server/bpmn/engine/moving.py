"""Taking a token back to an earlier step: what is reached again from there is cancelled, then the step begins anew.

A step reaches what tokens can come to from it by themselves. A gateway where branches join is passed only where each of
its branches starts from the step: a token that waits there for a branch beside goes on waiting for it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.gateways import EventGateway, JoiningGateway
from process_server.bpmn.engine.elements.people import UserTask
from process_server.bpmn.engine.elements.subprocess import EventSubprocess
from process_server.bpmn.engine.workflow import Token
from process_server.errors import NoWayBack

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope, Run


def move(token: Token, to: str, *, resume: bool, assignee: str | None, actor: str | None) -> None:
    """Begin again at an activity of the token's scope or one around it. Raises NoWayBack.

    With `resume` nothing beside the token is touched, and when the activity is done it jumps back to where it was.
    """
    run = token.run_
    holder, path, by_event = _holder(token, to)
    whole = path[-1] == token.task_spec.name
    scope = holder.workflow
    spec: Any = scope.spec.task_specs[to]
    reached, flows = _reach(scope, to)
    leads = not by_event if resume else holder.task_spec.name in reached
    if not isinstance(spec, Activity) or not leads:
        raise NoWayBack(element=token.task_spec.element.id, target=to)
    token.say(to=to)
    run.visit(token, "returned", actor)
    begun = run.spawn(scope, spec)
    if assignee is not None:
        begun.internal_data["assignee"] = assignee
    if resume:
        begun.internal_data["resume"] = {
            "path": path,
            "assignee": actor if whole else None,
            "then": holder.internal_data.get("resume"),
        }
        doomed: Iterable[Token] = (holder,)
    else:
        doomed = [holder, *(other for other in _others(scope, begun, holder) if _is_reached(other, reached, flows))]
    for other in doomed:
        _cancel(run, other)


def _holder(token: Token, to: str) -> tuple[Token, list[str], bool]:
    """Return what holds a token in the scope of an element, the path down to it, and whether an event led there.

    Raises NoWayBack.
    """
    path = [token.task_spec.name]
    holder = _on_top(token)
    by_event = isinstance(holder.task_spec, EventSubprocess)
    while to not in holder.workflow.spec.task_specs:
        owner = holder.workflow.owner
        if owner is None:
            raise NoWayBack(element=token.task_spec.element.id, target=to)
        if holder.workflow.live > 1:
            path = []  # with its other branches gone the subprocess can only begin anew
        holder = _on_top(owner)
        by_event = by_event or isinstance(holder.task_spec, EventSubprocess)
        path.insert(0, holder.task_spec.name)
    return holder, path, by_event


def steps_before(token: Token) -> list[str]:
    """Return the user tasks a token could be returned to: those from which there is a way to it."""
    found = []
    inner: Token | None = token
    while inner is not None:
        holder = _on_top(inner)
        scope = holder.workflow
        for name, spec in scope.spec.task_specs.items():
            asks = isinstance(spec, UserTask) and spec is not holder.task_spec
            if asks and holder.task_spec.name in _reach(scope, name)[0]:
                found.append(name)
        inner = scope.owner
    return found


def _on_top(token: Token) -> Token:
    while not token.on_top:
        token = token.workflow.tasks[token._parent]
    return token


def _others(scope: "AnyScope", begun: Token, holder: Token) -> Iterable[Token]:
    for other in list(scope.tasks.values()):
        if other.on_top and other is not begun and other is not holder and not other.task_spec.armed_only(other):
            yield other


def _is_reached(token: Token, reached: set[str], flows: set[str]) -> bool:
    if token in token.workflow.parked.get(token.task_spec.name, ()):
        return token.flow in flows
    return token.undoes is None and token.task_spec.name in reached


def _cancel(run: "Run", token: Token) -> None:
    parked = token.workflow.parked.get(token.task_spec.name, [])
    if token in parked:
        parked.remove(token)
    run.withdraw(token)


def _reach(scope: "AnyScope", start: str) -> tuple[set[str], set[str]]:
    """Return the elements and sequence flows a token on `start` can come to."""
    specs = scope.spec.task_specs
    reached, flows = {start}, set[str]()
    work = [start]
    while work:
        for flow, target in _ways_out(specs[work.pop()]):
            flows.add(flow)
            spec = specs[target]
            joined = not isinstance(spec, JoiningGateway) or len(spec.incoming) < 2 or flows.issuperset(spec.incoming)
            if target not in reached and joined:
                reached.add(target)
                work.append(target)
    return reached, flows


def _ways_out(spec: Any) -> Iterable[tuple[str, str]]:
    yield from ((flow.id, flow.target) for flow in spec.flows)
    if isinstance(spec, EventGateway):
        yield from spec.arms
    elif isinstance(spec, Activity):
        yield from ((boundary.name, boundary.name) for boundary in (*spec.boundaries, *spec.catchers))
