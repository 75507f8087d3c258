"""Tasks of every state, open and ended, sought by what became of them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_

from process_server.bpmn.finders.conditions import after, alike, before, equal, flag
from process_server.bpmn.finders.finder import EITHER, Finder
from process_server.bpmn.finders.task_conditions import (
    COMMON,
    DUE,
    NOBODYS,
    NOWHERE,
    TASKS,
    involved,
    of_processes,
    offered_to_groups,
    offered_to_users,
    task,
    texts,
)
from process_server.db import table_of
from process_server.identity import team
from process_server.identity.principal import Principal
from process_server.tasks.context import definition, instance
from process_server.tasks.handling.models import Copy

_copy = table_of(Copy)
_ME: ColumnElement[str] = bindparam("me")
_OPEN = task.c.state.in_(("open", "held"))
_MILLISECONDS = func.floor(func.extract("epoch", task.c.completed_at - task.c.created_at) * 1000)
_REASON = case((task.c.state == "completed", "completed"), (task.c.state == "cancelled", "deleted"))


def _visible(statement: Select[Any], actor: Principal, _few: bool) -> Select[Any]:
    """Narrow to tasks somebody may look at, done or not (`tasks.permission.may_see`)."""
    if actor.admin:
        return statement
    parts = [
        task.c.assignee == _ME,
        task.c.completed_by == _ME,
        task.c.owner == _ME,
        instance.c.initiator == _ME,
        offered_to_users(texts([actor.user_id])),
        offered_to_groups(texts(sorted(actor.groups))),
        task.c.assignee.in_(team.MEMBERS),
        task.c.completed_by.in_(team.MEMBERS),
        exists().where(_copy.c.process_instance_id == task.c.process_instance_id, _copy.c.recipient == _ME),
        *(_represented(person, processes) for person, processes in actor.stands_in_for.items()),
    ]
    return statement.where(or_(*parts)).params(me=actor.user_id)


def _represented(person: str, processes: frozenset[str] | None) -> ColumnElement[bool]:
    theirs = or_(task.c.assignee == person, and_(NOBODYS, offered_to_users(texts([person]))))
    return theirs if processes is None else and_(theirs, of_processes(definition.c.key.in_(sorted(processes))))


HISTORIC_TASKS = Finder(
    kind="task",
    select_from=TASKS,
    columns={
        **{
            name: task.c[name]
            for name in (
                "id",
                "process_instance_id",
                "definition_id",
                "element_id",
                "name",
                "description",
                "state",
                "assignee",
                "owner",
                "created_at",
                "completed_at",
                "priority",
                "due_at",
                "follow_up_at",
                "parent_id",
                "revision",
            )
        },
        "root_id": instance.c.root_id,
        "process_key": definition.c.key,
        "process_version": definition.c.version,
        "milliseconds": _MILLISECONDS,
        "delete_reason": _REASON,
    },
    conditions={
        **{name: COMMON[name] for name in NOWHERE},
        **{
            name: COMMON[name]
            for name in (
                "task_id",
                "process_instance_id",
                "process_instance_business_key",
                "process_instance_business_key_in",
                "process_instance_business_key_like",
                "process_definition_id",
                "process_definition_key",
                "process_definition_name",
                "execution_id",
                "activity_instance_id_in",
                "task_definition_key",
                "task_definition_key_in",
                "assigned",
                "unassigned",
                "without_tenant_id",
                "with_candidate_groups",
                "without_candidate_groups",
                "task_variables",
                "process_variables",
            )
        },
        "root_process_instance_id": equal(instance.c.root_id),
        "task_parent_task_id": equal(task.c.parent_id),
        "task_name": equal(task.c.name),
        "task_name_like": alike(task.c.name),
        "task_description": equal(task.c.description),
        "task_description_like": alike(task.c.description),
        "task_delete_reason": equal(_REASON),
        "task_delete_reason_like": alike(_REASON),
        "task_assignee": equal(task.c.assignee),
        "task_assignee_like": alike(task.c.assignee),
        "task_owner": equal(task.c.owner),
        "task_owner_like": alike(task.c.owner),
        "task_priority": equal(task.c.priority),
        "finished": flag(task.c.completed_at.is_not(None)),
        "unfinished": flag(_OPEN),
        "process_finished": flag(instance.c.ended_at.is_not(None)),
        "process_unfinished": flag(instance.c.ended_at.is_(None)),
        "task_due_date": COMMON["due_date"],
        "task_due_date_before": before(task.c.due_at),
        "task_due_date_after": after(task.c.due_at),
        "without_task_due_date": COMMON["without_due_date"],
        "task_follow_up_date": COMMON["follow_up_date"],
        "task_follow_up_date_before": before(task.c.follow_up_at),
        "task_follow_up_date_after": after(task.c.follow_up_at),
        "started_before": before(task.c.created_at),
        "started_after": after(task.c.created_at),
        "finished_before": before(task.c.completed_at),
        "finished_after": after(task.c.completed_at),
        "task_involved_user": lambda user: or_(involved(user), task.c.completed_by == user),
        "task_involved_group": lambda group: offered_to_groups(texts([group])),
        "task_had_candidate_user": lambda user: offered_to_users(texts([user])),
        "task_had_candidate_group": lambda group: offered_to_groups(texts([group])),
    },
    sortings={
        "id": task.c.id,
        "definition": task.c.definition_id,
        "instance": task.c.process_instance_id,
        "duration": _MILLISECONDS,
        "ended": task.c.completed_at,
        "started": task.c.created_at,
        "name": task.c.name,
        "description": task.c.description,
        "assignee": task.c.assignee,
        "owner": task.c.owner,
        "due": DUE,
        "follow_up": task.c.follow_up_at,
        "delete_reason": _REASON,
        "element": task.c.element_id,
        "priority": task.c.priority,
    },
    key=task.c.id,
    visible=_visible,
    reckoned=frozenset({"process_variables", "task_variables", EITHER}),
)
