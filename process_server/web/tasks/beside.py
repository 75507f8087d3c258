"""What lies beside the form of a task, each loaded when it is looked at: chain, files, reasons, facts of the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from fastapi.responses import Response

from process_server.bpmn import queries, visibility
from process_server.bpmn.runtime.preview import Doubt, Expected, Forecast
from process_server.errors import NotFound, ProcessServerError
from process_server.forms import case_files
from process_server.forms.definitions import UnsupportedForm
from process_server.i18n import error_text, gettext_noop
from process_server.tasks.handling import decisions
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.tasks import deciding
from process_server.web.tasks.sla import standing
from process_server.web.timeline import entries as timeline

router = APIRouter()

DOUBTS = {
    "choice": gettext_noop("somebody chooses there how it goes on"),
    "values": gettext_noop("it depends on {names}, which nobody knows yet"),
    "event": gettext_noop("it waits there for something from outside"),
    "incident": gettext_noop("it would get stuck there"),
    "length": gettext_noop("what comes later is not shown"),
}
SHOWN = ("approve", "reject", "submit", "return", "recall", "undo", "withdraw", "skip", "timeout", "resolve")


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain: `when` is past, now or next; without `people` nobody was found."""

    when: str
    step: str
    people: str
    entry: timeline.Entry | None = None
    task: TaskRow | None = None
    sla: Any = None
    due: Any = None
    certain: bool = True
    nobody: bool = False


@router.get("/t/{task_id}/chain")
def chain(visit: SignedInVisit, task_id: UUID) -> Response:
    """Show who decided, before whom it stands, and who is expected next."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    return visit.page("chain.html", **of_case(visit, task.process_instance_id, task, {}))


@router.post("/t/{task_id}/chain")
def preview(visit: SignedInVisit, task_id: UUID, variables: Annotated[dict[str, Any], Body(embed=True)]) -> Response:
    """Show the same as it would be with what is entered into the form now."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    return visit.page("chain.html", **of_case(visit, task.process_instance_id, task, variables))


@router.get("/i/{instance_id}/chain")
def chain_of_case(visit: SignedInVisit, instance_id: UUID) -> Response:
    """Show the chain of a case."""
    visibility.require_visible(visit.session, instance_id, visit.principal)
    return visit.page("chain.html", **of_case(visit, instance_id, None, {}))


def of_case(visit: Visit, instance_id: UUID, task: TaskRow | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chain of a case; what is expected is reckoned from `task`, or the first open one."""
    found = queries.chain(visit.session, instance_id)
    told = {each.id for each in found.decided if each.action in SHOWN}
    tree = queries.instance_tree(visit.session, instance_id)
    past = [
        Link("past", entry.step, entry.who, entry=entry)
        for entry in timeline.decisions_of(visit, tree)
        if entry.id in told
    ]
    now = [standing_of(visit, each) for each in found.now]
    base = task if task is not None and task.state == "open" else next(iter(found.now), None)
    if base is None:
        return {"links": [*past, *now], "doubts": [], "ends": False, "problem": ""}
    forecast, problem = _forecast(visit, base, values)
    ahead = _ahead(visit, forecast)
    return ahead | {"links": [*past, *now, *ahead["links"]], "problem": problem}


def of_start(visit: Visit, version: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chain a case would begin with if its reader started this version with these values."""
    forecast, problem = Forecast(), ""
    try:
        forecast = queries.expected_from_start(visit.session, version, values, visit.principal)
    except ProcessServerError as error:
        problem = error_text(visit.language, error)
    return _ahead(visit, forecast) | {"problem": problem}


def _ahead(visit: Visit, forecast: Forecast) -> dict[str, Any]:
    names = naming.people(
        visit, [person for step in forecast.steps for person in (*step.assignees, *step.candidate_users)]
    )
    return {
        "links": [_next(visit, step, names) for step in forecast.steps],
        "doubts": [_doubt(visit, each) for each in forecast.doubts],
        "ends": forecast.ends,
    }


def standing_of(visit: Visit, task: TaskRow) -> Link:
    """Return before whom a case stands at a task."""
    step = naming.step(visit, task.definition_id, task.element_id, task.name)
    return Link("now", step, offered_to(visit, task), task=task, sla=standing(visit, task))


def offered_to(visit: Visit, task: TaskRow) -> str:
    """Return who has a task, or to whom it is offered."""
    people = [task.assignee] if task.assignee else task.candidate_users
    names = naming.people(visit, people)
    groups = [] if task.assignee else naming.groups(visit, task.candidate_groups, task.definition_id)
    return visit.enumerated([*(names[person] for person in people if person), *groups])


def _forecast(visit: Visit, task: TaskRow, values: Mapping[str, Any]) -> tuple[Forecast, str]:
    """Return what is expected as if the task were approved with these values, or why nobody can tell."""
    try:
        found = deciding.with_approval(visit, task, values)
        return queries.expected(visit.session, task.id, found, visit.principal), ""
    except (NotFound, UnsupportedForm):
        return Forecast(), ""
    except ProcessServerError as error:
        return Forecast(), error_text(visit.language, error)


def _next(visit: Visit, step: Expected, names: Mapping[str, str]) -> Link:
    people = [names[person] for person in (step.assignees or step.candidate_users)]
    people += [] if step.assignees else naming.groups(visit, step.candidate_groups, step.definition_id)
    name = naming.step(visit, step.definition_id, step.element, step.name)
    nobody = not people and step.kind == "userTask"
    return Link("next", name, visit.enumerated(people), due=step.due, certain=step.certain, nobody=nobody)


def _doubt(visit: Visit, doubt: Doubt) -> str:
    labels = naming.labels(visit, doubt.definition_id, doubt.names)
    why = visit.say(DOUBTS[doubt.reason], names=visit.enumerated(labels))
    return f"{naming.step(visit, doubt.definition_id, doubt.element)}: {why}"


@router.get("/t/{task_id}/files")
def files(visit: SignedInVisit, task_id: UUID) -> Response:
    """Show the files of the case a task belongs to."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    return visit.page("files.html", **files_of(visit, task.process_instance_id))


def files_of(visit: Visit, instance_id: UUID) -> dict[str, Any]:
    """Return the files of a case with all it called, the newest first, each with its version."""
    tree = queries.instance_tree(visit.session, instance_id)
    ids = [row["id"] for row in tree]
    signed = {told.signature_id for told in decisions.of_instances(visit.session, ids)}
    found = [each for each in case_files.of_instances(visit.session, ids) if each.id not in signed]
    versions: dict[tuple[UUID, str], int] = {}
    rows = []
    for each in found:
        place = (each.process_instance_id, f"{each.field or ''}/{each.name}")
        versions[place] = versions.get(place, 0) + 1
        rows.append((each, versions[place]))
    return {"files": rows[::-1], "names": naming.people(visit, [each.used_by for each in found])}


@router.get("/t/{task_id}/explain")
def explain(visit: SignedInVisit, task_id: UUID) -> Response:
    """Say why its reader has a task, or sees it."""
    reasons = queries.explain(visit.session, task_id, visit.principal, language=visit.language)
    return visit.page("explain.html", reasons=[each.text(visit.language) for each in reasons])


@router.get("/t/{task_id}/facts")
def facts(visit: SignedInVisit, task_id: UUID) -> Response:
    """Show what is known of the case."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    instance = queries.get_instance(visit.session, task.process_instance_id)
    return visit.page("facts.html", facts=naming.known(visit, instance), instance=instance, task=task)
