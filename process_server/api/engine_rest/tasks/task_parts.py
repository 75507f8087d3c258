"""What belongs to a task: to whom it is offered and whose it is, and what was written about it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request, Response

from process_server.api.engine_rest.wire.answers import answer, link, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Link, Wire
from process_server.api.ground.schemas import Text
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, comments, handing, offering, wording
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow

router = resource("/task/{id}", "Task")


class IdentityLink(Wire):
    """Somebody, or a group, and what they are to the task: assignee, owner or candidate."""

    user_id: Text | None = None
    group_id: Text | None = None
    type: Text = "candidate"


class LinkShown(Wire):
    """Somebody, or a group, and what they are to the task."""

    user_id: str | None
    group_id: str | None
    type: str


class CommentShown(Wire):
    """What somebody wrote."""

    links: list[Link]
    id: UUID
    user_id: str | None
    task_id: UUID | None
    process_instance_id: UUID | None
    root_process_instance_id: UUID | None
    time: datetime
    message: str
    removal_time: datetime | None


class NewComment(Wire):
    """What to write."""

    message: Text | None = None


@router.get("/identity-links", response_model=list[LinkShown], responses=documented(404))
@operation("tasks:read")
def identity_links(
    session: Session, actor: Principal, id: UUID, type: Annotated[str | None, QueryParameters()] = None
) -> Response:
    """List who has a task, gets it back, or is offered it."""
    task = worklist.find_task(session, id, actor)
    found = [_link("assignee", user=task.assignee)] if task.assignee else []
    found += [_link("owner", user=task.owner)] if task.owner else []
    found += [_link("candidate", user=user) for user in task.candidate_users]
    found += [_link("candidate", group=group) for group in task.candidate_groups]
    return answer([each for each in found if type in (None, each["type"])])


def _link(kind: str, *, user: str | None = None, group: str | None = None) -> dict[str, Any]:
    return {"userId": user, "groupId": group, "type": kind}


@router.post("/identity-links", status_code=204, responses=documented(404))
@operation("tasks:write")
def add_link(session: Session, actor: Principal, id: UUID, body: IdentityLink) -> Response:
    """Offer a task to somebody or a group, or make somebody its assignee or owner."""
    task, kind = _asked(session, actor, id, body)
    if kind == "assignee" and body.user_id != task.assignee:
        handing.transfer(session, id, body.user_id or "", principal=actor)
    elif kind == "owner":
        wording.change(session, id, actor, {"owner": body.user_id})
    elif kind == "candidate":
        people = [*task.candidate_users, *filter(None, [body.user_id])]
        offering.offer(session, id, actor, people=people, groups=[*task.candidate_groups, *_group(body)])
    return nothing()


@router.post("/identity-links/delete", status_code=204, responses=documented(404))
@operation("tasks:write")
def remove_link(session: Session, actor: Principal, id: UUID, body: IdentityLink) -> Response:
    """Take such a link away; what is not there stays so."""
    task, kind = _asked(session, actor, id, body)
    if kind == "assignee" and task.assignee == body.user_id:
        claiming.release(session, id, actor)
    elif kind == "owner" and task.owner == body.user_id:
        wording.change(session, id, actor, {"owner": None})
    elif kind == "candidate":
        people = [user for user in task.candidate_users if user != body.user_id]
        groups = [group for group in task.candidate_groups if group != body.group_id]
        offering.offer(session, id, actor, people=people, groups=groups)
    return nothing()


def _group(body: IdentityLink) -> list[str]:
    return [body.group_id] if body.group_id else []


def _asked(session: Session, actor: Principal, task_id: UUID, body: IdentityLink) -> tuple[TaskRow, str]:
    """Return the task and the kind of link. Raises InvalidRequest for what is no link of a task."""
    if body.type not in ("assignee", "owner", "candidate"):
        raise InvalidRequest("A task links assignee, owner and candidate, not {type}.", type=body.type)
    if (body.user_id is None) == (body.group_id is None):
        raise InvalidRequest("Name a user or a group: userId or groupId.")
    if body.group_id is not None and body.type != "candidate":
        raise InvalidRequest("Only a user can be the {type} of a task.", type=body.type)
    return worklist.find_task(session, task_id, actor), body.type


@router.get("/comment", response_model=list[CommentShown], responses=documented(404))
@operation("tasks:read")
def written(session: Session, actor: Principal, id: UUID, request: Request) -> Response:
    """List what was written about a task, the latest first."""
    return answer([_comment(request, each, id) for each in _comments(session, actor, id)])


@router.post("/comment/create", response_model=CommentShown, responses=documented(404))
@operation("tasks:write")
def write(session: Session, actor: Principal, id: UUID, body: NewComment, request: Request) -> Response:
    """Write about a task; its assignee and who wrote before are told."""
    made = comments.comment_on_task(session, id, actor, body.message or "")
    return answer(next(_comment(request, each, id) for each in _comments(session, actor, id) if each[1].id == made))


@router.get("/comment/{comment_id}", response_model=CommentShown, responses=documented(404))
@operation("tasks:read")
def comment(session: Session, actor: Principal, id: UUID, comment_id: UUID, request: Request) -> Response:
    """Get one comment."""
    for each in _comments(session, actor, id):
        if each[1].id == comment_id:
            return answer(_comment(request, each, id))
    raise NotFound(kind="comment", id=comment_id)


def _comments(session: Session, actor: Principal, task_id: UUID) -> list[tuple[TaskRow, comments.CommentRow]]:
    task = worklist.find_task(session, task_id, actor)
    return [(task, each) for each in comments.comments_on(session, task_id)]


def _comment(request: Request, found: tuple[TaskRow, comments.CommentRow], task_id: UUID) -> dict[str, Any]:
    task, row = found
    return {
        "links": [link(request, f"task/{task_id}/comment/{row.id}")],
        "id": row.id,
        "userId": row.author,
        "taskId": task_id,
        "processInstanceId": task.process_instance_id,
        "rootProcessInstanceId": task.process_instance_id,
        "time": row.created_at,
        "message": row.text,
        "removalTime": None,
    }
