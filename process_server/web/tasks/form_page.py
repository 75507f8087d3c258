"""What the browser's form needs to know, and the files people put into forms."""

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response

from process_server.bpmn import visibility
from process_server.config import settings
from process_server.errors import NotFound, TooLarge
from process_server.forms import files, messages
from process_server.forms.entry import OpenForm
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.tasks.form_drafts import Kept

router = APIRouter()

_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_STILL = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
_SHOWN = {
    **dict.fromkeys(("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"), _STILL),
    # the browsers' own PDF viewers do not run in a sandbox; theirs keeps scripts of the file apart from the page
    "application/pdf": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
}

EMPTY: dict[str, Any] = {"type": "default", "schemaVersion": 19, "components": []}


def properties(
    visit: Visit,
    form: OpenForm | None,
    *,
    action: str,
    draft: str,
    editable: bool,
    revision: int | None = None,
    kept: Kept | None = None,
) -> dict[str, Any]:
    """Return the properties of the form module. A step without a form has nothing to fill in.

    `draft` names what is typed in the reader's browser, `kept` where the server keeps it.
    """
    return {
        "schema": form.schema if form else EMPTY,
        "data": form.data if form else {},
        "empty": form is None,
        "readOnly": not editable,
        "language": visit.language,
        "action": action,
        "upload": "/files",
        "draft": draft,
        "kept": kept.shown() if kept and editable and form else None,
        "extra": {"revision": revision} if revision is not None else {},
        "sentences": messages.said_at_once(visit.language),
        "words": {
            "mend": visit.say("Some fields need your attention. Nothing was sent."),
            "saved": visit.say("Draft saved."),
            "again": visit.say("Fill in what is asked for now, then press the button again."),
            "kept": visit.say("The server cannot be reached: the draft is kept in this browser."),
        },
    }


@router.post("/files")
def upload(visit: SignedInVisit, file: UploadFile, field: Annotated[str, Form()] = "") -> Response:
    """Keep a file; the form that names it decides whether it may stand there."""
    limit = settings().max_upload
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(limit=limit)
    stored = files.store_file(
        visit.session,
        name=file.filename or "file",
        content=content,
        uploaded_by=visit.principal.user_id,
        field=field or None,
    )
    return visit.json(stored)


@router.get("/files/{file_id}")
def download(visit: SignedInVisit, file_id: UUID) -> Response:
    """Hand a file out, as an attachment: it may be anything."""
    stored = _stored(visit, file_id)
    return Response(
        stored.content,
        media_type=stored.media_type,
        headers={
            **_PRIVATE,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name)}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@router.get("/files/{file_id}/preview")
def preview(visit: SignedInVisit, file_id: UUID) -> Response:
    """Show a picture, a PDF or plain text in a frame of ours; anything else is not shown."""
    stored = _stored(visit, file_id)
    policy = _SHOWN.get(stored.media_type)
    if policy is None:
        raise NotFound(kind="preview", id=file_id)
    return Response(
        stored.content,
        media_type=f"{stored.media_type}; charset=utf-8" if stored.media_type == "text/plain" else stored.media_type,
        headers={
            **_PRIVATE,
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(stored.name)}",
            "Content-Security-Policy": f"{policy}; frame-ancestors 'self'",
        },
    )


@router.get("/files/{file_id}/thumbnail")
def thumbnail(visit: SignedInVisit, file_id: UUID) -> Response:
    """Show a picture small."""
    stored = _stored(visit, file_id, small=True)
    headers = {"Cache-Control": "private, max-age=86400", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(stored.content, media_type=stored.media_type, headers=headers)


def _stored(visit: Visit, file_id: UUID, *, small: bool = False) -> files.StoredFile:
    may_read = partial(visibility.may_read_file, visit.session, actor=visit.principal)
    return files.fetch_file(visit.session, file_id, may_read=may_read, small=small)
