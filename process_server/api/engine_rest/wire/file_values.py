"""Files as variables: on the wire a value of the type File or Bytes, here the entry of an uploaded file in a list."""

import base64
import binascii
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from fastapi import Response
from starlette.datastructures import UploadFile

from process_server import values
from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.schemas import VariableValue
from process_server.api.ground.answers import FRESH, attachment
from process_server.bpmn.visibility import may_read_file
from process_server.db import Session
from process_server.errors import NotAllowed, NotFound
from process_server.forms import entry, files
from process_server.forms.files import HeldBack, StoredFile
from process_server.forms.uploads import AS_BYTES, CHARSET
from process_server.identity.principal import Principal

_ENCODING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")


def read_all(session: Session, actor: Principal, sent: Mapping[str, VariableValue] | None) -> dict[str, Any]:
    """Return the variables that were sent. Files among them are kept, their entries stand for them.

    Raises InvalidRequest.
    """
    return variables.read_all({name: _stored(session, actor, name, value) for name, value in (sent or {}).items()})


def _stored(session: Session, actor: Principal, name: str, sent: VariableValue) -> VariableValue:
    if (sent.type or "").lower() not in ("file", "bytes") or sent.value is None:
        return sent
    info = sent.value_info or {}
    try:
        content = base64.b64decode(sent.value, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InvalidRequest("The content of the file {name} is not written in base64.", name=name) from error
    said = AS_BYTES if _is_bytes(sent.type) else _charset(info.get("encoding"))
    return _entry(session, actor, str(info.get("filename") or name), content, said)


def uploaded(session: Session, actor: Principal, name: str, sent: UploadFile | None, kind: str) -> VariableValue:
    """Keep a file that came as a part of a form, or the bytes of a text. Raises InvalidRequest for anything else."""
    if sent is None or kind.lower() not in ("file", "bytes"):
        raise InvalidRequest("Send the file as the part 'data', with 'File' or 'Bytes' as 'valueType'.")
    return _entry(session, actor, sent.filename or name, sent.file.read(), AS_BYTES if _is_bytes(kind) else "")


def _is_bytes(kind: str | None) -> bool:
    return (kind or "").lower() == variables.BYTES.lower()


def _charset(encoding: Any) -> str:
    if encoding is None or encoding == "":
        return ""
    if not _ENCODING.fullmatch(str(encoding)):
        raise InvalidRequest("{encoding} is not the name of an encoding.", encoding=str(encoding)[:100])
    return f"{CHARSET}{encoding}"


def _entry(session: Session, actor: Principal, name: str, content: bytes, said: str) -> VariableValue:
    kept = files.store_file(session, name=name, content=content, uploaded_by=actor.user_id)
    return VariableValue(value=[{**kept, "type": kept["type"] + said}], type="Json")


def shown(session: Session, actor: Principal, value: Any) -> dict[str, Any]:
    """Return a value as the wire has it, Bytes with their content."""
    told = variables.shown(value)
    if told["type"] == variables.BYTES:
        with suppress(NotFound, NotAllowed, HeldBack):
            told["value"] = base64.b64encode(_kept(session, actor, value[0]["id"]).content).decode()
    return told


def shown_all(session: Session, actor: Principal, held: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return variables as the wire has them, Bytes with their content."""
    return {name: shown(session, actor, value) for name, value in held.items()}


def attach(session: Session, actor: Principal, held: Mapping[str, Any], instance_id: UUID) -> None:
    """Let files among the values of variables belong to an instance: whoever sees it sees them."""
    entry.attach_files(session, held, user_id=actor.user_id, instance_id=instance_id)


def content(session: Session, actor: Principal, name: str, value: Any) -> Response:
    """Answer with what a variable holds as bytes: of a file its content, of a text or data what it is written as.

    Raises InvalidRequest for values that are none of these.
    """
    identities = list(entry.files_in(value))
    if isinstance(value, list) and len(value) == len(identities) == 1:
        file = _kept(session, actor, identities[0])
        return attachment(file.content, _media_type(file, value[0]["type"]), file.name)
    if isinstance(value, str):
        return Response(value.encode(), headers=FRESH, media_type="application/octet-stream")
    if isinstance(value, list | dict):
        return Response(values.encode(values.show(value)), headers=FRESH, media_type="application/octet-stream")
    raise InvalidRequest("Value of variable {name} is not a binary value.", name=name)


def _media_type(file: StoredFile, entry_type: str) -> str:
    _, said, encoding = entry_type.partition(CHARSET)
    return f"{file.media_type}{said}{encoding}" if _ENCODING.fullmatch(encoding) else file.media_type


def _kept(session: Session, actor: Principal, identity: str) -> StoredFile:
    try:
        file_id = UUID(identity)
    except ValueError as error:
        raise NotFound(kind="file", id=identity) from error
    return files.fetch_file(session, file_id, may_read=lambda row: may_read_file(session, row, actor))
