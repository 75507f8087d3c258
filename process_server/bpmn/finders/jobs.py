"""What the server does by itself and when: timers, work of its connectors, and steps that wait to be tried again."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from process_server import clock
from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    among,
    at_least,
    at_most,
    equal,
    flag,
    nowhere,
)
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Incident, Job, ProcessDefinition, ProcessInstance, Timer
from process_server.db import Instant, table_of

TIMER, WORK, STEP = "timer", "work", "step"
ALWAYS = 3
"""Retries a timer is said to have left, whose attempts nobody counts."""

_timer, _job, _incident = table_of(Timer), table_of(Job), table_of(Incident)
_instance, _definition = table_of(ProcessInstance), table_of(ProcessDefinition)


def _part(kind: str, table: Any, *, only: tuple[ColumnElement[bool], ...] = (), **columns: Any) -> Select[Any]:
    shown = {
        "id": table.c.id,
        "incident_id": cast(null(), table.c.id.type),
        "due_at": cast(null(), Instant),
        "retries": literal(ALWAYS, Integer),
        "priority": literal(0, Integer),
        "error": cast(null(), Text),
        "suspended": literal(False),
        "locked_until": cast(null(), Instant),
        "cycle": cast(null(), Text),
    } | columns
    return select(
        literal(kind).label("kind"),
        *(column.label(name) for name, column in shown.items()),
        table.c.process_instance_id,
        table.c.definition_id,
        table.c.element_id,
        table.c.created_at,
    ).where(*only)


_OF_JOB = exists().where(_job.c.id == _incident.c.token_id)
JOBS_TABLE = union_all(
    _part(TIMER, _timer, due_at=_timer.c.due_at, suspended=_timer.c.suspended, cycle=_timer.c.cycle),
    _part(
        WORK,
        _job,
        only=(_job.c.connector,),
        due_at=_job.c.next_attempt_at,
        retries=cast(_job.c.retries, Integer),
        priority=cast(_job.c.priority, Integer),
        error=_job.c.error,
        suspended=_job.c.suspended,
        locked_until=_job.c.locked_until,
    ),
    _part(
        STEP,
        _incident,
        only=(_incident.c.resolved_at.is_(None), _incident.c.token_id.is_not(None), ~_OF_JOB),
        id=_incident.c.token_id,
        incident_id=_incident.c.id,
        retries=literal(0, Integer),
        error=_incident.c.message,
    ),
).subquery("held")
_held = JOBS_TABLE.c
_SUSPENDED = or_(_held.suspended, func.coalesce(_instance.c.suspended_at.is_not(None), False))


def _compared(column: ColumnElement[Any]) -> Any:
    """Compare a column with instants, each given with an operator: gt, gteq, lt, lteq, eq, neq."""

    def condition(wanted: list[tuple[str, Any]]) -> ColumnElement[bool]:
        made = {
            "gt": column.__gt__,
            "gteq": column.__ge__,
            "lt": column.__lt__,
            "lteq": column.__le__,
            "eq": column.__eq__,
            "neq": column.__ne__,
        }
        return and_(*(made[operator](value) for operator, value in wanted))

    return condition


JOBS = Finder(
    kind="job",
    select_from=JOBS_TABLE.join(_definition, _definition.c.id == _held.definition_id).outerjoin(
        _instance, _instance.c.id == _held.process_instance_id
    ),
    columns={
        **{
            name: _held[name]
            for name in (
                "id",
                "kind",
                "incident_id",
                "process_instance_id",
                "definition_id",
                "element_id",
                "due_at",
                "retries",
                "priority",
                "error",
                "created_at",
                "cycle",
            )
        },
        "suspended": _SUSPENDED,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("job_definition_id"),
        "job_id": equal(_held.id),
        "job_ids": among(_held.id),
        "process_instance_id": equal(_held.process_instance_id),
        "process_instance_ids": among(_held.process_instance_id),
        "execution_id": equal(_held.id),
        "process_definition_id": equal(_held.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "activity_id": equal(_held.element_id),
        "failed_activity_id": lambda value: and_(_held.error.is_not(None), _held.element_id == value),
        "with_retries_left": flag(_held.retries > 0),
        "no_retries_left": flag(_held.retries == 0),
        "executable": lambda _: and_(
            _held.retries > 0, ~_SUSPENDED, or_(_held.due_at.is_(None), _held.due_at <= clock.now())
        ),
        "timers": flag(_held.kind == TIMER),
        "messages": flag(_held.kind != TIMER),
        "due_dates": _compared(_held.due_at),
        "create_times": _compared(_held.created_at),
        "with_exception": flag(_held.error.is_not(None)),
        "exception_message": equal(_held.error),
        "active": flag(~_SUSPENDED),
        "suspended": flag(_SUSPENDED),
        "acquired": lambda _: _held.locked_until > clock.now(),
        "priority_lower_than_or_equals": at_most(_held.priority),
        "priority_higher_than_or_equals": at_least(_held.priority),
    },
    sortings={
        "id": _held.id,
        "instance": _held.process_instance_id,
        "definition": _held.definition_id,
        "key": _definition.c.key,
        "priority": _held.priority,
        "retries": _held.retries,
        "due": _held.due_at,
    },
    key=_held.id,
)
