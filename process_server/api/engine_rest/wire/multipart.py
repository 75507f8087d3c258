"""Files and fields of a form whose parts clients call as they like: what has a file name is a file."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.ground.payload import check_text
from process_server.config import settings
from process_server.errors import TooLarge

MAX_FILES = 500
MAX_FIELDS = 100


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """Give the parts of a form."""
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
        yield form


def files_of(form: FormData) -> dict[str, bytes]:
    """Return the files by their names. Raises InvalidRequest, TooLarge."""
    files: dict[str, bytes] = {}
    for part, value in form.multi_items():
        if not isinstance(value, UploadFile):
            continue
        name = check_text(value.filename or "", part).replace("\\", "/").lstrip("/")
        if not name:
            raise InvalidRequest(
                "No file name found in the deployment resource described by form parameter {part}.", part=part
            )
        if name in files:
            raise InvalidRequest("Two files are called {name}: of one name a deployment holds one.", name=name)
        if (value.size or 0) > settings().max_model:
            raise TooLarge(limit=settings().max_model, file=name)
        files[name] = value.file.read()
    if not files:
        raise InvalidRequest("No deployment resources contained in the form upload.")
    return files


def field_of(form: FormData, name: str) -> str:
    """Return a field of the form, empty where it is missing; one that is sent more than once counts as its last."""
    sent = [value for value in form.getlist(name) if isinstance(value, str)]
    return check_text(sent[-1], name).strip() if sent else ""
