"""What tasks are sought by, open or done: who has them, what they belong to, when they are due."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, func, literal_column, not_, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.bpmn.finders.conditions import Condition, after, alike, among, before, equal, flag, not_among
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.finders.variables import VariableCondition, all_hold
from process_server.db import table_of
from process_server.identity.models import Membership
from process_server.tasks.context import definition, instance
from process_server.tasks.models import UserTask

task = table_of(UserTask)
TASKS = task.join(instance, instance.c.id == task.c.process_instance_id).join(
    definition, definition.c.id == task.c.definition_id
)
"""Tasks with their cases and processes."""

OPEN = task.c.state == literal_column("'open'")
RUNNING = instance.c.state == literal_column("'active'")
"""Said of the case of an open task as well: the index on variables is of cases that run."""

NOBODYS = task.c.assignee.is_(None)
NONE: ColumnElement[Any] = literal_column("'{}'")  # as the predicates of the indexes say it
DUE: ColumnElement[Any] = literal_column("COALESCE(user_task.due_at, 'infinity'::timestamp with time zone)")
_membership = table_of(Membership)


def at(column: ColumnElement[Any]) -> Condition:
    """Seek an instant to the millisecond: nobody is told more of it."""
    return lambda value: func.date_trunc("milliseconds", column) == value


def texts(values: Iterable[str]) -> ColumnElement[Any]:
    """Return an array of texts to compare candidates with."""
    return cast(list(values), ARRAY(Text))


def offered_to_groups(groups: ColumnElement[Any]) -> ColumnElement[bool]:
    """Select what is offered to one of some groups, whoever has it."""
    return and_(task.c.candidate_groups != NONE, task.c.candidate_groups.overlap(groups))


def offered_to_users(users: ColumnElement[Any]) -> ColumnElement[bool]:
    """Select what is offered to one of some people by name, whoever has it."""
    return and_(task.c.candidate_users != NONE, task.c.candidate_users.overlap(users))


def groups_of(user: str) -> ColumnElement[Any]:
    """Return the groups of a user as an array."""
    theirs = select(_membership.c.group_id).where(_membership.c.user_id == user)
    return func.array(theirs.scalar_subquery(), type_=ARRAY(Text))


def involved(user: str) -> ColumnElement[bool]:
    """Select what somebody has, gets back, or is offered by name."""
    return or_(task.c.assignee == user, task.c.owner == user, offered_to_users(texts([user])))


def with_variables(column: ColumnElement[Any]) -> Condition:
    """Seek variables, all of which have to be so."""

    def condition(sought: Iterable[VariableCondition]) -> ColumnElement[bool]:
        return all_hold(column, sought)

    return condition


def of_processes(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select the tasks of processes: few rows, found before the tasks of them."""
    return task.c.definition_id.in_(select(definition.c.id).where(condition).correlate(None))


def group_alike(pattern: str) -> ColumnElement[bool]:
    """Select what is offered to a group whose id is like a pattern."""
    each = func.unnest(task.c.candidate_groups).column_valued("each_group")
    return exists(select(literal_column("1")).where(like(each, pattern)))


NOWHERE = (
    "case_instance_id",
    "case_instance_business_key",
    "case_instance_business_key_like",
    "case_definition_id",
    "case_definition_key",
    "case_definition_name",
    "case_definition_name_like",
    "case_execution_id",
    "case_instance_variables",
    "tenant_id_in",
)
"""What no task here belongs to: cases of CMMN, tenants."""

COMMON: Mapping[str, Condition] = {
    "task_id": equal(task.c.id),
    "task_id_in": among(task.c.id),
    "process_instance_id": equal(task.c.process_instance_id),
    "process_instance_id_in": among(task.c.process_instance_id),
    "process_instance_business_key": equal(instance.c.business_key),
    "process_instance_business_key_in": among(instance.c.business_key),
    "process_instance_business_key_like": alike(instance.c.business_key),
    "process_definition_id": equal(task.c.definition_id),
    "process_definition_key": lambda value: of_processes(definition.c.key == value),
    "process_definition_key_in": lambda values: of_processes(definition.c.key.in_(values)),
    "process_definition_name": lambda value: of_processes(definition.c.name == value),
    "process_definition_name_like": lambda pattern: of_processes(like(definition.c.name, pattern)),
    "execution_id": equal(task.c.id),
    "activity_instance_id_in": among(func.concat(task.c.element_id, ":", task.c.id)),
    "task_definition_key": equal(task.c.element_id),
    "task_definition_key_in": among(task.c.element_id),
    "task_definition_key_not_in": not_among(task.c.element_id),
    "task_definition_key_like": alike(task.c.element_id),
    "description": equal(task.c.description),
    "description_like": alike(task.c.description),
    "name": equal(task.c.name),
    "name_not_equal": lambda value: task.c.name != value,
    "name_like": alike(task.c.name),
    "name_not_like": lambda pattern: not_(like(task.c.name, pattern)),
    "assignee": equal(task.c.assignee),
    "assignee_like": alike(task.c.assignee),
    "assignee_in": among(task.c.assignee),
    "assignee_not_in": not_among(task.c.assignee),
    "assigned": flag(task.c.assignee.is_not(None)),
    "unassigned": flag(NOBODYS),
    "owner": equal(task.c.owner),
    "owner_like": alike(task.c.owner),
    "priority": equal(task.c.priority),
    "min_priority": lambda value: task.c.priority >= value,
    "max_priority": lambda value: task.c.priority <= value,
    "due_date": at(task.c.due_at),
    "due_after": after(task.c.due_at),
    "due_before": lambda value: and_(task.c.due_at.is_not(None), value > DUE),
    "without_due_date": flag(task.c.due_at.is_(None)),
    "follow_up_date": at(task.c.follow_up_at),
    "follow_up_after": after(task.c.follow_up_at),
    "follow_up_before": before(task.c.follow_up_at),
    "follow_up_before_or_not_existent": lambda value: or_(task.c.follow_up_at.is_(None), task.c.follow_up_at < value),
    "with_candidate_groups": flag(task.c.candidate_groups != NONE),
    "without_candidate_groups": flag(task.c.candidate_groups == NONE),
    "with_candidate_users": flag(task.c.candidate_users != NONE),
    "without_candidate_users": flag(task.c.candidate_users == NONE),
    "parent_task_id": equal(task.c.parent_id),
    "involved_user": involved,
    **dict.fromkeys(NOWHERE, lambda _: false()),
    "without_tenant_id": lambda _: true(),
    "task_variables": with_variables(task.c.variables),
    "process_variables": with_variables(instance.c.variables),
}
"""By what tasks are sought whether they are open or not."""
