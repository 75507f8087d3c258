"""Uploaded files: bytes kept once per content, their kind told by what they are and not by what they are called."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import puremagic
from sqlalchemy import LargeBinary, Row, Select, Text, Uuid, bindparam, cast, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from process_server import clock
from process_server.config import settings
from process_server.db import Instant, Session, new_id, table_of
from process_server.errors import Conflict, NotAllowed, NotFound, TooLarge
from process_server.forms import images, scanning
from process_server.forms.models import File, FileContent, FileUse
from process_server.forms.uploads import UploadedFile

_file, _content, _use = table_of(File), table_of(FileContent), table_of(FileUse)

MAX_NAME = 200
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_BY_ID = select(_file).where(_file.c.id == bindparam("id"))
_BYTES = select(_content.c.content).where(_content.c.sha256 == bindparam("sha256"))
_BY_IDS = select(_file).where(_file.c.id.in_(bindparam("ids", expanding=True)))
_KEPT = upsert(FileContent)
# written over by itself, so that it stays locked until its file is there: what no file has is swept away
_KEEP = _KEPT.on_conflict_do_update(index_elements=["sha256"], set_={"sha256": _KEPT.excluded.sha256})
_USES = select(_use.c.process_instance_id).where(_use.c.file_id == bindparam("file"))
_USE_OF_TASK = select(_use).where(_use.c.file_id == bindparam("file"), _use.c.user_task_id == bindparam("task"))
_USED_HERE = select(_use.c.file_id).where(
    _use.c.process_instance_id == bindparam("instance"), _use.c.file_id.in_(bindparam("ids", expanding=True))
)
_OWN = select(
    _file.c.id,
    cast(bindparam("instance"), Uuid),
    cast(bindparam("task"), Uuid),
    cast(bindparam("user"), Text),
    cast(bindparam("at"), Instant),
    cast(bindparam("digest"), LargeBinary),
).where(_file.c.id.in_(bindparam("ids", expanding=True)), _file.c.uploaded_by == bindparam("user"))
_USE = (
    upsert(_use)
    .from_select(["file_id", "process_instance_id", "user_task_id", "used_by", "used_at", "form_sha256"], _OWN)
    .on_conflict_do_nothing()
)
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


class HeldBack(Conflict):
    """The file {name} is held back by the security check."""

    code = "file_held_back"


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
    kind = media_type(content)
    state = scanning.scan(content)
    small = images.thumbnail(content) if kind.startswith("image/") and state == "clean" else None
    row = {
        "id": new_id(),
        "sha256": _keep(session, content),
        "name": safe_name(name),
        "media_type": kind,
        "size": len(content),
        "state": state,
        "thumbnail": _keep(session, small) if small is not None else None,
        "field": field,
        "uploaded_by": uploaded_by,
        "uploaded_at": clock.now(),
    }
    session.execute(insert(_file), row)
    return UploadedFile(id=str(row["id"]), name=str(row["name"]), size=len(content), type=str(row["media_type"]))


def _keep(session: Session, content: bytes) -> bytes:
    sha256 = hashlib.sha256(content).digest()
    session.execute(_KEEP, {"sha256": sha256, "content": content})
    return sha256


def fetch_file(
    session: Session,
    file_id: UUID,
    *,
    may_read: Callable[[Row[tuple[object, ...]]], bool],
    small: bool = False,
) -> StoredFile:
    """Return a file with its bytes, or the `small` picture of it. `may_read` is asked with its row.

    Raises NotFound, NotAllowed, HeldBack.
    """
    row = session.execute(_BY_ID, {"id": file_id}).one_or_none()
    if row is None or (small and row.thumbnail is None):
        raise NotFound(kind="file", id=file_id)
    if not may_read(row):
        raise NotAllowed
    if row.state != "clean":
        raise HeldBack(name=row.name)
    kind, sha256 = ("image/webp", row.thumbnail) if small else (row.media_type, row.sha256)
    content = session.execute(_BYTES, {"sha256": sha256}).scalar_one()
    return StoredFile(row.id, row.name, kind, len(content), sha256, content)


def uses_of(session: Session, file_id: UUID) -> list[UUID]:
    """Return the cases a file was sent to: who sees one of them sees the file."""
    return list(session.execute(_USES, {"file": file_id}).scalars())


def usable_files(
    session: Session, ids: Iterable[str], *, user_id: str, process_instance_id: UUID | None = None
) -> dict[str, UploadedFile]:
    """Return the entries of those files that a person may put into a form: their own, and the instance's."""
    wanted = [identifier for identifier in map(_identifier, ids) if identifier is not None]
    if not wanted:
        return {}
    here = set(session.execute(_USED_HERE, {"ids": wanted, "instance": process_instance_id}).scalars())
    rows = [row for row in session.execute(_BY_IDS, {"ids": wanted}) if row.uploaded_by == user_id or row.id in here]
    return {str(row.id): _entry(row, _looked_at(session, row)) for row in rows}


def _entry(row: Row[tuple[object, ...]], state: scanning.State) -> UploadedFile:
    entry = UploadedFile(id=str(row.id), name=row.name, size=row.size, type=row.media_type)
    return entry if state == "clean" else UploadedFile(**entry, held_back=state)


def _looked_at(session: Session, row: Row[tuple[object, ...]]) -> scanning.State:
    """Return the state of a file; one the scanner had no answer for is handed to it again."""
    state: scanning.State = row.state
    if state == "waiting":
        state = scanning.scan(session.execute(_BYTES, {"sha256": row.sha256}).scalar_one())
        session.execute(update(_file).where(_file.c.id == row.id).values(state=state))
    return state


def without_traces(session: Session, ids: Iterable[str], *, user_id: str) -> None:
    """Take out of a person's own pictures what tells of where and with what they were taken."""
    wanted = [identifier for identifier in map(_identifier, ids) if identifier is not None]
    for row in session.execute(_BY_IDS, {"ids": wanted}) if wanted else ():
        if row.uploaded_by != user_id or not row.media_type.startswith("image/"):
            continue
        content = session.execute(_BYTES, {"sha256": row.sha256}).scalar_one()
        stripped = images.without_traces(content)
        if stripped != content:
            kept = {"sha256": _keep(session, stripped), "size": len(stripped)}
            session.execute(update(_file).where(_file.c.id == row.id).values(**kept))


def attach(
    session: Session,
    ids: Iterable[str],
    *,
    user_id: str,
    process_instance_id: UUID,
    user_task_id: UUID | None = None,
    form_sha256: bytes | None = None,
) -> None:
    """Let a person's own files belong to the instance they were submitted to, and so be seen by all who work on it.

    A file may be sent to several cases. `form_sha256` is of the values it was sent with.
    """
    wanted = [identifier for identifier in map(_identifier, ids) if identifier is not None]
    if wanted:
        given = {"ids": wanted, "user": user_id, "instance": process_instance_id, "task": user_task_id}
        session.execute(_USE, {**given, "at": clock.now(), "digest": form_sha256})
        session.execute(_ATTACH, given)


def detach(session: Session, file_id: UUID, *, user_task_id: UUID) -> None:
    """Take a file away from a task it was put beside. What a form was sent with stays: it is part of what was decided.

    Raises NotFound, NotAllowed.
    """
    use = session.execute(_USE_OF_TASK, {"file": file_id, "task": user_task_id}).one_or_none()
    if use is None:
        raise NotFound(kind="file", id=file_id)
    if use.form_sha256 is not None:
        raise NotAllowed("This file was sent with a form. It stays with the case.")
    session.execute(
        delete(_use).where(_use.c.file_id == file_id, _use.c.process_instance_id == use.process_instance_id)
    )
    if not uses_of(session, file_id):
        session.execute(delete(_file).where(_file.c.id == file_id))


def release(session: Session, instances: Select[tuple[UUID]]) -> None:
    """Delete the files of instances that go; one another case has as well stays with that."""
    gone = list(session.execute(instances).scalars())
    of_gone = delete(_use).where(_use.c.process_instance_id.in_(gone)).returning(_use.c.file_id)
    used = list(session.execute(of_gone).scalars())
    other = select(_use.c.process_instance_id).where(_use.c.file_id == _file.c.id).limit(1).scalar_subquery()
    held = _file.c.process_instance_id.in_(gone)
    session.execute(update(_file).where(held).values(process_instance_id=other, user_task_id=None))
    session.execute(delete(_file).where(_file.c.id.in_(used), _file.c.process_instance_id.is_(None)))


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
    if found in images.KINDS.values():
        return images.kind_of(content) or "application/octet-stream"
    if found:
        return found
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if "\0" in text else "text/plain"
