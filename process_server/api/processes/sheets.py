"""The sheet of an instance: the request with every opinion, as PDF."""

from typing import Any

from fastapi import Request, Response

from process_server.api.ground.answers import attachment
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id
from process_server.api.ground.transaction import transaction
from process_server.bpmn.visibility import require_visible
from process_server.db import Session
from process_server.documents.sheet import compose
from process_server.documents.typeset import to_pdf
from process_server.identity.principal import Principal

router = resource("/instances", "instances")

_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{instance_id}/sheet", response_class=Response, responses=documented(404) | _PDF)
@transaction("processes:read")
def get_sheet(session: Session, actor: Principal, request: Request, instance_id: Id) -> Response:
    """Get the sheet of an instance with all it called as PDF/A, as it stands now."""
    require_visible(session, instance_id, actor)
    sheet = compose(session, instance_id, language_of(request, actor))
    return attachment(to_pdf(sheet), "application/pdf", f"{sheet.name}.pdf")
