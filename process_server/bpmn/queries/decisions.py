"""Deployed decisions, asked outside of any process."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import decision_model
from process_server.bpmn.models import DecisionDefinition, Resource
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.values import Value

_decision, _resource = table_of(DecisionDefinition), table_of(Resource)


def decide(session: Session, definition_id: UUID, variables: Mapping[str, Value]) -> list[dict[str, Value]]:
    """Return what a version of a decision gives: an object of named outputs for each result.

    Raises NotFound, ExpressionFailed.
    """
    held = session.execute(
        select(_decision.c.key, _decision.c.version, _decision.c.name).where(_decision.c.id == definition_id)
    ).one_or_none()
    if held is None:
        raise NotFound(kind="decision", id=definition_id)
    model = decision_model(session, held.key, binding="version", version=str(held.version))
    result = model.evaluate(held.key, variables)
    outputs = next(iter(result.evidence.get("outputs") or ()), None)
    name = next(iter(outputs)) if isinstance(outputs, Mapping) and len(outputs) == 1 else held.key
    given = result.value if isinstance(result.value, list) else [] if result.value is None else [result.value]
    return [each if isinstance(each, dict) else {name: each} for each in given]


def decision_xml(session: Session, definition_id: UUID) -> bytes:
    """Return the file a decision was deployed with, byte for byte. Raises NotFound."""
    content = session.execute(
        select(_resource.c.content)
        .join(_decision, _decision.c.resource_id == _resource.c.id)
        .where(_decision.c.id == definition_id)
    ).scalar_one_or_none()
    if content is None:
        raise NotFound(kind="decision", id=definition_id)
    return bytes(content)
