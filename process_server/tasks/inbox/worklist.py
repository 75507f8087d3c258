"""Lists of user tasks: mine, what I may claim, what I did, everything; filtered, sorted and paged by keyset.

Rows come with the process they belong to. A cursor names the last row seen, so that a page costs the same however deep
it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from process_server.clock import now
from process_server.db import Session
from process_server.errors import HandedOn, InvalidInput, NotFound
from process_server.identity import team, users
from process_server.identity.principal import Principal
from process_server.tasks.inbox import queries
from process_server.tasks.inbox.cursors import decode_cursor, encode_cursor
from process_server.tasks.inbox.queries import COUNTED, NO_FILTER, Filter, TaskRow
from process_server.tasks.permission import may_see

__all__ = [
    "COUNTED",
    "Counts",
    "Filter",
    "Page",
    "SortBy",
    "TaskRow",
    "Which",
    "count_tasks",
    "counts",
    "find_task",
    "handed_on",
    "list_tasks",
    "tasks_of_instance",
]

Which = Literal["mine", "claimable", "done", "team", "all"]
SortBy = Literal["due", "-due", "created", "-created", "priority", "-priority", "completed", "-completed"]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and the cursor of the next page, None at the end."""

    rows: list[TaskRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks are in the lists of a person, each counted up to `COUNTED`."""

    mine: int
    overdue: int
    claimable: int


def list_tasks(
    session: Session,
    principal: Principal,
    which: Which = "mine",
    filter: Filter = NO_FILTER,
    *,
    sort: SortBy | None = None,
    cursor: str | None = None,
    limit: int = 50,
    with_variables: bool = False,
) -> Page:
    """Return a page of a list.

    mine: assigned to the user. claimable: offered to them and not taken. done: completed by them. team: assigned to who
    reports to them. all: every open task they have to do with, for an administrator every open task there is. `sort` is
    by due date, for what is done by completion, newest first. Raises InvalidInput for a cursor of another list, or a
    character that no column can hold.
    """
    order = sort or ("-completed" if which == "done" else "due")
    given = filter.given()
    after, last = decode_cursor(cursor, order) if cursor else (None, None)
    statement = queries.list_statement(
        _name(which, principal),
        _conditions(given),
        order,
        cursor is not None,
        with_variables,
    )
    values = _values(principal, given) | {"after": after, "last": last, "page": limit + 1}
    rows = [TaskRow(*row) for row in session.execute(statement, values)]
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], encode_cursor(order, _sort_value(rows[limit - 1], order), rows[limit - 1].id))


def count_tasks(session: Session, principal: Principal, which: Which = "mine", filter: Filter = NO_FILTER) -> int:
    """Return how many tasks a list holds, counted up to `COUNTED`."""
    given = filter.given()
    statement = queries.count_statement(_name(which, principal), _conditions(given))
    count: int = session.execute(statement, _values(principal, given)).scalar_one()
    return count


def counts(session: Session, principal: Principal) -> Counts:
    """Return how many tasks wait for a person: one statement."""
    return Counts(*session.execute(queries.counts_statement(), _values(principal, {}) | {"due_before": now()}).one())


def find_task(session: Session, task_id: UUID, principal: Principal) -> TaskRow:
    """Return a task, open or not. Raises NotFound also where the user may not know of it, HandedOn where they did."""
    row = session.execute(queries.ONE, {"task": task_id}).one_or_none()
    task = TaskRow(*row) if row is not None else None
    if task is None:
        raise NotFound(kind="user task", id=task_id)
    if not (may_see(principal, task) or _may_look(session, principal, task)):
        raise handed_on(session, task, principal) or NotFound(kind="user task", id=task_id)
    return task


def tasks_of_instance(session: Session, instance_id: UUID) -> list[TaskRow]:
    """Return the tasks of a process instance in the order they came; whoever asks may see the instance."""
    return [TaskRow(*row) for row in session.execute(queries.OF_INSTANCE, {"instance": instance_id})]


def handed_on(session: Session, task: Any, principal: Principal) -> HandedOn | None:
    """Tell who had a task, and may not see it any more, who has it or did it instead of them; others nothing."""
    given = {"task": task.id, "me": principal.user_id, "own": [principal.user_id]}
    who = task.completed_by or task.assignee
    if who is None or not session.execute(queries.HAD, given).scalar_one():
        return None
    return HandedOn(person=users.named(session, who))


def _may_look(session: Session, principal: Principal, task: TaskRow) -> bool:
    """Say whether somebody without a part in a task looks on: who manages those who have, or was sent a copy."""
    if team.manages(session, principal.user_id, [task.assignee, task.completed_by, task.owner, task.initiator]):
        return True
    given = {"instance": task.process_instance_id, "me": principal.user_id}
    return session.execute(queries.COPIED, given).first() is not None


def _name(which: Which, principal: Principal) -> str:
    return "everything" if which == "all" and principal.admin else which


def _conditions(given: Mapping[str, Any]) -> frozenset[str]:
    names = set(given)
    if given.get("unassigned") is False:
        names = names - {"unassigned"} | {"assigned"}
    return frozenset(names)


def _values(principal: Principal, given: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in given.items():
        if isinstance(value, str) and "\0" in value:
            raise InvalidInput([{"field": name, "code": "characters", "params": {}}])
    values = dict(given)
    for name in ("candidate_user", "candidate_group"):
        if name in values:
            values[name] = [values[name]]
    if "text" in values:
        escaped = values["text"].replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        values["text"] = f"%{escaped}%"
    own = {"me": principal.user_id, "own": [principal.user_id], "groups": sorted(principal.groups)}
    return values | own


def _sort_value(row: TaskRow, order: str) -> str:
    match order.removeprefix("-"):
        case "due":
            return row.due_at.isoformat() if row.due_at else "infinity"
        case "created":
            return row.created_at.isoformat()
        case "priority":
            return str(row.priority)
        case _:
            return row.completed_at.isoformat() if row.completed_at else "infinity"
