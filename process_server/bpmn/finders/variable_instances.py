"""Variables as they are now: of running cases, and of the open tasks in them alone."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, true

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, alike, among, equal, nowhere
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.historic_variables import HISTORIC_VARIABLES, KIND, VARIABLES
from process_server.bpmn.finders.variables import VariableCondition, value_is
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask

_instance, _task = table_of(ProcessInstance), table_of(UserTask)
_held = VARIABLES.c
_OWNER: ColumnElement[UUID] = func.coalesce(_held.task_id, _held.process_instance_id)


def _now(statement: Select[Any], actor: Principal, few: bool) -> Select[Any]:
    open_task = exists().where(_task.c.id == _held.task_id, _task.c.state.in_(["open", "held"]))
    there = statement.where(_instance.c.state == literal_column("'active'"), or_(_held.task_id.is_(None), open_task))
    return only_visible(there, actor, few)


def _values(sought: Iterable[VariableCondition]) -> ColumnElement[bool]:
    return and_(
        true(),
        *(
            and_(
                func.lower(_held.name) == each.name.lower() if each.ignore_case_of_name else _held.name == each.name,
                value_is(_held.value, each),
            )
            for each in sought
        ),
    )


VARIABLE_INSTANCES = Finder(
    kind="variable",
    select_from=HISTORIC_VARIABLES.select_from,
    columns=HISTORIC_VARIABLES.columns,
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("case_instance_id_in", "case_execution_id_in", "batch_id_in"),
        "variable_name": equal(_held.name),
        "variable_name_like": alike(_held.name),
        "variable_values": _values,
        "process_instance_id_in": among(_held.process_instance_id),
        "execution_id_in": among(_OWNER),
        "activity_instance_id_in": among(_OWNER),
        "variable_scope_id_in": among(_OWNER),
        "task_id_in": among(_held.task_id),
    },
    sortings={"name": _held.name, "kind": KIND, "instance": _OWNER},
    key=_held.id,
    visible=_now,
)
