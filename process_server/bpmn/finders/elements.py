"""Elements of drawn processes, sought by what only the drawing says of them: their kind, their name."""

from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import select

from process_server.bpmn.definitions import definition
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.program import Element
from process_server.db import Session, table_of

_definition, _instance = table_of(ProcessDefinition), table_of(ProcessInstance)


def drawn(
    session: Session,
    wanted: Callable[[Element], bool],
    *,
    definition_id: UUID | None = None,
    instance_id: UUID | None = None,
) -> list[tuple[UUID, str]]:
    """Return the elements that are as wanted, each with its version: one version, a case's, or all there are."""
    return [
        (version, element.id) for version, element in _elements(session, definition_id, instance_id) if wanted(element)
    ]


def said_of(
    session: Session,
    say: Callable[[Element], str | None],
    *,
    definition_id: UUID | None = None,
    instance_id: UUID | None = None,
) -> dict[tuple[UUID, str], str]:
    """Return what is said of each element: of one version, a case's, or all there are."""
    told = {(version, element.id): say(element) for version, element in _elements(session, definition_id, instance_id)}
    return {place: text for place, text in told.items() if text is not None}


def _elements(session: Session, definition_id: UUID | None, instance_id: UUID | None) -> Iterator[tuple[UUID, Element]]:
    versions = select(_definition.c.id)
    if definition_id is not None:
        versions = versions.where(_definition.c.id == definition_id)
    if instance_id is not None:
        of_case = select(_instance.c.definition_id).where(_instance.c.id == instance_id)
        versions = versions.where(_definition.c.id.in_(of_case))
    for version in session.scalars(versions).all():
        for element in definition(session, version).program.elements.values():
            yield version, element
