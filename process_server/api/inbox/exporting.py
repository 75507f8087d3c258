"""Taking a list away as a file."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from process_server.api.ground.answers import FRESH
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.transaction import transaction
from process_server.api.inbox.asked import ExportQuery, ListName, chosen
from process_server.bpmn import queries
from process_server.bpmn.queries import table
from process_server.config import settings
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox import export

router = resource("/inbox", "inbox")


@router.get("/{list}/export", response_class=Response, responses=documented(404))
@transaction("tasks:read")
def write(
    session: Session,
    actor: Principal,
    list: ListName,
    query: Annotated[ExportQuery, QueryParameters()],
    request: Request,
) -> Response:
    """Take a list away as a file: XLSX, or CSV in UTF-8."""
    columns = queries.columns_of(session, list, actor)
    shown = chosen(columns, query.columns)
    language, zone = language_of(request), ZoneInfo(settings().time_zone)
    heads = table.heads(columns, shown, language)
    rows = table.table(session, columns, query.of(list, query.sort), shown, language, settings().max_export)
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it has been sent)
    if query.format == "xlsx":
        export.write_xlsx(target, heads, rows, zone)
    else:
        target.writelines(export.csv_lines(heads, rows, zone))
    target.seek(0)
    name = quote(f"{list}.{query.format}")
    headers = FRESH | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
    }
    media_type = export.XLSX if query.format == "xlsx" else export.CSV
    return StreamingResponse(_chunks(target), headers=headers, media_type=media_type)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(65_536):
            yield chunk
