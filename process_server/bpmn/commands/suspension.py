"""Commands that stop the work on cases for a while: of one case with all it called, or of a version of a process."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from process_server import clock
from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.models import PlannedSuspension, ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime import free_jobs
from process_server.db import changed, table_of
from process_server.errors import CaseEnded, NotFound
from process_server.identity import audit
from process_server.identity.principal import SYSTEM, Principal

_instance, _definition, _planned = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(PlannedSuspension)
_root, _child = aliased(_instance, name="root"), aliased(_instance, name="child")

_CHOSEN = select(_instance.c.root_id).where(_instance.c.id.in_(bindparam("ids", expanding=True)))
_LOCK = (
    select(_root.c.id)
    .where(_root.c.id.in_(_CHOSEN))
    .order_by(_root.c.id)  # whoever locks several trees does so in this order
    .with_for_update(of=_root, key_share=True)
)
_OF_DEFINITION = select(_instance.c.id).where(
    _instance.c.definition_id == bindparam("definition"), _instance.c.state == "active"
)
_STATE = select(_instance.c.state).where(_instance.c.id == bindparam("instance"))
_NEXT = (
    select(_planned)
    .where(_planned.c.due_at <= bindparam("now"))
    .order_by(_planned.c.due_at, _planned.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


def _with_called() -> Select[tuple[UUID]]:
    """Select instances and all they called."""
    below = select(_instance.c.id).where(_instance.c.id.in_(bindparam("ids", expanding=True))).cte(recursive=True)
    return select(below.union(select(_child.c.id).join(below, _child.c.parent_id == below.c.id)).c.id)


_SET = (
    update(_instance)
    .where(_instance.c.id.in_(_with_called()), _instance.c.state == "active")
    .values(suspended_at=bindparam("at"))
)
_SUSPEND = _SET.where(_instance.c.suspended_at.is_(None))
_ACTIVATE = _SET.where(_instance.c.suspended_at.is_not(None))


def suspend_instance(
    session: Session, instance_id: UUID, suspended: bool = True, *, actor: Principal, reason: str = ""
) -> None:
    """Suspend a running case with all it called, or let it go on; nothing changes where it is so already.

    Its tasks cannot be worked, its jobs are not handed out, messages and signals pass it by, and its timers wait: what
    fell due meanwhile happens when it is activated. Raises NotFound, CaseEnded.
    """
    require_operator(actor)
    state = session.execute(_STATE, {"instance": instance_id}).scalar_one_or_none()
    if state is None:
        raise NotFound(kind="process instance", id=instance_id)
    if state != "active":
        raise CaseEnded(kind="process instance", id=instance_id, state=state)
    if suspend_instances(session, [instance_id], suspended):
        action = "suspend" if suspended else "activate"
        audit.record(session, actor.user_id, action, "process_instance", instance_id, reason=reason)


def suspend_instances(session: Session, ids: list[UUID], suspended: bool) -> int:
    """Suspend or activate running cases with all they called; return how many that changed."""
    if not ids:
        return 0
    session.execute(_LOCK, {"ids": ids})
    if not suspended:
        free_jobs.announce_all(session)
    statement = _SUSPEND if suspended else _ACTIVATE
    return changed(session.execute(statement, {"ids": ids, "at": clock.now() if suspended else None}))


def suspend_definition(
    session: Session,
    definition_id: UUID,
    suspended: bool,
    *,
    actor: Principal,
    instances: bool = False,
    at: datetime | None = None,
) -> None:
    """Suspend a version, so that nobody and nothing starts it, or let it start again, now or `at` a later instant.

    Running instances go on unless `instances` is set: then they are suspended or activated with it. Raises NotFound.
    """
    require_operator(actor)
    if at is not None and at > clock.now():
        _plan(session, definition_id, suspended, actor, instances, at)
        return
    _suspend_now(session, definition_id, suspended, instances)
    action = "suspend" if suspended else "activate"
    audit.record(session, actor.user_id, action, "process_definition", definition_id, instances=instances)


def _suspend_now(session: Session, definition_id: UUID, suspended: bool, instances: bool) -> None:
    result = session.execute(update(_definition).where(_definition.c.id == definition_id).values(suspended=suspended))
    if not changed(result):
        raise NotFound(kind="process definition", id=definition_id)
    if instances:
        running = session.execute(_OF_DEFINITION, {"definition": definition_id}).scalars()
        suspend_instances(session, list(running), suspended)


def _plan(
    session: Session, definition_id: UUID, suspended: bool, actor: Principal, instances: bool, at: datetime
) -> None:
    if session.execute(select(_definition.c.id).where(_definition.c.id == definition_id)).one_or_none() is None:
        raise NotFound(kind="process definition", id=definition_id)
    row = {"definition_id": definition_id, "suspended": suspended, "instances": instances, "due_at": at}
    session.execute(insert(_planned), row | {"planned_by": actor.user_id})
    action = "plan_suspension" if suspended else "plan_activation"
    audit.record(session, actor.user_id, action, "process_definition", definition_id, instances=instances, at=at)


def suspend_as_planned(session: Session) -> bool:
    """Suspend or activate the version whose instant has come; False when there is none."""
    row = session.execute(_NEXT, {"now": clock.now()}).one_or_none()
    if row is None:
        return False
    session.execute(delete(_planned).where(_planned.c.id == row.id))
    _suspend_now(session, row.definition_id, row.suspended, row.instances)
    action = "suspend" if row.suspended else "activate"
    detail = {"instances": row.instances, "planned_by": row.planned_by}
    audit.record(session, SYSTEM.user_id, action, "process_definition", row.definition_id, **detail)
    return True


def forget_planned_suspension(session: Session, planned_id: UUID, *, actor: Principal) -> None:
    """Take back what was planned for a version. Raises NotFound."""
    require_operator(actor)
    forgotten = delete(_planned).where(_planned.c.id == planned_id).returning(_planned.c.definition_id)
    definition_id = session.execute(forgotten).scalar_one_or_none()
    if definition_id is None:
        raise NotFound(kind="plan", id=planned_id)
    audit.record(session, actor.user_id, "forget_suspension", "process_definition", definition_id)
