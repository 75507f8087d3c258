"""Files beside a task. They lie where all files lie; an address instead of a file is kept as a shortcut."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Request, Response, UploadFile

from process_server.api.engine_rest.instances.process_instance_variables import BYTES
from process_server.api.engine_rest.wire.answers import answer, link, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Link, Wire
from process_server.api.ground.answers import attachment
from process_server.api.ground.parts import each_file
from process_server.bpmn.visibility import may_read_file
from process_server.config import settings
from process_server.db import Session
from process_server.errors import NotAllowed, NotFound
from process_server.forms import case_files, files, links
from process_server.forms.case_files import CaseFile
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow

router = resource("/task/{id}/attachment", "Task")


class AttachmentShown(Wire):
    """A file beside a task."""

    links: list[Link]
    id: UUID
    name: str
    description: str | None
    task_id: UUID
    type: str | None
    url: str | None
    create_time: datetime
    removal_time: datetime | None
    root_process_instance_id: UUID | None


@router.get("", response_model=list[AttachmentShown], responses=documented(404))
@operation("tasks:read")
def find(session: Session, actor: Principal, id: UUID, request: Request) -> Response:
    """List the files beside a task, and those its form was sent with."""
    task = worklist.find_task(session, id, actor)
    return answer([_shown(session, request, task, each) for each in _of_task(session, task)])


@router.post("/create", response_model=AttachmentShown, responses=documented(404, 413))
@each_file(lambda: settings().max_upload)
@operation("files:write")
def create(
    session: Session,
    actor: Principal,
    id: UUID,
    request: Request,
    content: Annotated[UploadFile | None, File()] = None,
    name: Annotated[str | None, Form(alias="attachment-name", max_length=255)] = None,
    url: Annotated[str | None, Form(max_length=links.MAX_ADDRESS)] = None,
) -> Response:
    """Put a file beside a task, or an address: whoever sees the case sees it."""
    task = worklist.find_task(session, id, actor)
    if content is not None:
        given, held = name or content.filename or "file", content.file.read()
    elif url:
        given, held = f"{name or 'link'}{links.SUFFIX}", links.shortcut(url)
    else:
        raise InvalidRequest("Send the file as the part 'content', or an address as 'url'.")
    made = files.store_file(session, name=given, content=held, uploaded_by=actor.user_id)
    files.attach(
        session,
        [made["id"]],
        user_id=actor.user_id,
        process_instance_id=task.process_instance_id,
        user_task_id=id,
    )
    return answer(_shown(session, request, task, _one(session, task, UUID(made["id"]))))


@router.get("/{attachment_id}", response_model=AttachmentShown, responses=documented(404))
@operation("tasks:read")
def get(session: Session, actor: Principal, id: UUID, attachment_id: UUID, request: Request) -> Response:
    """Get what is known of a file."""
    task = worklist.find_task(session, id, actor)
    return answer(_shown(session, request, task, _one(session, task, attachment_id)))


@router.get("/{attachment_id}/data", response_class=Response, responses=documented(404) | BYTES)
@operation("files:read")
def download(session: Session, actor: Principal, id: UUID, attachment_id: UUID) -> Response:
    """Get the content of a file."""
    _one(session, worklist.find_task(session, id, actor), attachment_id)
    file = files.fetch_file(session, attachment_id, may_read=lambda row: may_read_file(session, row, actor))
    return attachment(file.content, file.media_type, file.name)


@router.delete("/{attachment_id}", status_code=204, responses=documented(404))
@operation("files:write")
def remove(session: Session, actor: Principal, id: UUID, attachment_id: UUID) -> Response:
    """Take a file away that was put beside the task; who put it there may, and administrators."""
    held = _one(session, worklist.find_task(session, id, actor), attachment_id)
    if not actor.admin and held.used_by != actor.user_id:
        raise NotAllowed
    files.detach(session, attachment_id, user_task_id=id)
    return nothing()


def _of_task(session: Session, task: TaskRow) -> Sequence[CaseFile]:
    of_case = case_files.of_instances(session, [task.process_instance_id])
    return [each for each in of_case if each.user_task_id == task.id]


def _one(session: Session, task: TaskRow, file_id: UUID) -> CaseFile:
    for each in _of_task(session, task):
        if each.id == file_id:
            return each
    raise NotFound(kind="attachment", id=file_id)


def _address(session: Session, file: CaseFile) -> str | None:
    """Return the address that a shortcut opens; None for any other file."""
    if not file.name.endswith(links.SUFFIX) or file.size > 2 * links.MAX_ADDRESS or file.state != "clean":
        return None
    return links.address_in(files.fetch_file(session, file.id, may_read=lambda row: True).content)


def _shown(session: Session, request: Request, task: TaskRow, file: CaseFile) -> dict[str, Any]:
    url = _address(session, file)
    return {
        "links": [link(request, f"task/{task.id}/attachment/{file.id}")],
        "id": file.id,
        "name": file.name if url is None else file.name.removesuffix(links.SUFFIX),
        "description": None,
        "taskId": task.id,
        "type": file.media_type if url is None else None,
        "url": url,
        "createTime": file.used_at,
        "removalTime": None,
        "rootProcessInstanceId": task.process_instance_id,
    }
