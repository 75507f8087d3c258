"""What cases and start events wait to be told: messages, signals, conditions."""

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, equal
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Subscription
from process_server.db import table_of

_subscription = table_of(Subscription)

EVENT_SUBSCRIPTIONS = Finder(
    kind="event subscription",
    select_from=_subscription,
    columns={
        name: _subscription.c[name]
        for name in ("id", "kind", "name", "correlation_key", "process_instance_id", "element_id", "created_at")
    },
    conditions={
        **WITHOUT_TENANTS,
        "event_subscription_id": equal(_subscription.c.id),
        "event_name": equal(_subscription.c.name),
        "event_type": equal(_subscription.c.kind),
        "execution_id": equal(_subscription.c.id),
        "process_instance_id": equal(_subscription.c.process_instance_id),
        "activity_id": equal(_subscription.c.element_id),
    },
    sortings={"created": _subscription.c.created_at},
    key=_subscription.c.id,
)
