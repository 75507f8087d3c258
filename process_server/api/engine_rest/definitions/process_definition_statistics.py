"""How many instances stand where, with what failed: of every version of every process, and of the elements of one."""

from typing import Annotated, Any

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.definitions import process_definitions
from process_server.api.engine_rest.definitions.process_definitions import DefinitionShown
from process_server.api.engine_rest.operations.incident_kinds import KINDS
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.engine_rest.wire.twins import Which, twins
from process_server.api.ground.schemas import Text
from process_server.bpmn import queries
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.bpmn.queries import Standing
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/process-definition", "Process Definition")

PACKAGE = "org.camunda.bpm.engine.rest.dto.repository."


class IncidentsShown(Wire):
    """How many incidents of a type are open."""

    incident_type: str
    incident_count: int


class StatisticsShown(Wire):
    """What stands at an element. The number of failed jobs and the incidents count where they were asked for."""

    java_class: Annotated[str, Field(alias="@class")]
    id: str
    instances: int
    failed_jobs: int
    incidents: list[IncidentsShown]


class OfDefinitionShown(StatisticsShown):
    """What stands in a version of a process."""

    definition: DefinitionShown


class Detail(Wire):
    """What to count beside instances."""

    failed_jobs: bool = False
    incidents: bool = False
    incidents_for_type: Text | None = None
    root_incidents: bool = False


Wanted = Annotated[Detail, QueryParameters()]


@router.get("/statistics", response_model=list[OfDefinitionShown])
@operation("processes:read")
def of_definitions(session: Session, actor: Principal, wanted: Wanted) -> Response:
    """Count the instances one sees of every version of every process."""
    found = queries.standing_by_definition(session, actor)
    rows = PROCESS_DEFINITIONS.find(session, actor, {}, [("key", False), ("version", False)])
    return answer(
        [
            {
                **_shown("ProcessDefinitionStatisticsResultDto", definition["id"], found.get(row["id"]), wanted),
                "definition": definition,
            }
            for row in rows
            for definition in [process_definitions.shown(row)]
        ]
    )


@twins(router, "GET", "/statistics", response_model=list[StatisticsShown])
@operation("processes:read")
def of_elements(session: Session, actor: Principal, which: Which, wanted: Wanted) -> Response:
    """Count what stands at each element of a version, of the cases one sees; elements without any are left out."""
    found = queries.standing_by_element(session, actor, which.row(PROCESS_DEFINITIONS, session, actor)["id"])
    return answer([_shown("ActivityStatisticsResultDto", element, found[element], wanted) for element in sorted(found)])


def _shown(name: str, about: str, standing: Standing | None, wanted: Detail) -> dict[str, Any]:
    standing = standing or Standing()
    kinds = standing.incidents if wanted.incidents or wanted.root_incidents or wanted.incidents_for_type else {}
    return {
        "@class": PACKAGE + name,
        "id": about,
        "instances": standing.instances,
        "failedJobs": standing.failed_jobs if wanted.failed_jobs else 0,
        "incidents": [
            {"incidentType": KINDS[kind], "incidentCount": count}
            for kind, count in sorted(kinds.items())
            if wanted.incidents_for_type in (None, KINDS[kind])
        ],
    }
