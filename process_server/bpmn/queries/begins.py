"""At which start event cases began."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on

from process_server.bpmn.definitions import definition
from process_server.bpmn.models import Activity
from process_server.db import Session, table_of

_activity = table_of(Activity)
_FIRST = (
    select(_activity.c.process_instance_id, _activity.c.element_id)
    .ext(distinct_on(_activity.c.process_instance_id))
    .where(
        _activity.c.process_instance_id.in_(bindparam("instances", expanding=True)),
        _activity.c.element_type == "startEvent",
    )
    .order_by(_activity.c.process_instance_id, _activity.c.left_at)
)


def start_elements(session: Session, cases: Mapping[UUID, UUID]) -> dict[UUID, str]:
    """Return the start event of each case, given with its version; none of a process that has none.

    Only of those that have several the history is asked.
    """
    found: dict[UUID, str] = {}
    asked: list[UUID] = []
    for case, version in cases.items():
        starts = definition(session, version).program.starts
        if len(starts) == 1:
            found[case] = starts[0].element
        elif starts:
            asked.append(case)
    if asked:
        found |= dict(session.execute(_FIRST, {"instances": asked}).tuples())
    return found
