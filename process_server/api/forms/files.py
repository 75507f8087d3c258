"""Files: upload them before the form that names them is sent; download them as an attachment."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Response, UploadFile

from process_server.api.ground.answers import answer, attachment
from process_server.api.ground.errors import documented
from process_server.api.ground.payload import check_text
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Shown
from process_server.api.ground.transaction import transaction
from process_server.bpmn.visibility import may_read_file
from process_server.db import Session
from process_server.forms import files
from process_server.identity.principal import Principal

router = resource("/files", "files")


class FileShown(Shown):
    """An uploaded file, as a file field of a form holds it: send a list of these as the field's value."""

    id: UUID
    name: str
    size: int
    type: str


@router.post("", status_code=201, response_model=FileShown, responses=documented(413))
@transaction("files:write")
def upload(
    session: Session,
    actor: Principal,
    file: Annotated[UploadFile, File(description="The file.")],
    field: Annotated[str | None, Form(max_length=255, description="Key of the form field it is for.")] = None,
) -> Response:
    """Upload a file. It is one's own until a form that names it is sent; then it belongs to the instance."""
    entry = files.store_file(
        session,
        name=file.filename or "",
        content=file.file.read(),
        uploaded_by=actor.user_id,
        field=check_text(field, "field") if field else None,
    )
    return answer(entry, 201)


_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{file_id}", response_class=Response, responses=documented(404) | _BYTES)
@transaction("files:read")
def download(session: Session, actor: Principal, file_id: UUID) -> Response:
    """Download a file: one's own, and those of instances one may see."""
    file = files.fetch_file(session, file_id, may_read=lambda row: may_read_file(session, row, actor))
    return attachment(file.content, file.media_type, file.name)
