"""Are the people, groups, departments and calendars there that the properties of approvals name?"""

from collections.abc import Iterable, Iterator

from process_server.bpmn.approval import GROUPED, Approval, is_formula, split
from process_server.bpmn.program import Program
from process_server.bpmn.sla import Sla

Named = tuple[str, tuple[str, str]]  # a kind, and an element with what it names


def named_by_approvals(program: Program) -> Iterable[Named]:
    """Return whom the steps of a program name literally."""
    for element in program.elements.values():
        if element.approval is not None:
            yield from ((kind, (element.id, name)) for kind, name in _of_approval(element.approval))
        if element.sla is not None:
            yield from ((kind, (element.id, name)) for kind, name in _of_sla(element.sla))


def _of_approval(approval: Approval) -> Iterator[tuple[str, str]]:
    of = () if is_formula(approval.of) else split(approval.of)
    if approval.by == "user":
        yield from (("user", name) for name in of)
    elif approval.by in GROUPED:
        yield from (("group", name) for name in of)
    elif approval.by in ("department", "department_head"):
        yield from (("department", name) for name in of)
    if approval.none is not None and approval.none.id:
        yield approval.none.kind, approval.none.id
    for kind, text in (("user", approval.copy_users), ("group", approval.copy_groups)):
        if not is_formula(text):
            yield from ((kind, name) for name in split(text))


def _of_sla(sla: Sla) -> Iterator[tuple[str, str]]:
    if sla.calendar is not None:
        yield "calendar", sla.calendar
    yield from ((step.kind, step.id) for step in sla.escalations if step.kind in ("user", "group"))
