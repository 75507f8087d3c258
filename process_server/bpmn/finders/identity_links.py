"""To whom tasks were given, offered and taken from: what was told of them since they were made."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, after, before, equal
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity.models import Audit
from process_server.tasks.models import UserTask

_audit, _task = table_of(Audit), table_of(UserTask)
_instance, _definition = table_of(ProcessInstance), table_of(ProcessDefinition)

_OF_TASK = and_(_audit.c.entity_type == "user_task", _audit.c.entity_id == cast(_task.c.id, Text))
_MOVED = _audit.c.action.in_(["claim", "release", "transfer", "delegate", "resolve", "assign"])
_DETAIL = cast(_audit.c.detail, JSONB)


def _told(key: str) -> ColumnElement[str]:
    return _DETAIL.op("->>", return_type=Text())(key)


def _offered(column: Any, kind: str) -> Select[Any]:
    who = func.unnest(column).column_valued(f"each_{kind}", joins_implicitly=True)
    person, group = (who, null()) if kind == "user" else (null(), who)
    return _row(_task.c.id, _task.c.created_at, "candidate", person, group, "add", null())


def _row(link: Any, at: Any, kind: str, person: Any, group: Any, operation: str, by: Any) -> Select[Any]:
    return select(
        link.label("id"),
        _task.c.id.label("task_id"),
        at.label("at"),
        literal(kind).label("type"),
        cast(person, Text).label("user_id"),
        cast(group, Text).label("group_id"),
        literal(operation).label("operation"),
        cast(by, Text).label("actor"),
    )


def _moved(person: Any, operation: str, *only: Any) -> Select[Any]:
    row = _row(_audit.c.id, _audit.c.at, "assignee", person, null(), operation, _audit.c.actor)
    return row.select_from(_task.join(_audit, _OF_TASK)).where(*only)


_LINKS = union_all(
    _offered(_task.c.candidate_users, "user"),
    _offered(_task.c.candidate_groups, "group"),
    _row(_task.c.id, _task.c.created_at, "assignee", _task.c.assignee, null(), "add", null()).where(
        _task.c.assignee.is_not(None), ~exists().where(_OF_TASK, _MOVED)
    ),
    _moved(_audit.c.actor, "add", _audit.c.action == "claim"),
    _moved(_told("assignee"), "delete", _audit.c.action == "release", _told("assignee").is_not(None)),
    _moved(_told("before"), "delete", _MOVED, _told("before").is_not(None)),
    _moved(_told("after"), "add", _MOVED, _told("after").is_not(None)),
).subquery("link")
_link = _LINKS.c

IDENTITY_LINKS = Finder(
    kind="identity link",
    select_from=_LINKS.join(_task, _task.c.id == _link.task_id)
    .join(_instance, _instance.c.id == _task.c.process_instance_id)
    .join(_definition, _definition.c.id == _task.c.definition_id),
    columns={
        **{column.name: column for column in _link},
        "root_id": _instance.c.root_id,
        "definition_id": _task.c.definition_id,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **WITHOUT_TENANTS,
        "type": equal(_link.type),
        "user_id": equal(_link.user_id),
        "group_id": equal(_link.group_id),
        "task_id": equal(_link.task_id),
        "operation_type": equal(_link.operation),
        "assigner_id": equal(_link.actor),
        "process_definition_id": equal(_task.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "date_after": after(_link.at),
        "date_before": before(_link.at),
    },
    sortings={
        "at": _link.at,
        "type": _link.type,
        "user": _link.user_id,
        "group": _link.group_id,
        "task": _link.task_id,
        "operation": _link.operation,
        "actor": _link.actor,
        "definition": _task.c.definition_id,
        "key": _definition.c.key,
    },
    key=_link.id,
    visible=only_visible,
)
