"""Taking a list away: what it shows, as a sheet."""

import tempfile
from dataclasses import replace
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from process_server.bpmn.queries import table
from process_server.bpmn.queries.fields import columns_of
from process_server.config import settings
from process_server.tasks.inbox import export
from process_server.tasks.inbox.pages import Query
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.inbox.address import Address
from process_server.web.inbox.bulk import Tasks, read_tasks
from process_server.web.inbox.page import Asked, shown_columns

router = APIRouter()

CHUNK = 65_536


@router.get("/inbox/{which}/export")
def take(visit: SignedInVisit, address: Asked) -> Response:
    """Write the rows of a list, with the columns it shows and its business key, as XLSX."""
    return _write(visit, address, address.query)


@router.post("/inbox/{which}/export")
def take_selected(visit: SignedInVisit, address: Asked, task: Tasks) -> Response:
    """Write those rows of a list that were selected."""
    return _write(visit, address, replace(address.query, rows=tuple(read_tasks(task))))


def _write(visit: Visit, address: Address, query: Query) -> Response:
    columns = columns_of(visit.session, address.page.name, visit.principal)
    shown = [each.name for each in shown_columns(visit, columns, address)]
    if "business_key" not in shown and columns.find("business_key"):
        shown.insert(1, "business_key")
    heads = table.heads(columns, shown, visit.language)
    rows = table.table(visit.session, columns, query, shown, visit.language, settings().max_export)
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it has been sent)
    export.write_xlsx(target, heads, rows, ZoneInfo(settings().time_zone))
    target.seek(0)
    name = quote(f"{visit.say(address.page.words)}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return StreamingResponse(iter(lambda: target.read(CHUNK), b""), headers=headers, media_type=export.XLSX)
