"""Visits of elements on the wire: what was done, and where tokens stand."""

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import PrivateAttr

from process_server.api.engine_rest.instances.activity_types import activity_type
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, Paged, Sorting, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Count, Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.definitions import definition
from process_server.bpmn.finders.elements import drawn, said_of
from process_server.bpmn.finders.finder import Order, Sort
from process_server.bpmn.finders.historic_activities import HISTORIC_ACTIVITIES, by_what_is_said
from process_server.bpmn.program import Element
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/history/activity-instance", "Historic Activity Instance")

_DRAWN: dict[str, Callable[[Element], str | None]] = {"activityName": attrgetter("name"), "activityType": activity_type}
"""What lists are sorted by that the drawing alone says."""


class ActivityShown(Wire):
    """A visit of an element. What has not ended has no `endTime`; scopes are not told apart from their case."""

    id: str
    parent_activity_instance_id: str
    activity_id: str
    activity_name: str | None
    activity_type: str
    process_definition_key: str
    process_definition_id: str
    process_instance_id: UUID
    execution_id: UUID
    task_id: UUID | None
    assignee: str | None
    called_process_instance_id: UUID | None
    called_case_instance_id: str | None
    start_time: str
    end_time: str | None
    duration_in_millis: int | None
    canceled: bool
    complete_scope: bool
    tenant_id: str | None
    removal_time: str | None
    root_process_instance_id: UUID


class ActivityQuery(Asked):
    """Which visits."""

    manners = Asked.manners | {"activity_name", "activity_type", "complete_scope"}

    activity_instance_id: SoughtId | None = None
    process_instance_id: SoughtId | None = None
    process_definition_id: SoughtId | None = None
    execution_id: SoughtId | None = None
    activity_id: Text | None = None
    activity_name: Text | None = None
    activity_type: Text | None = None
    task_assignee: Text | None = None
    finished: bool | None = None
    unfinished: bool | None = None
    canceled: bool | None = None
    complete_scope: bool | None = None
    started_before: Date | None = None
    started_after: Date | None = None
    finished_before: Date | None = None
    finished_after: Date | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    _elements: list[tuple[UUID, str]] | None = PrivateAttr(None)
    _orders: dict[str, Order] = PrivateAttr(default_factory=dict)

    def look_up(self, session: Session) -> None:
        """Find how elements are drawn, where that is asked: the history does not say it."""
        where = {"definition_id": self.process_definition_id, "instance_id": self.process_instance_id}
        if self.activity_name is not None or self.activity_type is not None or self.complete_scope:
            self._elements = drawn(session, self._is_wanted, **where)
        asked = {self.sort_by, *(each.sort_by for each in self.sorting or ())}
        said = {name: say for name, say in _DRAWN.items() if name in asked}
        self._orders = {name: by_what_is_said(said_of(session, say, **where)) for name, say in said.items()}

    def drawn_order(self, order: Order) -> Order:
        """Return an order, or what was made of it by what is drawn."""
        return self._orders.get(order, order) if isinstance(order, str) else order

    def _is_wanted(self, element: Element) -> bool:
        return (
            self.activity_name in (None, element.name)
            and self.activity_type in (None, activity_type(element))
            and (not self.complete_scope or element.type == "endEvent")
        )

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        found = super().wanted()
        return found if self._elements is None else found | {"elements": self._elements}


def _shown(session: Session, row: Row) -> dict[str, Any]:
    element = definition(session, row["definition_id"]).program.elements.get(row["element_id"])
    began, ended = row["entered_at"], row["left_at"]
    return {
        "id": f"{row['element_id']}:{row['id']}",
        "parentActivityInstanceId": row["process_instance_id"],
        "activityId": row["element_id"],
        "activityName": element and element.name,
        "activityType": activity_type(element) if element else "task",
        "processDefinitionKey": row["process_key"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processInstanceId": row["process_instance_id"],
        "executionId": row["id"],
        "taskId": row["task_id"],
        "assignee": row["assignee"],
        "calledProcessInstanceId": row["called_id"],
        "calledCaseInstanceId": None,
        "startTime": began,
        "endTime": ended,
        "durationInMillis": None if ended is None else round((ended - began).total_seconds() * 1000),
        "canceled": ended is not None and row["outcome"] == "cancelled",
        "completeScope": ended is not None and element is not None and element.type == "endEvent",
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": row["root_id"],
    }


class ActivityListing(Listing[ActivityQuery]):
    """Lists visits, in an order that the drawing alone says as well."""

    def order(self, sorting: Sorting) -> str:
        """Return the finder's name of an order, or what the drawing says. Raises InvalidRequest."""
        return sorting.sort_by if sorting.sort_by in _DRAWN else super().order(sorting)

    def sort(self, asked: ActivityQuery) -> Sort:
        """Return the finder's orders, each with: descending? Raises InvalidRequest."""
        return [(asked.drawn_order(order), descending) for order, descending in super().sort(asked)]


LIST = ActivityListing(
    ActivityQuery,
    HISTORIC_ACTIVITIES,
    dict,
    {
        "activityInstanceId": "id",
        "instanceId": "instance",
        "executionId": "id",
        "activityId": "activity",
        "startTime": "started",
        "endTime": "ended",
        "duration": "duration",
        "definitionId": "definition",
        "occurrence": "started",
        "tenantId": "id",
    },
)
Query = Annotated[ActivityQuery, from_address(ActivityQuery)]


@router.get("", response_model=list[ActivityShown])
@operation("processes:read")
def find(session: Session, actor: Principal, query: Query) -> Response:
    """List visits of elements in the cases one sees, finished or not."""
    query.look_up(session)
    return answer([_shown(session, row) for row in LIST.rows(session, actor, query)])


@router.post("", response_model=list[ActivityShown])
@operation("processes:read")
def seek(session: Session, actor: Principal, body: ActivityQuery, page: Paged) -> Response:
    """List visits of elements; several orders can be asked as well."""
    body.look_up(session)
    return answer([_shown(session, row) for row in LIST.rows(session, actor, body, page)])


@router.get("/count", response_model=Count)
@operation("processes:read")
def count(session: Session, actor: Principal, query: Query) -> Response:
    """Count visits of elements."""
    query.look_up(session)
    return LIST.count(session, actor, query)
