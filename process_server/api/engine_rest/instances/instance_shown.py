"""Running instances as the wire has them."""

from typing import Any
from uuid import UUID

from process_server.api.engine_rest.wire.ids import definition_id
from process_server.api.engine_rest.wire.schemas import Link, Wire
from process_server.bpmn.result import Row
from process_server.bpmn.runtime.running import Running


class InstanceShown(Wire):
    """One run of a process; what has to do with cases of CMMN and with tenants is always null."""

    links: list[Link]
    id: UUID
    definition_id: str
    definition_key: str
    business_key: str | None
    case_instance_id: str | None
    ended: bool
    suspended: bool
    tenant_id: str | None


def shown(row: Row) -> dict[str, Any]:
    """Return a running instance as the wire has it."""
    return {
        "links": [],
        "id": row["id"],
        "definitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "definitionKey": row["process_key"],
        "businessKey": row["business_key"],
        "caseInstanceId": None,
        "ended": False,
        "suspended": row["suspended_at"] is not None,
        "tenantId": None,
    }


def moved(running: Running) -> dict[str, Any]:
    """Return an instance that something was just done to: it may have ended by it."""
    held = running.definition
    return {
        "links": [],
        "id": running.id,
        "definitionId": definition_id(held.key, held.version, held.id),
        "definitionKey": held.key,
        "businessKey": running.business_key,
        "caseInstanceId": None,
        "ended": running.execution.ended,
        "suspended": running.suspended_at is not None,
        "tenantId": None,
    }
