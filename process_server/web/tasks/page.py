"""The task page: the form with the bar that decides it, and what lies beside it; claiming and completing."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Form, Query
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.bpmn.form_binding import task_forms
from process_server.errors import NotFound, StaleRevision
from process_server.forms.definitions import UnsupportedForm
from process_server.forms.entry import OpenForm
from process_server.tasks.handling import claiming, comments, copies, decisions, watching
from process_server.tasks.inbox import pages, worklist
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.lists import listing
from process_server.tasks.inbox.worklist import Filter, TaskRow
from process_server.tasks.permission import acting_for
from process_server.web.ground import naming
from process_server.web.ground.failures import toast
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.processes import diagrams
from process_server.web.tasks import actions as task_actions
from process_server.web.tasks import deciding, form_drafts, form_page, tags, undoing
from process_server.web.tasks.asked import asked
from process_server.web.tasks.sla import standing
from process_server.web.timeline import page as timeline_page
from process_server.web.timeline import since

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
    copies.mark_read(visit.session, me, instance_id=task.process_instance_id)
    instance = queries.get_instance(visit.session, task.process_instance_id)
    offered = {action.action: action for action in queries.actions(visit.session, task, me)}
    behalf = acting_for(me, task) if task.state == "open" else None
    decides = offered["complete"].allowed and (task.assignee == me.user_id or (behalf is not None and task.assignee))
    opened, problem = _opened(visit, task, editable=bool(decides) and task.parent_id is None)
    bar = deciding.bar(visit, task, opened) if decides and problem is None else None
    names = naming.people(
        visit,
        [task.assignee, task.completed_by, task.initiator, task.owner, task.on_behalf_of, task.paused_by, behalf,
         task.outcome, *task.candidate_users],
    )  # fmt: skip
    tree = queries.instance_tree(visit.session, task.process_instance_id)
    return {
        "task": task,
        "name": naming.step(visit, task.definition_id, task.element_id, task.name),
        "process": naming.process(visit, task),
        "instance": instance,
        "names": names,
        "offered_to": [
            *naming.groups(visit, task.candidate_groups, task.definition_id),
            *(names[one] for one in task.candidate_users),
        ],
        "sla": standing(visit, task),
        "tags": tags.of_task(visit, task_id),
        "summary": naming.summary(visit, task.definition_id, instance["variables"]),
        "decision": naming.decision(visit, task.definition_id, task.outcome, names),
        "documentation": naming.documentation(visit, task.definition_id, task.element_id),
        "form": {"problem": problem} if problem else _form(visit, task, opened, bar),
        "bar": bar,
        "behalf": behalf,
        "asked": asked(visit, task) if decides else None,
        "may_claim": offered["claim"].allowed and task.assignee is None,
        "actions": task_actions.menu(visit, task, offered),
        "may_release": offered["release"].allowed and bool(decides),
        "watched": watching.is_watched(visit.session, task.process_instance_id, principal=me),
        "is_mine": bool(decides),
        "incidents": queries.list_incidents(visit.session, instance_id=task.process_instance_id),
        "timeline": timeline_page.tell(visit, task.process_instance_id, tree),
        "diagram": diagrams.of_instance(visit, instance),
    }


@router.post("/t/{task_id}/complete")
def complete(
    visit: SignedInVisit,
    task_id: UUID,
    variables: Annotated[dict[str, Any], Body()],
    revision: Annotated[int | None, Body()] = None,
    outcome: Annotated[str, Body(max_length=200)] = "",
    opinion: Annotated[str, Body()] = "",
    reason: Annotated[str, Body(max_length=200)] = "",
    signature: Annotated[str, Body(max_length=40)] = "",
) -> Response:
    """Complete a task with what its form gave and what was said; tell the browser where to go on."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    behalf = acting_for(visit.principal, task)
    with_names(visit, task_id, lambda: commands.complete_user_task(
        visit.session, task_id, variables, actor=visit.principal, revision=revision, outcome=outcome or None,
        opinion=opinion or None, reason=reason or None, signature=deciding.file_id(signature),
    ))  # fmt: skip
    response = visit.json({"redirect": after(visit, task)})
    return visit.leave_word(response, _done(visit, task, behalf), undo=undoing.offer(visit, task_id))


def _done(visit: Visit, task: TaskRow, behalf: str | None) -> str:
    """Say what was done, and for whom."""
    name = naming.step(visit, task.definition_id, task.element_id, task.name)
    if task.delegation == "pending" and task.owner:
        return visit.say("Given back to {person} with your opinion: {task}", task=name, person=_name(visit, task.owner))
    if behalf:
        return visit.say("Completed on behalf of {person}: {task}", task=name, person=_name(visit, behalf))
    return visit.say("Completed: {task}", task=name)


def _name(visit: Visit, person: str) -> str:
    return naming.people(visit, [person])[person]


@router.post("/t/{task_id}/claim")
def claim(visit: SignedInVisit, task_id: UUID) -> Response:
    """Take a task; from a list it is taken on the spot, from its page the form opens."""
    with_names(visit, task_id, lambda: claiming.claim(visit.session, task_id, visit.principal))
    if visit.by_htmx:
        message = toast(visit.say("Claimed. You find it under “My tasks”."))
        return Response("", headers={"HX-Trigger": message.replace("{", '{"counts": null, ', 1)})
    return visit.go(visit.came_from(f"/t/{task_id}"))


@router.post("/t/{task_id}/release")
def release(visit: SignedInVisit, task_id: UUID, revision: Annotated[int | None, Form()] = None) -> Response:
    """Give a task back to those it is offered to."""
    with_names(visit, task_id, lambda: claiming.release(visit.session, task_id, visit.principal, revision=revision))
    return visit.go(visit.came_from(f"/t/{task_id}"), visit.say("Given back to the queue."))


@router.post("/t/{task_id}/comments")
def comment(visit: SignedInVisit, task_id: UUID, text: Annotated[str, Form()]) -> Response:
    """Write about a task; the timeline is shown anew."""
    comments.comment_on_task(visit.session, task_id, visit.principal, text)
    if not visit.by_htmx:
        return visit.go(visit.came_from(f"/t/{task_id}"))
    task = worklist.find_task(visit.session, task_id, visit.principal)
    tree = queries.instance_tree(visit.session, task.process_instance_id)
    return visit.page("timeline.html", timeline=timeline_page.tell(visit, task.process_instance_id, tree))


def with_names(visit: Visit, task_id: UUID, do: Callable[[], object]) -> None:
    """Run a command; what was changed meanwhile is told with who did it."""
    try:
        do()
    except StaleRevision as error:
        if told := since.last(visit, worklist.find_task(visit.session, task_id, visit.principal)):
            raise StaleRevision(told, **error.params) from error
        raise


def after(visit: Visit, done: TaskRow) -> str:
    """Go on with the next own task of the same case, else with the first of all, else with what may be claimed."""
    same_case = Filter(instance=done.process_instance_id)
    if rows := worklist.list_tasks(visit.session, visit.principal, "mine", same_case, limit=1).rows:
        return f"/t/{rows[0].id}"
    todo = Columns(listing("todo"), visit.principal)
    if following := pages.page(visit.session, todo, pages.Query(todo.listing.name), limit=1).entries:
        return f"/inbox?task={following[0].task_id}"
    queue = worklist.list_tasks(visit.session, visit.principal, "claimable", limit=1).rows
    return "/inbox/queue" if queue else "/inbox"


def _opened(visit: Visit, task: TaskRow, *, editable: bool) -> tuple[OpenForm | None, Exception | None]:
    """Return the form of a task; of one that is done, as it was decided by. The second is why there is none."""
    try:
        if task.state == "completed":
            for told in reversed(decisions.of_task(visit.session, task.id)):
                if told.shown is not None and told.action in decisions.SETTLES:
                    shown = told.shown
                    form = task_forms.as_decided(visit.session, task, told.form_definition_id, shown, visit.language)
                    return form, None
        return task_forms.of_task(visit.session, task, visit.language, editable=editable), None
    except (NotFound, UnsupportedForm) as error:
        return None, error


def _form(visit: Visit, task: TaskRow, opened: OpenForm | None, bar: deciding.Bar | None) -> dict[str, Any]:
    """Return what the form in the browser needs."""
    editable = bar is not None and task.parent_id is None
    found = form_page.properties(
        visit,
        opened,
        action=f"/t/{task.id}/complete",
        draft=f"{visit.principal.user_id}:{task.id}",
        editable=editable,
        revision=task.revision,
        kept=form_drafts.of_task(visit, task) if editable else None,
    )
    return found | {"bar": bar.for_browser() if bar else None}
