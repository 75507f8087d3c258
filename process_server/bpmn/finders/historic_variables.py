"""Variables of cases, running and ended, and those of single tasks, each a row of its own."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, alike, among, equal, nowhere
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.variables import value_is
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import Json, table_of
from process_server.forms.uploads import AS_BYTES
from process_server.tasks.models import UserTask

_instance, _definition, _task = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(UserTask)


def _each(table: Any, instance: ColumnElement[Any], task: ColumnElement[Any], since: ColumnElement[Any]) -> Select[Any]:
    held = cast(table.c.variables, JSONB)
    variable = func.jsonb_each(held).table_valued("key", "value", name="each_variable", joins_implicitly=True)
    owner = func.coalesce(cast(task, Text), cast(instance, Text))
    return select(
        cast(func.md5(owner + literal(":") + cast(variable.c.key, Text)), Uuid).label("id"),
        instance.label("process_instance_id"),
        task.label("task_id"),
        cast(variable.c.key, Text).label("name"),
        cast(variable.c.value, JSONB).label("value"),
        since.label("created_at"),
    ).where(func.jsonb_typeof(held) == "object")


VARIABLES = union_all(
    _each(_instance, _instance.c.id, cast(literal(None), Uuid), _instance.c.started_at),
    _each(_task, _task.c.process_instance_id, _task.c.id, _task.c.created_at),
).subquery("held")
"""A variable of a case has no task."""

_held = VARIABLES.c
_NUMBER = cast(_held.value, Text)
_ONE_FILE: ColumnElement[Any] = literal_column(
    """'strict $ ? (@.type() == "array" && @.size() == 1)[0] ? (exists(@."id" ? (@.type() == "string"))"""
    """ && exists(@."name") && exists(@."size") && exists(@."type"))'::jsonpath"""
)
_SENT_AS_BYTES: ColumnElement[bool] = _held.value[0]["type"].astext.endswith(AS_BYTES)
KIND: ColumnElement[str] = case(
    (func.jsonb_typeof(_held.value) == "string", "text"),
    (func.jsonb_typeof(_held.value) == "boolean", "boolean"),
    (func.jsonb_typeof(_held.value) == "null", "null"),
    (func.jsonb_path_exists(_held.value, _ONE_FILE) & _SENT_AS_BYTES, "bytes"),
    (func.jsonb_path_exists(_held.value, _ONE_FILE), "file"),
    (func.jsonb_typeof(_held.value) == "array", "structure"),
    (_NUMBER.contains("."), "decimal"),
    ((func.jsonb_typeof(_held.value) == "number") & (func.length(_NUMBER) < 10), "integer"),
    (func.jsonb_typeof(_held.value) == "number", "long"),
    (_held.value.op("?")("$datetime"), "instant"),
    (or_(*(_held.value.op("?")(tag) for tag in ("$date", "$time", "$duration", "$months"))), "text"),
    else_="structure",
)
"""What sort of value it is, as clients tell them apart: a date is a text to them."""

HISTORIC_VARIABLES = Finder(
    kind="variable",
    select_from=VARIABLES.join(_instance, _instance.c.id == _held.process_instance_id).join(
        _definition, _definition.c.id == _instance.c.definition_id
    ),
    columns={
        **{name: _held[name] for name in ("id", "process_instance_id", "task_id", "name", "created_at")},
        "value": cast(_held.value, Json),
        "root_id": _instance.c.root_id,
        "definition_id": _instance.c.definition_id,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("case_instance_id", "case_execution_id_in", "case_activity_id_in"),
        "variable_name": equal(_held.name),
        "variable_name_in_any_case": lambda name: func.lower(_held.name) == name.lower(),
        "variable_name_like": alike(_held.name),
        "variable_name_in": among(_held.name),
        "variable_value": lambda condition: value_is(_held.value, condition),
        "kinds": among(KIND),
        "process_instance_id": equal(_held.process_instance_id),
        "process_instance_id_in": among(_held.process_instance_id),
        "process_definition_id": equal(_instance.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "execution_id_in": among(func.coalesce(_held.task_id, _held.process_instance_id)),
        "activity_instance_id_in": among(func.coalesce(_held.task_id, _held.process_instance_id)),
        "task_id_in": among(_held.task_id),
    },
    sortings={"instance": _held.process_instance_id, "name": _held.name, "kind": KIND},
    key=_held.id,
    visible=only_visible,
)
