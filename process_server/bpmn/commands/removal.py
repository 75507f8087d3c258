"""Takes process instances away for good, with all that hangs at them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, func, select

from process_server.bpmn.models import Activity, ProcessInstance
from process_server.db import Session, table_of
from process_server.forms import files
from process_server.tasks.deadlines.models import Delivery
from process_server.tasks.models import TaskDecision
from process_server.tasks.telling.models import Mail, Notification

_instance, _activity = table_of(ProcessInstance), table_of(Activity)
_gone: BindParameter[UUID] = bindparam("gone", expanding=True)

_FROM_TO = select(func.min(_instance.c.started_at), func.max(_instance.c.ended_at)).where(_instance.c.id.in_(_gone))
_VISITS = delete(_activity).where(
    _activity.c.process_instance_id.in_(_gone),
    _activity.c.left_at.between(bindparam("first"), bindparam("last")),  # in the partitions of those months alone
)
_BESIDE = tuple(
    delete(table).where(table.c.process_instance_id.in_(_gone))
    for table in (table_of(TaskDecision), table_of(Mail), table_of(Delivery), table_of(Notification))
)
_INSTANCES = delete(_instance).where(_instance.c.id.in_(_gone))


def remove(session: Session, instance_ids: Collection[UUID]) -> None:
    """Delete ended instances with their history, files, mails, messages and notifications, and what refers to them.

    The audit stays: it says who did what, and nothing of what the case was about.
    """
    if not instance_ids:
        return
    gone = {"gone": list(instance_ids)}
    first, last = session.execute(_FROM_TO, gone).one()
    session.execute(_VISITS, {**gone, "first": first, "last": last})
    for statement in _BESIDE:
        session.execute(statement, gone)
    files.release(session, select(_instance.c.id).where(_instance.c.id.in_(gone["gone"])))
    session.execute(_INSTANCES, gone)
