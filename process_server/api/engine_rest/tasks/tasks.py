"""Open tasks: found, looked at, taken, given back, handed on and changed."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.tasks.task_queries import LIST, TaskQuery
from process_server.api.engine_rest.tasks.task_shown import AlsoWanted, TaskShown, all_shown, one
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.listing import Paged, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Count, Wire
from process_server.api.ground.schemas import Priority, Text
from process_server.bpmn.commands import standalone
from process_server.db import Session
from process_server.errors import AlreadyClaimed
from process_server.identity import users
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, handing, wording
from process_server.tasks.handling.locking import require_open
from process_server.tasks.inbox import worklist
from process_server.tasks.permission import is_candidate

router = resource("/task", "Task")


class UserId(Wire):
    """Of whom."""

    user_id: Text | None = None


class TaskChanges(Wire):
    """A task as it shall be: what is left out is taken away, but the name and the priority."""

    name: Text | None = None
    description: Text | None = None
    assignee: Text | None = None
    owner: Text | None = None
    delegation_state: Text | None = None
    due: Date | None = None
    follow_up: Date | None = None
    priority: Priority | None = None


class NewTask(TaskChanges):
    """A task to make: it needs a name."""

    id: Text | None = None
    parent_task_id: Text | None = None


@router.get("", response_model=list[TaskShown])
@operation("tasks:read")
def find(
    session: Session, actor: Principal, query: Annotated[TaskQuery, from_address(TaskQuery)], also: AlsoWanted
) -> Response:
    """List open tasks: those one has to do with, to administrators all."""
    return answer(all_shown(session, actor, LIST.rows(session, actor, query), also))


@router.post("", response_model=list[TaskShown])
@operation("tasks:read")
def seek(session: Session, actor: Principal, body: TaskQuery, page: Paged, also: AlsoWanted) -> Response:
    """List open tasks; what only fits a body can be asked as well: orQueries, several orders, typed variables."""
    return answer(all_shown(session, actor, LIST.rows(session, actor, body, page), also))


@router.get("/count", response_model=Count)
@operation("tasks:read")
def count(session: Session, actor: Principal, query: Annotated[TaskQuery, from_address(TaskQuery)]) -> Response:
    """Count open tasks."""
    return LIST.count(session, actor, query)


@router.post("/count", response_model=Count)
@operation("tasks:read")
def count_sought(session: Session, actor: Principal, body: TaskQuery) -> Response:
    """Count open tasks; what only fits a body can be asked as well."""
    return LIST.count(session, actor, body)


@router.post("/create", status_code=204, responses=documented(404))
@operation("tasks:write")
def create(session: Session, actor: Principal, body: NewTask) -> Response:
    """Make a task that belongs to no process. The server gives it its id; without an assignee it is offered to you."""
    if body.id or body.parent_task_id:
        raise InvalidRequest("A new task gets its id from the server, and stands under no other: leave both out.")
    if body.delegation_state:
        raise InvalidRequest("A task becomes PENDING by delegate and RESOLVED by resolve.")
    standalone.create_task(
        session,
        body.name or "",
        actor=actor,
        description=body.description,
        assignee=body.assignee,
        owner=body.owner,
        priority=50 if body.priority is None else body.priority,
        due_at=body.due,
        follow_up_at=body.follow_up,
    )
    return nothing()


@router.get("/{id}", response_model=TaskShown, responses=documented(404))
@operation("tasks:read")
def get(session: Session, actor: Principal, id: UUID, also: AlsoWanted) -> Response:
    """Get an open task."""
    return answer(all_shown(session, actor, [one(session, actor, id)], also)[0])


@router.put("/{id}", status_code=204, responses=documented(404))
@operation("tasks:write")
def change(session: Session, actor: Principal, id: UUID, body: TaskChanges) -> Response:
    """Change a task: whose it is, its dates, how urgent it is, what it is called."""
    task = one(session, actor, id)
    if body.delegation_state is not None and body.delegation_state.lower() != task["delegation"]:
        raise InvalidRequest("A task becomes PENDING by delegate and RESOLVED by resolve.")
    _give(session, actor, id, body.assignee)
    task = one(session, actor, id)
    wanted = {
        "due_at": body.due,
        "follow_up_at": body.follow_up,
        "priority": task["priority"] if body.priority is None else body.priority,
    }
    if changed := {name: value for name, value in wanted.items() if value != task[name]}:
        claiming.reschedule(session, id, actor, changed)
    words = {"name": body.name or task["name"], "description": body.description, "owner": body.owner}
    if changed := {name: value for name, value in words.items() if value != task[name]}:
        wording.change(session, id, actor, changed)
    return nothing()


@router.delete("/{id}", status_code=204, responses=documented(404))
@operation("tasks:write")
def delete(session: Session, actor: Principal, id: UUID) -> Response:
    """Delete a task that belongs to no process; who made it may, and administrators."""
    standalone.delete_task(session, id, actor=actor)
    return nothing()


@router.post("/{id}/claim", status_code=204, responses=documented(404))
@operation("tasks:write")
def claim(session: Session, actor: Principal, id: UUID, body: UserId | None = None) -> Response:
    """Take a task for somebody, by default oneself. Whoever was faster keeps it."""
    user = (body and body.user_id) or actor.user_id
    task = worklist.find_task(session, id, actor)
    require_open(session, task)
    if task.assignee not in (None, user):
        raise AlreadyClaimed(assignee=users.named(session, task.assignee), user=task.assignee)
    _give(session, actor, id, user)
    return nothing()


@router.post("/{id}/unclaim", status_code=204, responses=documented(404))
@operation("tasks:write")
def unclaim(session: Session, actor: Principal, id: UUID) -> Response:
    """Give a task back to those it is offered to."""
    _give(session, actor, id, None)
    return nothing()


@router.post("/{id}/assignee", status_code=204, responses=documented(404))
@operation("tasks:write")
def assign(session: Session, actor: Principal, id: UUID, body: UserId | None = None) -> Response:
    """Make a task somebody's; without anybody, give it back to those it is offered to."""
    _give(session, actor, id, body.user_id if body else None)
    return nothing()


@router.post("/{id}/delegate", status_code=204, responses=documented(404))
@operation("tasks:write")
def delegate(session: Session, actor: Principal, id: UUID, body: UserId) -> Response:
    """Let somebody work a task, which comes back when they resolve it."""
    if not body.user_id:
        raise InvalidRequest("Say to whom: userId.")
    task = worklist.find_task(session, id, actor)
    if task.delegation == "pending":
        _give(session, actor, id, body.user_id)
    else:
        handing.delegate(session, id, body.user_id, principal=actor)
    return nothing()


def _give(session: Session, actor: Principal, task_id: UUID, user: str | None) -> None:
    """Make a task somebody's, or nobody's; whose it is already keeps it."""
    task = worklist.find_task(session, task_id, actor)
    require_open(session, task)
    if task.assignee == user:
        return
    if user is None:
        claiming.release(session, task_id, actor)
    elif user == actor.user_id and task.assignee is None and (actor.admin or is_candidate(actor, task)):
        claiming.claim(session, task_id, actor)
    else:
        handing.transfer(session, task_id, user, principal=actor)
