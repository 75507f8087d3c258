"""Taking a list away: what it shows, as a sheet."""

import tempfile
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from process_server.bpmn.queries import table
from process_server.bpmn.queries.fields import columns_of
from process_server.config import settings
from process_server.tasks.inbox import export
from process_server.web.inbox import Asked, shown_columns
from process_server.web.visit import SignedInVisit

router = APIRouter()

CHUNK = 65_536


@router.get("/inbox/{which}/export")
def take(visit: SignedInVisit, address: Asked) -> Response:
    """Write the rows of a list, with the columns it shows and its business key, as XLSX."""
    columns = columns_of(visit.session, address.page.name, visit.principal)
    shown = [each.name for each in shown_columns(visit, columns, address)]
    if "business_key" not in shown and columns.find("business_key"):
        shown.insert(1, "business_key")
    heads = table.heads(columns, shown, visit.language)
    rows = table.table(visit.session, columns, address.query, shown, visit.language, settings().max_export)
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it has been sent)
    export.write_xlsx(target, heads, rows, ZoneInfo(settings().time_zone))
    target.seek(0)
    name = quote(f"{visit.say(address.page.words)}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return StreamingResponse(iter(lambda: target.read(CHUNK), b""), headers=headers, media_type=export.XLSX)
