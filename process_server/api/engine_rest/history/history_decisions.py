"""Decisions that tables took, on the wire: what they were given and what they gave."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.historic_decisions import HISTORIC_DECISIONS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/history/decision-instance", "Historic Decision Instance")


class DecisionShown(Wire):
    """A decision a table took. `inputs` and `outputs` are there when they are asked for."""

    id: UUID
    decision_definition_id: str | None
    decision_definition_key: str | None
    decision_definition_name: str | None
    evaluation_time: str
    removal_time: str | None
    process_definition_id: str
    process_definition_key: str
    process_instance_id: UUID
    case_definition_id: str | None
    case_definition_key: str | None
    case_instance_id: str | None
    activity_id: str
    activity_instance_id: str
    tenant_id: str | None
    user_id: str | None
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    collect_result_value: float | None
    root_decision_instance_id: str | None
    root_process_instance_id: UUID
    decision_requirements_definition_id: str | None
    decision_requirements_definition_key: str | None


class DecisionQuery(Asked):
    """Which decisions."""

    manners = Asked.manners | {
        "include_inputs",
        "include_outputs",
        "disable_binary_fetching",
        "disable_custom_object_deserialization",
    }

    decision_instance_id: SoughtId | None = None
    decision_instance_id_in: list[SoughtId] | None = None
    decision_definition_id: SoughtId | None = None
    decision_definition_id_in: list[SoughtId] | None = None
    decision_definition_key: Text | None = None
    decision_definition_key_in: list[Text] | None = None
    decision_definition_name: Text | None = None
    decision_definition_name_like: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_instance_id: SoughtId | None = None
    case_definition_id: Text | None = None
    case_definition_key: Text | None = None
    case_instance_id: Text | None = None
    activity_id_in: list[Text] | None = None
    activity_instance_id_in: list[SoughtId] | None = None
    user_id: Text | None = None
    evaluated_before: Date | None = None
    evaluated_after: Date | None = None
    root_decision_instance_id: SoughtId | None = None
    root_decision_instances_only: bool | None = None
    decision_requirements_definition_id: Text | None = None
    decision_requirements_definition_key: Text | None = None
    include_inputs: bool | None = None
    include_outputs: bool | None = None
    disable_binary_fetching: bool | None = None
    disable_custom_object_deserialization: bool | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None


def _shown(row: Row, query: DecisionQuery) -> dict[str, Any]:
    evidence = row["evidence"]
    return {
        "id": row["id"],
        "decisionDefinitionId": None,
        "decisionDefinitionKey": evidence.get("decision"),
        "decisionDefinitionName": evidence.get("name"),
        "evaluationTime": row["at"],
        "removalTime": None,
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processDefinitionKey": row["process_key"],
        "processInstanceId": row["process_instance_id"],
        "caseDefinitionId": None,
        "caseDefinitionKey": None,
        "caseInstanceId": None,
        "activityId": row["element_id"],
        "activityInstanceId": f"{row['element_id']}:{row['id']}",
        "tenantId": None,
        "userId": row["actor"],
        "inputs": list(_inputs(row)) if query.include_inputs else [],
        "outputs": list(_outputs(row)) if query.include_outputs else [],
        "collectResultValue": None,
        "rootDecisionInstanceId": None,
        "rootProcessInstanceId": row["root_id"],
        "decisionRequirementsDefinitionId": None,
        "decisionRequirementsDefinitionKey": None,
    }


def _inputs(row: Row) -> Iterator[dict[str, Any]]:
    for place, (name, value) in enumerate((row["evidence"].get("inputs") or {}).items(), 1):
        yield _part(row, "in", place, value) | {"clauseId": name, "clauseName": name}


def _outputs(row: Row) -> Iterator[dict[str, Any]]:
    evidence = row["evidence"]
    rules = evidence.get("matched") or [None] * len(evidence.get("outputs") or ())
    place = 0
    for order, (rule, output) in enumerate(zip(rules, evidence.get("outputs") or (), strict=False), 1):
        for name, value in (output if isinstance(output, Mapping) else {None: output}).items():
            place += 1
            about = {"ruleId": rule, "ruleOrder": order, "variableName": name}
            yield _part(row, "out", place, value) | {"clauseId": name, "clauseName": name} | about


def _part(row: Row, side: str, place: int, value: Any) -> dict[str, Any]:
    return variables.shown(value) | {
        "id": f"{row['id']}:{side}:{place}",
        "decisionInstanceId": row["id"],
        "errorMessage": None,
        "createTime": row["at"],
        "removalTime": None,
        "rootProcessInstanceId": row["root_id"],
    }


LIST = Listing(DecisionQuery, HISTORIC_DECISIONS, dict, {"evaluationTime": "at", "tenantId": "at"})


@router.get("", response_model=list[DecisionShown])
@operation("processes:read")
def find(session: Session, actor: Principal, query: Annotated[DecisionQuery, from_address(DecisionQuery)]) -> Response:
    """List decisions that tables took in cases, for administrators; ask for inputs and outputs to be told them."""
    actor.require_admin()
    return answer([_shown(row, query) for row in LIST.rows(session, actor, query)])
