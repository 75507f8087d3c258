"""Open tasks, sought by who has them or may have them, by their cases, dates and variables."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import Condition, after, before, flag
from process_server.bpmn.finders.finder import EITHER, Finder
from process_server.bpmn.finders.task_conditions import (
    COMMON,
    DUE,
    NOBODYS,
    OPEN,
    RUNNING,
    TASKS,
    at,
    group_alike,
    groups_of,
    of_processes,
    offered_to_groups,
    offered_to_users,
    task,
    texts,
)
from process_server.identity import team
from process_server.identity.principal import Principal
from process_server.tasks.context import definition, instance
from process_server.tasks.inbox.column import Kind, typed
from process_server.tasks.inbox.lists import of_person

_ME: ColumnElement[str] = bindparam("me")
_touched = func.greatest(task.c.created_at, task.c.claimed_at)
_SUSPENDED = instance.c.suspended_at.is_not(None)


def _to_user(user: str) -> ColumnElement[bool]:
    return or_(offered_to_users(texts([user])), offered_to_groups(groups_of(user)))


_OFFERS: Mapping[str, Condition] = {
    "candidate_user": _to_user,
    "candidate_group": lambda group: offered_to_groups(texts([group])),
    "candidate_groups": lambda groups: offered_to_groups(texts(groups)),
    "candidate_group_like": group_alike,
}
ASSIGNED_TOO = "_assigned_too"
"""Ends the names of conditions on to whom a task is offered, where it may be somebody's already."""


OFFERS = frozenset(_OFFERS)


def _while_free(offered: Condition) -> Condition:
    return lambda value: and_(NOBODYS, offered(value))


def _visible(statement: Select[Any], actor: Principal, _few: bool) -> Select[Any]:
    """Narrow to open tasks somebody has to do with: theirs, offered to them, delegated by them, of who they manage."""
    statement = statement.where(OPEN)
    if actor.admin:
        return statement
    parts = [
        task.c.assignee == _ME,
        task.c.owner == _ME,
        and_(NOBODYS, offered_to_users(texts([actor.user_id]))),
        and_(NOBODYS, offered_to_groups(texts(sorted(actor.groups)))),
        task.c.assignee.in_(team.MEMBERS),
        *(_represented(person, processes) for person, processes in actor.stands_in_for.items()),
    ]
    return statement.where(or_(*parts)).params(me=actor.user_id)


def _represented(person: str, processes: frozenset[str] | None) -> ColumnElement[bool]:
    if processes is None:
        return of_person(person)
    return and_(of_person(person), of_processes(definition.c.key.in_(sorted(processes))))


def variable_order(held: Literal["case", "task"], kind: Kind, variable: str) -> str:
    """Return the name of the order by a variable's values of a kind: of the case, or of the task alone."""
    return f"{held} {kind} {variable}"


_KINDS: Mapping[str, Kind] = {kind: kind for kind in get_args(Kind)}


class _Orders(dict[str, ColumnElement[Any]]):
    """Orders by their names, those of variables among them."""

    def __missing__(self, name: str) -> ColumnElement[Any]:
        held, kind, variable = name.split(" ", 2)
        variables = task.c.variables if held == "task" else instance.c.variables
        return typed(type_coerce(variables, JSONB())[variable], _KINDS[kind])


OPEN_TASKS = Finder(
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
                "assignee",
                "owner",
                "delegation",
                "parent_id",
                "priority",
                "created_at",
                "claimed_at",
                "due_at",
                "follow_up_at",
                "form_key",
                "variables",
                "revision",
            )
        },
        "process_key": definition.c.key,
        "process_version": definition.c.version,
        "suspended": _SUSPENDED,
    },
    conditions={
        **COMMON,
        **{name: _while_free(offered) for name, offered in _OFFERS.items()},
        **{f"{name}{ASSIGNED_TOO}": offered for name, offered in _OFFERS.items()},
        "created_on": at(task.c.created_at),
        "created_after": after(task.c.created_at),
        "created_before": before(task.c.created_at),
        "updated_after": after(_touched),
        "delegation_state": lambda state: task.c.delegation == state.lower(),
        "active": flag(~_SUSPENDED),
        "suspended": flag(_SUSPENDED),
        "process_variables": lambda sought: and_(RUNNING, COMMON["process_variables"](sought)),
    },
    sortings=_Orders(
        {
            "id": task.c.id,
            "instance": task.c.process_instance_id,
            "due": DUE,
            "follow_up": task.c.follow_up_at,
            "created": task.c.created_at,
            "updated": _touched,
            "assignee": task.c.assignee,
            "name": task.c.name,
            "name_in_any_case": func.lower(task.c.name),
            "description": task.c.description,
            "priority": task.c.priority,
        }
    ),
    key=task.c.id,
    visible=_visible,
    reckoned=frozenset({"process_variables", "task_variables", EITHER}),
)
