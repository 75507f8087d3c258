"""Files as values of a form: a list of what was uploaded, each with its id, name, size and media type."""

import fnmatch
import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NotRequired, TypedDict

from process_server.forms import feel, images
from process_server.forms.components import FileField, is_expression
from process_server.forms.inputs import Refused
from process_server.values import Value

_TOLD_BY_BYTES = {"application/pdf", *images.KINDS.values()}

AS_BYTES, CHARSET = "; sent-as=bytes", "; charset="
"""What tools made for Camunda let an entry's `type` say behind the media type: they sent no file, or its encoding."""


class UploadedFile(TypedDict):
    """A file as a variable holds it. One that is `held_back` (waiting, infected) gets into none."""

    held_back: NotRequired[str]

    id: str
    name: str
    size: int
    type: str


def check_files(
    field: FileField, ids: list[str], held: Value, files: Mapping[str, UploadedFile], scope: Mapping[str, Any]
) -> list[UploadedFile]:
    """Return the entries of the chosen files. Raises Refused for one that is neither held already nor at hand."""
    before: dict[str, Any] = {item["id"]: item for item in held or () if isinstance(item, dict) and "id" in item}
    multiple = field.multiple
    if is_expression(multiple):
        multiple = feel.evaluate(str(multiple), scope) is True
    if len(ids) > 1 and not multiple:
        raise Refused("one_file_only")
    chosen: list[UploadedFile] = []
    for file_id in ids:
        if file_id in before:
            chosen.append(before[file_id])
            continue
        if file_id not in files:
            raise Refused("unknown_file")
        file = files[file_id]
        if "held_back" in file:
            raise Refused(f"{file['held_back']}_file", name=file["name"])
        if not accepts(_accepted(field, scope), file):
            raise Refused("file_type", name=file["name"], accept=field.accept)
        chosen.append(file)
    return chosen


def _accepted(field: FileField, scope: Mapping[str, Any]) -> str:
    accept = field.accept or ""
    if is_expression(accept):
        accept = feel.evaluate(accept, scope)
    return accept if isinstance(accept, str) and "{{" not in accept else ""


def accepts(accept: str, file: UploadedFile) -> bool:
    """Tell whether a file is one of those an HTML `accept` list names: `.pdf, image/*`.

    A suffix is what the file is called, a media type is what its bytes are; what is called a picture or a PDF is one.
    """
    wanted = [item.strip().lower() for item in accept.split(",") if item.strip()]
    return not wanted or any(
        _is_called(file, item) if item.startswith(".") else fnmatch.fnmatchcase(file["type"], item) for item in wanted
    )


def _is_called(file: UploadedFile, suffix: str) -> bool:
    promised = mimetypes.guess_type(f"file{suffix}")[0]
    honest = promised not in _TOLD_BY_BYTES or promised == file["type"]
    return honest and PurePosixPath(file["name"].lower()).suffix == suffix
