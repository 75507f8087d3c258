"""What is deployed: definitions, decisions, deployments and their files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.diagram.reader import read_file
from process_server.bpmn.diagram.versions import Change, compare
from process_server.bpmn.model import Process
from process_server.bpmn.models import DecisionDefinition, Deployment, PlannedSuspension, ProcessDefinition, Resource
from process_server.bpmn.result import Row, rows
from process_server.db import table_of
from process_server.errors import Invalid, NotFound

_definition, _resource, _deployment = table_of(ProcessDefinition), table_of(Resource), table_of(Deployment)

_DEFINITION = select(
    _definition.c.id,
    _definition.c.key,
    _definition.c.version,
    _definition.c.version_tag,
    _definition.c.name,
    _definition.c.name_en,
    _definition.c.deployment_id,
    _definition.c.resource_id,
    _definition.c.start_form_key,
    _definition.c.startable,
    _definition.c.candidate_starters,
    _definition.c.suspended,
    _deployment.c.deployed_at,
    _deployment.c.deployed_by,
    _resource.c.name.label("resource_name"),
).select_from(
    _definition.join(_deployment, _deployment.c.id == _definition.c.deployment_id).join(
        _resource, _resource.c.id == _definition.c.resource_id
    )
)


def list_definitions(session: Session, *, key: str | None = None, latest_only: bool = True) -> list[Row]:
    """Return process definitions by key, the newest version first; with `latest_only` one a key."""
    query = _DEFINITION.order_by(_definition.c.key, _definition.c.version.desc())
    if key is not None:
        query = query.where(_definition.c.key == key)
    if latest_only:
        query = query.ext(distinct_on(_definition.c.key))
    return rows(session, query)


def planned_suspensions(session: Session, definition_id: UUID) -> list[Row]:
    """Return when a version is to be suspended or activated, the next first."""
    planned = table_of(PlannedSuspension)
    return rows(session, select(planned).where(planned.c.definition_id == definition_id).order_by(planned.c.due_at))


def get_definition(session: Session, definition_id: UUID) -> Row:
    """Return one process definition. Raises NotFound."""
    found = rows(session, _DEFINITION.where(_definition.c.id == definition_id))
    if not found:
        raise NotFound(kind="process definition", id=definition_id)
    return found[0]


def definition_xml(session: Session, definition_id: UUID) -> bytes:
    """Return the file a definition was deployed with, byte for byte. Raises NotFound."""
    content = session.execute(
        select(_resource.c.content)
        .join(_definition, _definition.c.resource_id == _resource.c.id)
        .where(_definition.c.id == definition_id)
    ).scalar_one_or_none()
    if content is None:
        raise NotFound(kind="process definition", id=definition_id)
    return bytes(content)


def version_changes(session: Session, definition_id: UUID, against: UUID) -> list[Change]:
    """Return what is otherwise in a version than in another one of the same process. Raises NotFound, Invalid."""
    newer, older = get_definition(session, definition_id), get_definition(session, against)
    if newer["key"] != older["key"]:
        raise Invalid("Only versions of the same process can be compared.")
    return compare(_drawn(session, older), _drawn(session, newer))


def _drawn(session: Session, definition: Row) -> Process:
    processes = read_file(definition_xml(session, definition["id"]), definition["resource_name"])
    return next(process for process in processes if process.id == definition["key"])


def called_definitions(session: Session, definition_id: UUID) -> dict[UUID, list[str]]:
    """Return the newest versions of the processes a version calls by name, each with the elements that call it."""
    elements: dict[str, list[str]] = {}
    for element, key in definition(session, definition_id).program.called_processes:
        elements.setdefault(key, []).append(element)
    newest = select(_definition.c.id, _definition.c.key).where(_definition.c.key.in_(list(elements)))
    query = newest.ext(distinct_on(_definition.c.key)).order_by(_definition.c.key, _definition.c.version.desc())
    return {row["id"]: elements[row["key"]] for row in rows(session, query)}


def list_decisions(session: Session) -> list[Row]:
    """Return the newest version of every decision."""
    table = table_of(DecisionDefinition)
    return rows(
        session,
        select(table.c.id, table.c.key, table.c.version, table.c.name, table.c.deployment_id)
        .ext(distinct_on(table.c.key))
        .order_by(table.c.key, table.c.version.desc()),
    )


def list_deployments(session: Session, *, limit: int = 50, before: tuple[datetime, UUID] | None = None) -> list[Row]:
    """Return deployments, the newest first; `before` is the (deployed_at, id) of the last one seen."""
    query = select(_deployment).order_by(_deployment.c.deployed_at.desc(), _deployment.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(_deployment.c.deployed_at, _deployment.c.id) < before)
    return rows(session, query)


def newest_files(session: Session, source: str) -> dict[str, bytes]:
    """Return what a source deployed last under each name of a file."""
    query = (
        select(_resource.c.name, _resource.c.content)
        .join(_deployment, _deployment.c.id == _resource.c.deployment_id)
        .where(_deployment.c.source == source)
        .ext(distinct_on(_resource.c.name))
        .order_by(_resource.c.name, _deployment.c.deployed_at.desc())
    )
    return {row.name: bytes(row.content) for row in session.execute(query)}


def get_deployment(session: Session, deployment_id: UUID) -> Row:
    """Return a deployment with its files {id, name} and definitions. Raises NotFound."""
    found = rows(session, select(_deployment).where(_deployment.c.id == deployment_id))
    if not found:
        raise NotFound(kind="deployment", id=deployment_id)
    files = rows(
        session,
        select(_resource.c.id, _resource.c.name, func.length(_resource.c.content).label("size"))
        .where(_resource.c.deployment_id == deployment_id)
        .order_by(_resource.c.name),
    )
    definitions = rows(session, _DEFINITION.where(_definition.c.deployment_id == deployment_id))
    return dict(found[0]) | {"resources": files, "definitions": definitions}


def resource_content(session: Session, deployment_id: UUID, resource_id: UUID) -> tuple[str, bytes]:
    """Return name and bytes of a deployed file. Raises NotFound."""
    row = session.execute(
        select(_resource.c.name, _resource.c.content).where(
            _resource.c.id == resource_id, _resource.c.deployment_id == deployment_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(kind="resource", id=resource_id)
    return row.name, bytes(row.content)


def history_days(session: Session, definition_id: UUID) -> int | None:
    """Return for how many days the cases of a version are kept after their end; None: for good. Raises NotFound."""
    found = session.execute(select(_definition.c.history_days).where(_definition.c.id == definition_id)).one_or_none()
    if found is None:
        raise NotFound(kind="process definition", id=definition_id)
    days: int | None = found.history_days
    return days
