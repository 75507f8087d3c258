"""What people changed in variables by their decisions: before and after, one row a variable and decision."""

from sqlalchemy import Text, Uuid, case, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    after,
    alike,
    among,
    before,
    equal,
    flag,
    nowhere,
    refused,
)
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import Json, table_of
from process_server.tasks.models import TaskDecision

_instance, _definition, _decision = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(TaskDecision)
_kept = cast(_decision.c.before, JSONB)
_was_set = func.jsonb_each(_kept["set"]).table_valued("key", "value", name="was_set", joins_implicitly=True)
_unset = func.jsonb_array_elements_text(_kept["unset"])
_was_unset = _unset.table_valued("value", name="was_unset", joins_implicitly=True)
_COLUMNS = (_decision.c.id.label("decision_id"), _decision.c.process_instance_id, _decision.c.user_task_id)
_TOUCHED = union_all(
    select(
        *_COLUMNS,
        _decision.c.element_id,
        _decision.c.actor,
        _decision.c.at,
        cast(_was_set.c.key, Text).label("name"),
        cast(_was_set.c.value, JSONB).label("before"),
    ).where(func.jsonb_typeof(_kept["set"]) == "object"),
    select(
        *_COLUMNS,
        _decision.c.element_id,
        _decision.c.actor,
        _decision.c.at,
        cast(_was_unset.c.value, Text),
        cast(literal(None), JSONB),
    ).where(func.jsonb_typeof(_kept["unset"]) == "array"),
).subquery("touched")
_t = _TOUCHED.c
_OF_VARIABLE, _IN_TIME = (_t.process_instance_id, _t.name), (_t.at, _t.decision_id)
_CHANGES = (
    select(
        *_t,
        func.lead(_t.before).over(partition_by=_OF_VARIABLE, order_by=_IN_TIME).label("next_before"),
        func.lead(_t.decision_id).over(partition_by=_OF_VARIABLE, order_by=_IN_TIME).label("next_id"),
        func.row_number().over(partition_by=_OF_VARIABLE, order_by=_IN_TIME).label("revision"),
    )
).subquery("change")
_change = _CHANGES.c
_NOW = cast(_instance.c.variables, JSONB)[_change.name]
_AFTER = case((_change.next_id.is_not(None), _change.next_before), else_=_NOW)
_ID = cast(func.md5(cast(_change.decision_id, Text) + ":" + _change.name), Uuid)
_VARIABLE = cast(func.md5(cast(_change.process_instance_id, Text) + ":" + _change.name), Uuid)

VARIABLE_CHANGES = Finder(
    kind="change of a variable",
    select_from=_CHANGES.join(_instance, _instance.c.id == _change.process_instance_id).join(
        _definition, _definition.c.id == _instance.c.definition_id
    ),
    columns={
        "id": _ID,
        "variable_id": _VARIABLE,
        **{name: _change[name] for name in ("decision_id", "process_instance_id", "user_task_id", "element_id")},
        **{name: _change[name] for name in ("name", "actor", "at", "revision")},
        "before": cast(_change.before, Json),
        "value": cast(_AFTER, Json),
        "root_id": _instance.c.root_id,
        "definition_id": _instance.c.definition_id,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("case_instance_id", "case_execution_id", "form_fields", "exclude_task_details"),
        **refused("variable_type_in"),
        "process_instance_id": equal(_change.process_instance_id),
        "process_instance_id_in": among(_change.process_instance_id),
        "execution_id": equal(_change.process_instance_id),
        "activity_instance_id": equal(_change.user_task_id),
        "task_id": equal(_change.user_task_id),
        "variable_instance_id": equal(_VARIABLE),
        "variable_name_like": alike(_change.name),
        "user_operation_id": equal(_change.decision_id),
        "variable_updates": flag(literal(True)),
        "initial": flag(_change.before.is_(None)),
        "occurred_after": after(_change.at),
        "occurred_before": before(_change.at),
    },
    sortings={
        "instance": _change.process_instance_id,
        "name": _change.name,
        "revision": _change.revision,
        "at": _change.at,
    },
    key=_ID,
    visible=only_visible,
)
"""A value is known as long as a decision changed it: of changes by workers, scripts and systems the last is kept."""
