"""Process definitions: which processes there are, in which versions, as which diagram, and where their tokens stand."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Response
from fastapi import Query as QueryParameters
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Instant, Page, Query, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.api.tasks.schemas import Expected, Preview
from process_server.bpmn import commands, queries
from process_server.bpmn.definitions import find_definition_id
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/definitions", "definitions")


class DefinitionShown(Shown):
    """One version of a process."""

    id: UUID
    key: str
    version: int
    version_tag: str | None
    name: str | None
    name_en: str | None
    deployment_id: UUID
    resource_id: UUID
    resource_name: str
    start_form_key: str | None
    startable: bool
    candidate_starters: list[str]
    suspended: bool
    deployed_at: datetime
    deployed_by: str | None


class ElementStatistics(Shown):
    """How often an element was left, how many tokens wait at it now, and how many of them need mending."""

    element_id: str
    visited: int
    waiting: int
    incidents: int


class Statistics(Shown):
    """Figures of every element that was ever reached."""

    definition_id: UUID
    elements: list[ElementStatistics]


class DefinitionQuery(Query):
    """Which definitions."""

    key: Text | None = None
    latest: bool = True


class DiffQuery(Query):
    """With which version to compare."""

    against: UUID


class DifferenceShown(Shown):
    """One property of an element that is otherwise; an empty text is none."""

    field: str
    before: str
    after: str


class ChangeShown(Shown):
    """An element or sequence flow that is not as it was."""

    element_id: str
    type: str
    name: str | None
    change: Literal["added", "removed", "changed"]
    differences: list[DifferenceShown]


Which = Annotated[
    str,
    Path(
        max_length=255,
        description="The id of a version, or the key of the process: its newest version.",
        examples=["lead_to_cash"],
    ),
]


def resolve(session: Session, which: str) -> UUID:
    """Return the id of the version that an id or a key means. Raises NotFound."""
    try:
        return UUID(which)
    except ValueError:
        return find_definition_id(session, which)


@router.get("", response_model=Page[DefinitionShown])
@transaction("processes:read")
def find(session: Session, actor: Principal, query: Annotated[DefinitionQuery, QueryParameters()]) -> Response:
    """List process definitions by key: of each its newest version, or all with `latest=false`."""
    found = queries.list_definitions(session, key=query.key, latest_only=query.latest)
    return answer({"items": found, "next": None})


@router.get("/{which}", response_model=DefinitionShown, responses=documented(404))
@transaction("processes:read")
def get(session: Session, actor: Principal, which: Which) -> Response:
    """Get one version of a process."""
    return answer(queries.get_definition(session, resolve(session, which)))


@router.get("/{which}/versions", response_model=Page[DefinitionShown], responses=documented(404))
@transaction("processes:read")
def versions(session: Session, actor: Principal, which: Which) -> Response:
    """List every version of a process, the newest first."""
    key = queries.get_definition(session, resolve(session, which))["key"]
    return answer({"items": queries.list_definitions(session, key=key, latest_only=False), "next": None})


_XML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/xml": {"schema": {"type": "string"}}}}}


@router.get("/{which}/xml", response_class=Response, responses=documented(404) | _XML)
@transaction("processes:read")
def xml(session: Session, actor: Principal, which: Which) -> Response:
    """Get the BPMN file with its diagram, byte for byte as it was deployed."""
    return Response(
        queries.definition_xml(session, resolve(session, which)),
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"},
        media_type="application/xml",
    )


@router.get("/{which}/statistics", response_model=Statistics, responses=documented(404))
@transaction("processes:read")
def statistics(session: Session, actor: Principal, which: Which) -> Response:
    """Count, for every element of a version, finished visits, waiting tokens and open incidents of cases one sees."""
    definition_id = resolve(session, which)
    queries.get_definition(session, definition_id)
    visited = queries.visits_by_element(session, actor, definition_id)
    standing = queries.standing_by_element(session, actor, definition_id)
    return answer(
        {
            "definition_id": definition_id,
            "elements": [
                {
                    "element_id": element,
                    "visited": visited.get(element, 0),
                    "waiting": standing[element].instances if element in standing else 0,
                    "incidents": standing[element].incidents.total() if element in standing else 0,
                }
                for element in sorted({*visited, *standing})
            ],
        }
    )


@router.get("/{which}/diff", response_model=Page[ChangeShown], responses=documented(404))
@transaction("processes:read")
def diff(session: Session, actor: Principal, which: Which, query: Annotated[DiffQuery, QueryParameters()]) -> Response:
    """Compare a version with another one of the same process: what was added, removed, changed, and what about it."""
    found = queries.version_changes(session, resolve(session, which), query.against)
    items = [
        {
            "element_id": change.element,
            "type": change.type,
            "name": change.name,
            "change": change.kind,
            "differences": [
                {"field": each.field, "before": each.before, "after": each.after} for each in change.differences
            ],
        }
        for change in found
    ]
    return answer({"items": items, "next": None})


@router.post("/{which}/expected", response_model=Expected, responses=documented(404, 413))
@transaction("processes:read")
def expected(session: Session, actor: Principal, which: Which, body: Preview | None = None) -> Response:
    """Say which steps are expected to follow if the process is started with these values; nothing is changed."""
    values = dict(body.variables) if body else {}
    return answer(queries.expected_from_start(session, resolve(session, which), values, actor))


class Suspension(Request):
    """How far a suspension goes, and when it begins."""

    instances: Annotated[bool, Field(description="The running instances of this version as well.")] = False
    at: Annotated[Instant | None, Field(description="Left out: now.")] = None


@router.post("/{which}/suspend", status_code=204, responses=documented(404, 413))
@transaction("processes:write")
def suspend(session: Session, actor: Principal, which: Which, body: Suspension | None = None) -> Response:
    """Suspend a version, now or later: nobody and nothing starts it. Running instances go on, unless they are meant."""
    _set_suspended(session, actor, which, True, body or Suspension())
    return nothing()


@router.post("/{which}/activate", status_code=204, responses=documented(404, 413))
@transaction("processes:write")
def activate(session: Session, actor: Principal, which: Which, body: Suspension | None = None) -> Response:
    """Let a suspended version start again, now or later; with `instances` its suspended instances go on as well."""
    _set_suspended(session, actor, which, False, body or Suspension())
    return nothing()


def _set_suspended(session: Session, actor: Principal, which: str, suspended: bool, body: Suspension) -> None:
    definition_id = resolve(session, which)
    commands.suspend_definition(session, definition_id, suspended, actor=actor, instances=body.instances, at=body.at)
