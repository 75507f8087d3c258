"""Where the links lead that Camunda Modeler offers after it deployed or started something: to the pages here."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

router = APIRouter()

COCKPIT = "/modeler-links"
"""The Modeler calls the place it looks for Cockpit, and adds the addresses that Cockpit has."""


@router.get("/.well-known/camunda-automation-platform/webapps")
def addresses(request: Request) -> Response:
    """Tell where the links are to begin. The Modeler asks it without credentials, as a page from elsewhere."""
    url = request.url
    here = f"{url.scheme}://{url.netloc}{request.scope['root_path']}"
    told = {"adminUrl": f"{here}/people", "cockpitUrl": f"{here}{COCKPIT}/", "tasklistUrl": f"{here}/"}
    return JSONResponse(told, headers={"Access-Control-Allow-Origin": "*"})


@router.get(f"{COCKPIT}/process-instance/{{instance_id}}")
def case(instance_id: UUID) -> Response:
    """Lead to the case that was started."""
    return RedirectResponse(f"/i/{instance_id}", 303)


@router.get(f"{COCKPIT}/repository")
def deployed() -> Response:
    """Lead to the processes that are deployed."""
    return RedirectResponse("/processes", 303)
