"""Several tasks at once: what an action would do to them, then what became of each, with the reason."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server import refusals
from process_server.bpmn import commands, queries
from process_server.bpmn.commands.bulk import Action, Bulk, Outcome
from process_server.bpmn.queries.fields import columns_of
from process_server.db import unit_of_work
from process_server.errors import InvalidInput, NotFound
from process_server.i18n import error_text
from process_server.identity import users
from process_server.tasks.inbox import tags, worklist
from process_server.tasks.inbox.columns import FIELD
from process_server.web.ground import moments, naming
from process_server.web.ground.lists import ACTIONS
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.inbox.meanings import label
from process_server.web.inbox.page import Asked

router = APIRouter()


Tasks = Annotated[list[str], Form()]


@router.post("/inbox/{which}/bulk")
def preview(visit: SignedInVisit, address: Asked, task: Tasks, action: Annotated[str, Form()] = "") -> Response:
    """Show what an action would do to some tasks; without an action, which there are."""
    seen = read_tasks(task)
    doable = {name: ACTIONS[name] for name in address.page.actions}
    if not action:
        return visit.page("bulk_choices.html", tasks=task, actions=doable, to=f"/t/{next(iter(seen))}")
    return visit.page("bulk.html", **_asked(visit, address, action, task))


@router.post("/inbox/{which}/bulk/do")
def act(
    visit: SignedInVisit,
    address: Asked,
    task: Tasks,
    action: Annotated[str, Form()],
    to: Annotated[str, Form()] = "",
    people: Annotated[list[str] | None, Form()] = None,
    until: Annotated[str, Form()] = "",
    tag: Annotated[str, Form(max_length=100)] = "",
    opinion: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Do it, each task by itself, and show what became of each."""
    seen = read_tasks(task)
    given = {"to": to, "people": people or [], "until": until, "tag": tag.strip(), "opinion": opinion.strip()}
    try:
        ask = Bulk(
            cast(Action, action),
            tuple(seen),
            to=to or None,
            people=tuple(people or ()),
            until=moments.read(until, "until"),
            tag=tag.strip() or None,
            opinion=opinion.strip() or None,
            revisions={task_id: revision for task_id, revision in seen.items() if revision},
        )
        names = _names(visit, seen)
        outcome = commands.do_in_bulk(unit_of_work, ask, visit.principal)
    except InvalidInput as error:
        problems = {each["field"]: refusals.sentence(visit.language, each) for each in error.problems}
        return visit.page("bulk.html", **_asked(visit, address, action, task) | {"problems": problems, "given": given})
    return visit.page("bulk_results.html", action=ACTIONS[action], name=action, rows=_results(visit, outcome, names))


def _asked(visit: Visit, address: Asked, action: str, task: Sequence[str]) -> dict[str, Any]:
    if action not in address.page.actions:
        raise NotFound(kind="action", id=action)
    found = queries.totals(visit.session, list(read_tasks(task)), visit.principal)
    columns = columns_of(visit.session, "all", visit.principal)
    named = {name: label(visit, columns.get(FIELD + name)) for name in found.sums}
    sums = [(words, found.sums[name]) for name, words in named.items() if words != name]  # the rest no form asks for
    needs_person = {"to", "people"} & set(ACTIONS[action].asks)
    return {
        "address": address,
        "action": ACTIONS[action],
        "name": action,
        "tasks": task,
        "totals": found,
        "decides": action in ("approve", "reject"),
        "sums": sums,
        "people": users.search(visit.session, limit=500) if needs_person else [],
        "tags": tags.list_tags(visit.session, visit.principal) if "tag" in ACTIONS[action].asks else [],
        "soon": moments.soon(visit) if "until" in ACTIONS[action].asks else [],
        "problems": {},
        "given": {"to": "", "people": [], "until": "", "tag": "", "opinion": ""},
    }


def read_tasks(tasks: Iterable[str]) -> dict[UUID, int]:
    """Return the tasks, each with the revision its reader has seen: `<id>:<revision>`."""
    found: dict[UUID, int] = {}
    try:
        for written in tasks:
            task_id, _, revision = written.partition(":")
            found[UUID(task_id)] = int(revision or 0)
    except ValueError as error:
        raise InvalidInput([{"field": "task", "code": "invalid", "params": {}}]) from error
    return found


def _names(visit: Visit, tasks: Iterable[UUID]) -> dict[UUID, str]:
    """Return what tasks are called, before anything is done to them; one that is not to be seen has no name."""
    names = {}
    for task_id in tasks:
        try:
            row = worklist.find_task(visit.session, task_id, visit.principal)
        except NotFound:
            continue
        step = naming.step(visit, row.definition_id, row.element_id, row.name)
        names[task_id] = " ".join(filter(None, (step, row.business_key)))
    return names


def _results(visit: Visit, outcome: Outcome, names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    return [
        {
            "task": row.task_id,
            "name": names.get(row.task_id, visit.say("Task")),
            "problem": error_text(visit.language, row.error) if row.error else "",
        }
        for row in outcome.rows
    ]
