"""Decision definitions on the wire: which there are, what was drawn, and what they say."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.definitions.process_definitions import TimeToLive
from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import BY_ADDRESS, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.engine_rest.wire.twins import Which, twins
from process_server.api.ground.schemas import Text
from process_server.bpmn import queries
from process_server.bpmn.finders.decision_definitions import DECISION_DEFINITIONS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/decision-definition", "Decision Definition")


class DecisionShown(Wire):
    """One version of a decision."""

    id: str
    key: str
    category: str | None
    name: str | None
    version: int
    resource: str
    deployment_id: UUID
    tenant_id: str | None
    decision_requirements_definition_id: str | None
    decision_requirements_definition_key: str | None
    history_time_to_live: int | None
    version_tag: str | None


class Xml(Wire):
    """A file as it was deployed."""

    id: str
    dmn_xml: str


class DecisionQuery(Asked):
    """Which decisions."""

    decision_definition_id: SoughtId | None = None
    decision_definition_id_in: list[SoughtId] | None = None
    name: Text | None = None
    name_like: Text | None = None
    deployment_id: SoughtId | None = None
    deployed_after: Date | None = None
    deployed_at: Date | None = None
    key: Text | None = None
    key_like: Text | None = None
    category: Text | None = None
    category_like: Text | None = None
    version: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    latest_version: bool | None = None
    resource_name: Text | None = None
    resource_name_like: Text | None = None
    decision_requirements_definition_id: Text | None = None
    decision_requirements_definition_key: Text | None = None
    without_decision_requirements_definition: bool | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    include_decision_definitions_without_tenant_id: bool | None = None
    version_tag: Text | None = None
    version_tag_like: Text | None = None


class Evaluation(Wire):
    """The values a decision is asked about."""

    variables: Variables = Field(default_factory=dict)


def shown(row: Row) -> dict[str, Any]:
    """Return a decision as the wire has it."""
    return {
        "id": definition_id(row["key"], row["version"], row["id"]),
        "key": row["key"],
        "category": None,
        "name": row["name"],
        "version": row["version"],
        "resource": row["resource_name"],
        "deploymentId": row["deployment_id"],
        "tenantId": None,
        "decisionRequirementsDefinitionId": None,
        "decisionRequirementsDefinitionKey": None,
        "historyTimeToLive": None,
        "versionTag": None,
    }


LIST = Listing(
    DecisionQuery,
    DECISION_DEFINITIONS,
    shown,
    {
        "id": "id",
        "key": "key",
        "name": "name",
        "version": "version",
        "deploymentId": "deployment_id",
        "deployTime": "deployed_at",
        "category": "id",
        "versionTag": "id",
        "decisionRequirementsDefinitionKey": "id",
        "tenantId": "id",
    },
)


offer(router, LIST, DecisionShown, "decision definitions", scope="processes:read", ways=BY_ADDRESS)


@twins(router, "GET", response_model=DecisionShown)
@operation("processes:read")
def get(session: Session, actor: Principal, which: Which) -> Response:
    """Get one version of a decision."""
    return answer(shown(which.row(DECISION_DEFINITIONS, session, actor)))


@twins(router, "GET", "/xml", response_model=Xml)
@operation("processes:read")
def xml(session: Session, actor: Principal, which: Which) -> Response:
    """Get the DMN file of a version."""
    row = which.row(DECISION_DEFINITIONS, session, actor)
    content = queries.decision_xml(session, row["id"])
    return answer({"id": shown(row)["id"], "dmnXml": content.decode(errors="replace")})


@twins(router, "GET", "/diagram", status_code=204)
@operation("processes:read")
def diagram(session: Session, actor: Principal, which: Which) -> Response:
    """Get the picture that was deployed with a version: none is, the DMN file holds the drawing."""
    which.row(DECISION_DEFINITIONS, session, actor)
    return nothing()


@twins(router, "POST", "/evaluate", response_model=list[dict[str, VariableValue]], responses=documented(413))
@operation("processes:read")
def evaluate(session: Session, actor: Principal, which: Which, body: Evaluation) -> Response:
    """Ask a decision: the answer has an object of outputs for each result."""
    row = which.row(DECISION_DEFINITIONS, session, actor)
    results = queries.decide(session, row["id"], variables.read_all(body.variables))
    return answer([variables.shown_all(each) for each in results])


@twins(router, "PUT", "/history-time-to-live", status_code=204)
@operation("processes:write")
def keep_history(session: Session, actor: Principal, which: Which, body: TimeToLive) -> Response:
    """Say how long decisions are kept: they go with the case that asked, and so are kept no longer and no shorter."""
    which.row(DECISION_DEFINITIONS, session, actor)
    if body.history_time_to_live is not None:
        raise InvalidRequest("What was decided is kept as long as its case: set the time to live of the process.")
    return nothing()
