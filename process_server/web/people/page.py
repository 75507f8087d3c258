"""The administrator's lists of people, and of service accounts with their tokens."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from process_server import refusals
from process_server.config import settings
from process_server.errors import Conflict, InvalidInput, NotFound, ProcessServerError
from process_server.i18n import error_text
from process_server.identity import linking, locking, oidc, scopes, services, tokens, users
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit
from process_server.web.people.tokens import Days, Limited, Scopes, TokenName, make

router = APIRouter(prefix="/people")


@router.get("")
def show(visit: AdminVisit, q: Annotated[str, Query()] = "") -> Response:
    """List people with their department and groups."""
    found = users.search(visit.session, q.strip(), limit=200, locked_too=True)
    departments = {item.id: item for item in users.all_departments(visit.session)}
    groups = {item.id: item for item in users.all_groups(visit.session)}
    supervisors = naming.people(visit, [person.supervisor_id for person in found])
    rows = [
        {
            "user": person,
            "supervisor": supervisors.get(person.supervisor_id or ""),
            "department": departments.get(person.department_id or ""),
            "groups": [groups[group] for group in sorted(users.groups_of(visit.session, person.id))],
        }
        for person in found
    ]
    return visit.page(
        "people.html",
        rows=rows,
        q=q,
        provider=settings().oidc_name if oidc.offered() else "",
        linked=linking.linked_with(visit.session, [person.id for person in found]),
    )


@router.post("/{user_id}/unlink")
def unlink(visit: AdminVisit, user_id: str) -> Response:
    """Forget whom the identity provider means by somebody."""
    linking.unlink(visit.session, user_id, visit.principal)
    return visit.go("/people", visit.say("The link is gone. Who comes by that name next is linked anew."))


@router.post("/{user_id}/lock")
def lock(visit: AdminVisit, user_id: str) -> Response:
    """Lock somebody out."""
    locking.lock(visit.session, user_id, visit.principal)
    name = naming.people(visit, [user_id])[user_id]
    return visit.go(
        "/people", visit.say("{name} is locked out: browsers are signed out, tokens work no longer.", name=name)
    )


@router.post("/{user_id}/unlock")
def unlock(visit: AdminVisit, user_id: str) -> Response:
    """Let somebody in again."""
    locking.unlock(visit.session, user_id, visit.principal)
    name = naming.people(visit, [user_id])[user_id]
    return visit.go("/people", visit.say("{name} may sign in again.", name=name))


@router.get("/services")
def list_services(visit: AdminVisit) -> Response:
    """List the service accounts."""
    return _services(visit)


@router.post("/services")
def create_service(
    visit: AdminVisit,
    id: Annotated[str, Form(max_length=100)],
    name: Annotated[str, Form(max_length=255)],
    group: Annotated[list[str] | None, Form(max_length=100)] = None,
    admin: Annotated[bool, Form()] = False,
) -> Response:
    """Make a service account, and show it: it needs a token next."""
    try:
        made = services.create(
            visit.session, id.strip(), name.strip(), visit.principal, groups=group or [], admin=admin
        )
    except (InvalidInput, Conflict, NotFound) as error:
        return _services(visit, problem=_said(visit, error), status=error.status)
    return visit.go(f"/people/services/{made.id}", visit.say("The account is made. Make it a token."))


@router.get("/services/{service_id}")
def show_service(visit: AdminVisit, service_id: str) -> Response:
    """Show a service account with its tokens."""
    return _service(visit, service_id)


@router.post("/services/{service_id}/tokens")
def create_token(
    visit: AdminVisit,
    service_id: str,
    name: TokenName,
    days: Annotated[Days, Form()] = "90",
    limited: Limited = "",
    scope: Scopes = None,
) -> Response:
    """Make a token of a service account; its secret is shown this once."""
    found = services.find(visit.session, service_id, visit.principal)
    return _service(visit, found.id, secret=make(visit, found.id, name, days, (scope or []) if limited else None))


@router.post("/services/{service_id}/tokens/{token_id}/revoke")
def revoke_token(visit: AdminVisit, service_id: str, token_id: UUID) -> Response:
    """Let a token work no longer."""
    tokens.revoke_token(visit.session, token_id, visit.principal)
    return visit.go(f"/people/services/{service_id}", visit.say("The token works no longer."))


@router.post("/services/{service_id}/end")
def end_service(visit: AdminVisit, service_id: str) -> Response:
    """End a service account with its tokens."""
    services.end(visit.session, service_id, visit.principal)
    return visit.go("/people/services", visit.say("The account is ended. What it did stays in its name."))


def _services(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    return visit.page(
        "services.html",
        status=status,
        services=services.list_services(visit.session, visit.principal),
        groups=naming.groups_by_id(visit),
        problem=problem,
    )


def _service(visit: Visit, service_id: str, **context: Any) -> Response:
    found = services.find(visit.session, service_id, visit.principal)
    return visit.page(
        "service.html",
        service=found,
        groups=naming.groups(visit, sorted(users.groups_of(visit.session, found.id))),
        tokens=tokens.tokens_of(visit.session, found.id),
        families=scopes.offered(visit.principal),
        **{"secret": ""} | context,
    )


def _said(visit: Visit, error: ProcessServerError) -> str:
    if isinstance(error, InvalidInput):
        return " ".join(refusals.sentence(visit.language, item) for item in error.problems)
    return error_text(visit.language, error)
