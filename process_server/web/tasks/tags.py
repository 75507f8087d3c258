"""Tags of tasks: put on and taken off beside a task, and the page where somebody keeps them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server import refusals
from process_server.errors import Conflict, InvalidInput
from process_server.i18n import error_text
from process_server.tasks.inbox import tags
from process_server.tasks.inbox.tags import COLOURS
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()


@router.get("/tags")
def show(visit: SignedInVisit) -> Response:
    """Show one's own tags and the shared ones, with how many open tasks have them."""
    found = tags.list_tags(visit.session, visit.principal)
    may_share = tags.may_share(visit.session, visit.principal)
    return visit.page("tags.html", tags=found, may_share=may_share, colours=COLOURS)


@router.post("/tags")
def create(
    visit: SignedInVisit,
    name: Annotated[str, Form(max_length=200)],
    colour: Annotated[str, Form(max_length=7)] = "",
    shared: Annotated[bool, Form()] = False,
) -> Response:
    """Make a tag."""
    try:
        made = tags.create(visit.session, name, visit.principal, shared=shared, colour=colour or None)
    except InvalidInput as error:
        return visit.go("/tags", refusals.sentence(visit.language, error.problems[0]), "bad")
    except Conflict as error:
        return visit.go("/tags", error_text(visit.language, error), "bad")
    return visit.go("/tags", visit.say("Saved as “{name}”.", name=made.name))


@router.post("/tags/{tag_id}/delete")
def delete(visit: SignedInVisit, tag_id: UUID) -> Response:
    """Delete a tag, from all tasks."""
    tags.remove(visit.session, tag_id, visit.principal)
    return visit.go("/tags", visit.say("The tag is gone."))


@router.post("/t/{task_id}/tags")
def put(visit: SignedInVisit, task_id: UUID, tag: Annotated[str, Form(max_length=200)]) -> Response:
    """Put a tag on a task."""
    tags.put(visit.session, task_id, tag, visit.principal)
    return _again(visit, task_id)


@router.post("/t/{task_id}/tags/off")
def take(visit: SignedInVisit, task_id: UUID, tag: Annotated[str, Form(max_length=200)]) -> Response:
    """Take a tag off a task."""
    tags.take(visit.session, task_id, tag, visit.principal)
    return _again(visit, task_id)


def of_task(visit: Visit, task_id: UUID) -> dict[str, object]:
    """Return what the part beside a task shows: its tags, and which others there are."""
    on = tags.of_tasks(visit.session, [task_id], visit.principal).get(task_id, [])
    names = {each.id for each in on}
    others = [each for each in tags.list_tags(visit.session, visit.principal) if each.id not in names]
    return {"on": on, "others": others}


def _again(visit: Visit, task_id: UUID) -> Response:
    if not visit.by_htmx:
        return visit.go(visit.came_from(f"/t/{task_id}"))
    return visit.page("task_tags.html", task_id=task_id, tags=of_task(visit, task_id))
