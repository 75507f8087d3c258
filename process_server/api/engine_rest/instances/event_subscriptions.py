"""What is waited for, on the wire: messages, signals and conditions, in cases and at start events."""

from typing import Any
from uuid import UUID

from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import for_systems, offer
from process_server.api.engine_rest.wire.routing import resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.event_subscriptions import EVENT_SUBSCRIPTIONS
from process_server.bpmn.result import Row

router = resource("/event-subscription", "Event Subscription")

TYPES = {"message": "message", "signal": "signal", "condition": "conditional"}
"""Our kinds of events, with Camunda's."""


class SubscriptionShown(Wire):
    """What a case waits for, or without one a start event."""

    id: UUID
    event_type: str
    event_name: str | None
    execution_id: UUID | None
    process_instance_id: UUID | None
    activity_id: str
    created_date: str
    tenant_id: str | None


class SubscriptionQuery(Asked):
    """Which events."""

    event_subscription_id: SoughtId | None = None
    event_name: Text | None = None
    event_type: Text | None = None
    execution_id: SoughtId | None = None
    process_instance_id: SoughtId | None = None
    activity_id: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    include_event_subscriptions_without_tenant_id: bool | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        found = super().wanted()
        if "event_type" in found:
            found["event_type"] = next((kind for kind, name in TYPES.items() if name == found["event_type"]), "")
        return found


def _shown(row: Row) -> dict[str, Any]:
    in_case = row["process_instance_id"] is not None
    return {
        "id": row["id"],
        "eventType": TYPES[row["kind"]],
        "eventName": row["name"],
        "executionId": row["id"] if in_case else None,
        "processInstanceId": row["process_instance_id"],
        "activityId": row["element_id"],
        "createdDate": row["created_at"],
        "tenantId": None,
    }


LIST = Listing(SubscriptionQuery, EVENT_SUBSCRIPTIONS, _shown, {"created": "created", "tenantId": "created"})


offer(
    router,
    LIST,
    SubscriptionShown,
    "what cases and start events wait for",
    note=", for administrators and systems that send messages",
    scope="messages:read",
    guard=for_systems,
    ways=("find",),
)
