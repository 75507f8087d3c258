"""The task page: the form, what happened, where the case stands; claiming, handing on, commenting, completing."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Form, Query
from fastapi.responses import Response

from process_server.bpmn import commands, queries, task_forms
from process_server.errors import AlreadyClaimed, AlreadyCompleted, NotFound
from process_server.forms.definitions import UnsupportedForm
from process_server.identity import team, users
from process_server.tasks import claiming, comments, handing, worklist
from process_server.tasks.permission import may_assign, may_work
from process_server.tasks.worklist import Filter, TaskRow
from process_server.web import diagrams, form_drafts, form_page, naming, timeline, undoing
from process_server.web.failures import toast
from process_server.web.sla import standing
from process_server.web.visit import SignedInVisit, Visit

router = APIRouter()


@router.get("/t/{task_id}")
def show(visit: SignedInVisit, task_id: UUID, pane: Annotated[bool, Query()] = False) -> Response:
    """Show a task, as a page or as the part beside a list; when it is done, as the record of what was decided."""
    template = "task_body.html" if pane else "task.html"
    return visit.page(template, task_page=context(visit, task_id))


def context(visit: Visit, task_id: UUID) -> dict[str, Any]:
    """Return all that the page of a task shows."""
    me = visit.principal
    task = claiming.open_task(visit.session, task_id, me)
    instance = queries.get_instance(visit.session, task.process_instance_id)
    is_open = task.state == "open"
    is_mine = is_open and task.assignee == me.user_id
    at_work = is_open and may_work(me, task)
    may_hand_on = is_open and (may_assign(me, task) or team.manages(visit.session, me.user_id, [task.assignee]))
    names = naming.people(visit, [task.assignee, task.completed_by, task.initiator, *task.candidate_users])
    tree = queries.instance_tree(visit.session, task.process_instance_id)
    return {
        "task": task,
        "name": naming.step(visit, task.definition_id, task.element_id, task.name),
        "process": naming.process(visit, task),
        "instance": instance,
        "names": names,
        "groups": naming.groups(visit, task.candidate_groups),
        "sla": standing(visit, task),
        "summary": naming.summary(visit, task.definition_id, instance["variables"]),
        "decision": naming.decision(visit, task.definition_id, task.outcome),
        "documentation": naming.documentation(visit, task.definition_id, task.element_id),
        "form": _form(visit, task, editable=is_mine),
        "may_claim": at_work and task.assignee is None,
        "may_release": is_mine and bool(task.candidate_users or task.candidate_groups),
        "may_assign": may_hand_on,
        "people": users.search(visit.session, limit=200) if may_hand_on else [],
        "is_mine": is_mine,
        "incidents": queries.list_incidents(visit.session, instance_id=task.process_instance_id),
        "timeline": timeline.of_tree(visit, tree),
        "diagram": diagrams.of_instance(visit, instance),
    }


@router.post("/t/{task_id}/complete")
def complete(
    visit: SignedInVisit,
    task_id: UUID,
    variables: Annotated[dict[str, Any], Body()],
    revision: Annotated[int | None, Body()] = None,
) -> Response:
    """Complete a task with what its form gave; tell the browser where to go on."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    with_names(visit, lambda: commands.complete_user_task(
        visit.session, task_id, variables, actor=visit.principal, revision=revision
    ))  # fmt: skip
    name = naming.step(visit, task.definition_id, task.element_id, task.name)
    response = visit.json({"redirect": _next(visit, task)})
    return visit.leave_word(response, visit.say("Completed: {task}", task=name), undo=undoing.offer(visit, task_id))


@router.post("/t/{task_id}/claim")
def claim(visit: SignedInVisit, task_id: UUID) -> Response:
    """Take a task; from a list it is taken on the spot, from its page the form opens."""
    with_names(visit, lambda: claiming.claim(visit.session, task_id, visit.principal))
    if visit.by_htmx:
        message = toast(visit.say("Claimed. You find it under “My tasks”."))
        return Response("", headers={"HX-Trigger": message.replace("{", '{"counts": null, ', 1)})
    return visit.go(visit.came_from(f"/t/{task_id}"))


@router.post("/t/{task_id}/release")
def release(visit: SignedInVisit, task_id: UUID, revision: Annotated[int | None, Form()] = None) -> Response:
    """Give a task back to those it is offered to."""
    with_names(visit, lambda: claiming.release(visit.session, task_id, visit.principal, revision=revision))
    return visit.go(visit.came_from(f"/t/{task_id}"), visit.say("Given back to the queue."))


@router.post("/t/{task_id}/assign")
def assign(
    visit: SignedInVisit,
    task_id: UUID,
    assignee: Annotated[str, Form()],
    revision: Annotated[int | None, Form()] = None,
) -> Response:
    """Hand a task to somebody."""
    with_names(
        visit,
        lambda: handing.transfer(
            visit.session, task_id, assignee.strip(), principal=visit.principal, revision=revision
        ),
    )
    name = naming.people(visit, [assignee.strip()])[assignee.strip()]
    return visit.go(visit.came_from(f"/t/{task_id}"), visit.say("Handed to {name}, who is told.", name=name))


@router.post("/t/{task_id}/comments")
def comment(visit: SignedInVisit, task_id: UUID, text: Annotated[str, Form()]) -> Response:
    """Write about a task; the timeline is shown anew."""
    comments.comment_on_task(visit.session, task_id, visit.principal, text)
    if not visit.by_htmx:
        return visit.go(visit.came_from(f"/t/{task_id}"))
    task = worklist.find_task(visit.session, task_id, visit.principal)
    tree = queries.instance_tree(visit.session, task.process_instance_id)
    return visit.page("timeline.html", timeline=timeline.of_tree(visit, tree))


def with_names(visit: Visit, do: Callable[[], object]) -> None:
    """Run a command; who was faster is named as people call them."""
    try:
        do()
    except AlreadyCompleted as error:
        actor = str(error.params.get("actor", ""))
        raise AlreadyCompleted(actor=naming.people(visit, [actor]).get(actor, actor)) from error
    except AlreadyClaimed as error:
        user = str(error.params["user"])
        raise AlreadyClaimed(assignee=naming.people(visit, [user])[user]) from error


def _next(visit: Visit, done: TaskRow) -> str:
    """Go on with the next own task of the same case, else with the first of all, else with what may be claimed."""
    same_case = Filter(instance=done.process_instance_id)
    if rows := worklist.list_tasks(visit.session, visit.principal, "mine", same_case, limit=1).rows:
        return f"/t/{rows[0].id}"
    if rows := worklist.list_tasks(visit.session, visit.principal, "mine", limit=1).rows:
        return f"/inbox?task={rows[0].id}"
    queue = worklist.list_tasks(visit.session, visit.principal, "claimable", limit=1).rows
    return "/inbox/queue" if queue else "/inbox"


def _form(visit: Visit, task: TaskRow, *, editable: bool) -> dict[str, Any] | None:
    """Return what the form in the browser needs; None where the task has none, or one of other software."""
    try:
        opened = task_forms.of_task(visit.session, task, visit.language, editable=editable)
    except (NotFound, UnsupportedForm) as error:
        return {"problem": error}
    return form_page.properties(
        visit,
        opened,
        action=f"/t/{task.id}/complete",
        draft=f"{visit.principal.user_id}:{task.id}",
        editable=editable,
        revision=task.revision,
        kept=form_drafts.of_task(visit, task.id, task.revision) if editable else None,
    )
