"""Who did what: the audit, and what people decided about tasks, as one list."""

from sqlalchemy import ColumnElement, Text, Uuid, and_, case, cast, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import Condition, after, among, before, equal, nowhere, refused
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Incident, ProcessDefinition, ProcessInstance
from process_server.db import Json, table_of
from process_server.identity.models import Audit
from process_server.tasks.models import TaskDecision, UserTask

_audit, _decision, _task = table_of(Audit), table_of(TaskDecision), table_of(UserTask)
_instance, _definition, _incident = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(Incident)

TWICE = ("transfer", "delegate", "resolve", "assign")
"""Decisions of which the audit tells as well, with who had the task before."""

_OPERATIONS = union_all(
    select(
        _audit.c.id,
        _audit.c.at,
        _audit.c.actor,
        _audit.c.action,
        _audit.c.entity_type,
        _audit.c.entity_id,
        cast(_audit.c.detail, JSONB).label("detail"),
    ),
    select(
        _decision.c.id,
        _decision.c.at,
        _decision.c.actor,
        _decision.c.action,
        case((_decision.c.user_task_id.is_(None), "process_instance"), else_="user_task"),
        case(
            (_decision.c.user_task_id.is_(None), cast(_decision.c.process_instance_id, Text)),
            else_=cast(_decision.c.user_task_id, Text),
        ),
        cast(null(), JSONB),
    ).where(_decision.c.action.not_in(TWICE)),
).subquery("operation")
_done = _OPERATIONS.c


def _id_of(kind: str) -> ColumnElement[object]:
    return case((_done.entity_type == kind, cast(_done.entity_id, Uuid)))


_PLACE = case((_done.entity_type.in_(["timer", "job"]), cast(_done.detail.op("->>")("instance"), Uuid)))
_INSTANCE_ID = case(
    (_done.entity_type == "process_instance", cast(_done.entity_id, Uuid)),
    (_done.entity_type == "user_task", _task.c.process_instance_id),
    (_done.entity_type == "incident", _incident.c.process_instance_id),
    else_=_PLACE,
)
_DEFINITION_ID = case(
    (_done.entity_type == "process_definition", cast(_done.entity_id, Uuid)), else_=_instance.c.definition_id
)


def _in_case(instance_id: object) -> ColumnElement[bool]:
    """Seek what was done to a case, its tasks and incidents by their ids: those are indexed."""
    of_case = [
        (kind, select(cast(table.c.id, Text)).where(table.c.process_instance_id == instance_id))
        for kind, table in (("user_task", _task), ("incident", _incident))
    ]
    return or_(
        and_(_done.entity_type == "process_instance", _done.entity_id == str(instance_id)),
        and_(_done.entity_type.in_(["timer", "job"]), _done.detail.op("->>")("instance") == str(instance_id)),
        *(and_(_done.entity_type == kind, _done.entity_id.in_(ids)) for kind, ids in of_case),
    )


def _of(kind: str) -> Condition:
    return lambda value: and_(_done.entity_type == kind, _done.entity_id == str(value))


OPERATIONS = Finder(
    kind="operation",
    select_from=_OPERATIONS.outerjoin(_task, _task.c.id == _id_of("user_task"))
    .outerjoin(_incident, _incident.c.id == _id_of("incident"))
    .outerjoin(_instance, _instance.c.id == _INSTANCE_ID)
    .outerjoin(_definition, _definition.c.id == _DEFINITION_ID),
    columns={
        **{name: _done[name] for name in ("id", "at", "actor", "action", "entity_type", "entity_id")},
        "detail": cast(_done.detail, Json),
        "process_instance_id": _INSTANCE_ID,
        "root_id": _instance.c.root_id,
        "definition_id": _DEFINITION_ID,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **nowhere("case_definition_id", "case_instance_id", "case_execution_id", "job_definition_id"),
        **refused("property"),
        "operation_id": equal(_done.id),
        "user_id": equal(_done.actor),
        "actions": among(_done.action),
        "entity_types": among(_done.entity_type),
        "deployment_id": _of("deployment"),
        "task_id": _of("user_task"),
        "batch_id": _of("batch"),
        "external_task_id": _of("job"),
        "process_instance_id": _in_case,
        "execution_id": lambda value: or_(_in_case(value), _done.entity_id == str(value)),
        "job_id": lambda value: and_(_done.entity_type.in_(["timer", "job"]), _done.entity_id == str(value)),
        "process_definition_id": equal(_DEFINITION_ID),
        "process_definition_key": equal(_definition.c.key),
        "after_timestamp": after(_done.at),
        "before_timestamp": before(_done.at),
    },
    sortings={"at": _done.at},
    key=_done.id,
)
