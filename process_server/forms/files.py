"""Uploaded files: bytes kept once per content, their kind told by what they are and not by what they are called."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import puremagic
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from process_server import clock
from process_server.config import settings
from process_server.db import Session, new_id
from process_server.errors import NotAllowed, NotFound, TooLarge
from process_server.forms.models import File, FileContent
from process_server.forms.uploads import UploadedFile

_file, _content = File.__table__, FileContent.__table__

MAX_NAME = 200
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_BY_ID = select(_file).where(_file.c.id == bindparam("id"))
_BYTES = select(_content.c.content).where(_content.c.sha256 == bindparam("sha256"))
_BY_IDS = select(_file).where(_file.c.id.in_(bindparam("ids", expanding=True)))
_KEEP = upsert(FileContent).on_conflict_do_nothing()
_ATTACH = (
    update(File)
    .where(
        File.id.in_(bindparam("ids", expanding=True)),
        File.uploaded_by == bindparam("user"),
        File.process_instance_id.is_(None),
    )
    .values(process_instance_id=bindparam("instance"), user_task_id=bindparam("task"))
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file to hand out. Serve it as an attachment: somebody uploaded it."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: bytes
    content: bytes


def store_file(
    session: Session, *, name: str, content: bytes, uploaded_by: str, field: str | None = None
) -> UploadedFile:
    """Keep what somebody uploaded; return its entry for a variable. Raises TooLarge."""
    limit = settings().max_upload
    if len(content) > limit:
        raise TooLarge(limit=limit)
    sha256 = hashlib.sha256(content).digest()
    session.execute(_KEEP, {"sha256": sha256, "content": content})
    row = {
        "id": new_id(),
        "sha256": sha256,
        "name": safe_name(name),
        "media_type": media_type(content),
        "size": len(content),
        "field": field,
        "uploaded_by": uploaded_by,
        "uploaded_at": clock.now(),
    }
    session.execute(insert(File), row)
    return UploadedFile(id=str(row["id"]), name=str(row["name"]), size=len(content), type=str(row["media_type"]))


def fetch_file(session: Session, file_id: UUID, *, may_read: Callable[[Row[tuple[object, ...]]], bool]) -> StoredFile:
    """Return a file with its bytes. `may_read` is asked with its row. Raises NotFound and NotAllowed."""
    row = session.execute(_BY_ID, {"id": file_id}).one_or_none()
    if row is None:
        raise NotFound(kind="file", id=file_id)
    if not may_read(row):
        raise NotAllowed
    content = session.execute(_BYTES, {"sha256": row.sha256}).scalar_one()
    return StoredFile(row.id, row.name, row.media_type, row.size, row.sha256, content)


def usable_files(
    session: Session, ids: Iterable[str], *, user_id: str, process_instance_id: UUID | None = None
) -> dict[str, UploadedFile]:
    """Return the entries of those files that a person may put into a form: their own, and the instance's."""
    wanted = [identifier for identifier in map(_identifier, ids) if identifier is not None]
    if not wanted:
        return {}
    return {
        str(row.id): UploadedFile(id=str(row.id), name=row.name, size=row.size, type=row.media_type)
        for row in session.execute(_BY_IDS, {"ids": wanted})
        if row.uploaded_by == user_id or (process_instance_id and row.process_instance_id == process_instance_id)
    }


def attach(
    session: Session,
    ids: Iterable[str],
    *,
    user_id: str,
    process_instance_id: UUID,
    user_task_id: UUID | None = None,
) -> None:
    """Let a person's own files belong to the instance they were submitted to, and so be seen by all who work on it."""
    wanted = [identifier for identifier in map(_identifier, ids) if identifier is not None]
    if wanted:
        given = {"ids": wanted, "user": user_id, "instance": process_instance_id, "task": user_task_id}
        session.execute(_ATTACH, given)


def is_unbound(session: Session, file_id: UUID, *, user_id: str) -> bool:
    """Say whether a file is a person's own and belongs to no case yet."""
    row = session.execute(_BY_ID, {"id": file_id}).one_or_none()
    return row is not None and row.uploaded_by == user_id and row.process_instance_id is None


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def safe_name(name: str) -> str:
    """Return a file's name without folders and without characters that only deceive; its ending survives."""
    bare = _UNSAFE.sub("", re.split(r"[/\\]", name)[-1]).strip().strip(".") or "file"
    if len(bare) <= MAX_NAME:
        return bare
    stem, dot, ending = bare.rpartition(".")
    return stem[: MAX_NAME - len(ending) - 1] + dot + ending if dot and len(ending) <= 10 else bare[:MAX_NAME]


def media_type(content: bytes) -> str:
    """Tell what the bytes are: by their signature, else plain text, else unknown."""
    try:
        found = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return found
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if "\0" in text else "text/plain"
