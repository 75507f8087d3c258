"""The sheet of a case as PDF: shown in the browser, to be printed or kept."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from process_server.bpmn import visibility
from process_server.documents.sheet import compose
from process_server.documents.typeset import to_pdf
from process_server.web.ground.visit import SignedInVisit

router = APIRouter()


@router.get("/i/{instance_id}/sheet.pdf")
def show(visit: SignedInVisit, instance_id: UUID) -> Response:
    """Set the sheet of a case as it stands now, in the reader's language."""
    visibility.require_visible(visit.session, instance_id, visit.principal)
    sheet = compose(visit.session, instance_id, visit.language)
    name = quote(f"{sheet.name}.pdf")
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return Response(to_pdf(sheet), media_type="application/pdf", headers=headers)
