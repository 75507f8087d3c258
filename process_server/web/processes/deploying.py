"""Deploying from the browser: files in, a report of located problems out."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.config import settings
from process_server.errors import Conflict, InvalidInput, InvalidProcess, TooLarge
from process_server.faults import told
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit

router = APIRouter()


@router.get("/deploy")
def show(visit: AdminVisit) -> Response:
    """Show where files can be dropped, and what was deployed lately."""
    return _page(visit)


@router.post("/deploy")
def deploy(
    visit: AdminVisit,
    files: Annotated[list[UploadFile], File()],
    name: Annotated[str, Form()] = "",
    drafts: Annotated[bool, Form()] = False,
) -> Response:
    """Deploy the files together, all or nothing."""
    contents = {file.filename or f"file-{number}": _read(file) for number, file in enumerate(files, 1)}
    if not any(contents.values()):
        raise InvalidInput([{"field": "files", "code": "required", "params": {}}])
    title = name.strip() or ", ".join(sorted(contents))
    try:
        report = commands.deploy(
            visit.session, contents, name=title, source="web", actor=visit.principal.user_id, drafts=drafts
        )
    except InvalidProcess as error:
        return _page(visit, status=422, problems=told(error.problems, visit.language), files=sorted(contents))
    return _page(visit, report=report, problems=told(report.warnings, visit.language), files=sorted(contents))


@router.get("/deploy/{deployment_id}")
def show_deployment(visit: AdminVisit, deployment_id: UUID) -> Response:
    """Show what a deployment holds."""
    return _deployment(visit, deployment_id)


@router.post("/deploy/{deployment_id}/delete")
def delete(
    visit: AdminVisit, deployment_id: UUID, instances: Annotated[Literal["refuse", "cancel"], Form()] = "refuse"
) -> Response:
    """Delete a deployment; what becomes of its instances was chosen."""
    try:
        commands.delete_deployment(visit.session, deployment_id, actor=visit.principal, instances=instances)
    except Conflict as error:
        return _deployment(visit, deployment_id, status=409, refused=visit.say(error.template, **error.params))
    return visit.go("/deploy", visit.say("The deployment is deleted."))


def _deployment(visit: Visit, deployment_id: UUID, *, status: int = 200, refused: str = "") -> Response:
    held = queries.get_deployment(visit.session, deployment_id)
    return visit.page(
        "deployment.html",
        status=status,
        deployment=held,
        problems=told(held["warnings"], visit.language),
        names=naming.people(visit, [held["deployed_by"] or held["source"]]),
        refused=refused,
    )


def _read(file: UploadFile) -> bytes:
    limit = settings().max_model
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(limit=limit)
    return content


def _page(visit: Visit, *, status: int = 200, **context: Any) -> Response:
    lately = queries.list_deployments(visit.session, limit=20)
    return visit.page(
        "deploy.html",
        status=status,
        lately=lately,
        names=naming.people(visit, [row["deployed_by"] or row["source"] for row in lately]),
        **{"report": None, "problems": [], "files": []} | context,
    )
