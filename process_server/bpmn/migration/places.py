"""Where the elements of a program stand and of what kind they are, as far as a token on them is concerned."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.countersign import Countersign
from process_server.bpmn.engine.elements.events import AnyCatch, BoundaryEvent, CatchEvent
from process_server.bpmn.engine.elements.gateways import EventGateway, JoiningGateway
from process_server.bpmn.engine.elements.people import UserTask
from process_server.bpmn.engine.elements.subprocess import EventSubprocess, Subprocess
from process_server.bpmn.engine.elements.triggers import NamedTrigger
from process_server.bpmn.engine.elements.work import CallActivity, JobTask, ReceiveTask
from process_server.bpmn.program import Program

_RESTS = (
    UserTask, JobTask, ReceiveTask, CallActivity, Subprocess, EventSubprocess, CatchEvent, AnyCatch, EventGateway,
    JoiningGateway,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A spec, the subprocess it stands in ("": the process), and the activity or gateway its event belongs to."""

    spec: Any
    scope: str
    owner: str | None = None


class Places:
    """All specs of a program by name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        scopes = [("", program.spec), *program.subprocess_specs.items()]
        owners = {part: spec.name for _, scope in scopes for spec in scope.task_specs.values() for part in _parts(spec)}
        self.all = {
            name: Place(spec, scope, owners.get(name))
            for scope, inside in scopes
            for name, spec in inside.task_specs.items()
        }

    def get(self, name: str) -> Place | None:
        """Return where a spec of this name stands, if there is one."""
        return self.all.get(name)

    def around(self, scope: str) -> Iterator[str]:
        """Yield a scope and those around it, up to the process."""
        while scope:
            yield scope
            scope = self.all[scope].scope
        yield ""

    def may_be_added(self, scope: str) -> bool:
        """Say whether a subprocess may stand around a token in one version only: it begins with no work of its own."""
        spec = self.all[scope].spec
        return type(spec) is Subprocess and spec.element.type == "subProcess" and spec.loop is None


def kind(spec: Any) -> tuple[str, ...]:
    """Say of what kind an element is: tokens go only from one to another of the same kind."""
    return type(spec).__name__, _scope_kind(spec), _event(spec), _loop(spec)


def holds_tokens(spec: Any) -> bool:
    """Say whether a token may stay at an element while nothing is wrong."""
    return isinstance(spec, _RESTS) or (isinstance(spec, BoundaryEvent) and spec.trigger is not None)


def _scope_kind(spec: Any) -> str:
    return spec.element.type if hasattr(spec, "spec_name") else ""


def _event(spec: Any) -> str:
    trigger = getattr(spec, "trigger", None)
    if trigger is None:
        return str(getattr(spec, "kind", ""))
    return trigger.kind if isinstance(trigger, NamedTrigger) else type(trigger).__name__


def _loop(spec: Any) -> str:
    loop = getattr(spec, "loop", None)
    if loop is None:
        return ""
    order = "sequential" if loop.sequential else "parallel"
    if isinstance(loop, Countersign):
        veto = "with veto" if loop.approval.veto else "without veto"
        return f"{order} {loop.approval.mode} {veto}"  # what is counted so far was counted for this
    return order if loop.multi else "standard"


def _parts(spec: Any) -> Iterator[str]:
    """Yield the events that belong to an activity or gateway."""
    if isinstance(spec, Activity):
        yield from (each.name for each in (*spec.boundaries, *spec.catchers))
    elif isinstance(spec, EventGateway):
        yield from (target for _, target in spec.arms)
    elif isinstance(spec, AnyCatch):
        yield from spec.arms
