"""Rules of one's own inbox: when a condition holds for a task that comes, or changes, something is done with it.

A rule does no more than its owner could do by hand, and acts on a task once. It approves one only where the model of
the step lets rules do so, and then has to have an end; it never rejects. What it did is logged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, insert, literal, select, update

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import Conflict, InvalidInput, NotFound, ProcessServerError
from process_server.identity.principal import Principal
from process_server.tasks.inbox import criteria, pages
from process_server.tasks.inbox.columns import BusinessField, Columns
from process_server.tasks.inbox.lists import OFFERED_OR_MINE, task
from process_server.tasks.inbox.models import InboxRule, RuleCall, RuleRun
from process_server.tasks.inbox.queries import COUNTED
from process_server.tasks.models import UserTask

MOST = 50  # rules of one person
LONGEST = 100  # characters of a name
LOGGED = 100  # runs shown of a rule
PRESENT = 1_000  # tasks that are there already, when a rule is applied to them

_r, _c, _n, _t = table_of(InboxRule), table_of(RuleCall), table_of(RuleRun), table_of(UserTask)
_COLUMNS = [_r.c[name] for name in ("id", "owner", "name", "position", "enabled", "on_change", "condition", "actions",
                                    "ends_at", "problem", "created_at", "changed_at")]  # fmt: skip
_RUNS = select(func.count()).where(_n.c.rule_id == _r.c.id).correlate(_r).scalar_subquery()
_SELECT: Select[Any] = select(*_COLUMNS, _RUNS.label("runs"))
_OF_OWNER = _SELECT.where(_r.c.owner == bindparam("me")).order_by(_r.c.position, _r.c.id)
_ONE = _SELECT.where(_r.c.id == bindparam("rule"), _r.c.owner == bindparam("me"))
_LIVE = _OF_OWNER.where(_r.c.enabled)
_DONE = select(literal(1)).where(_n.c.rule_id == bindparam("rule"), _n.c.user_task_id == bindparam("task"))
_NEXT = (
    select(_c.c.id, _c.c.owner, _c.c.user_task_id, _c.c.changed)
    .order_by(_c.c.at, _c.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_LOG = (
    select(_n.c.user_task_id, _n.c.at, _n.c.done, _n.c.problems, _t.c.name, _t.c.name_en)
    .join_from(_n, _t, _t.c.id == _n.c.user_task_id)
    .where(_n.c.rule_id == bindparam("rule"))
    .order_by(_n.c.at.desc(), _n.c.id.desc())
    .limit(LOGGED)
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `problem` says why its condition cannot be read any more, `runs` on how many tasks it acted."""

    id: UUID
    owner: str
    name: str
    position: int
    enabled: bool
    on_change: bool
    condition: str
    actions: list[dict[str, Any]]
    ends_at: datetime | None
    problem: str | None
    created_at: datetime
    changed_at: datetime
    runs: int

    @property
    def ended(self) -> bool:
        """Whether its end has passed."""
        return self.ends_at is not None and self.ends_at <= now()


@dataclass(frozen=True, slots=True)
class Run:
    """What a rule did with one task: the names of what was done, and the errors of what could not be."""

    user_task_id: UUID
    at: datetime
    done: list[str]
    problems: list[dict[str, Any]]
    task_name: str
    task_name_en: str | None


@dataclass(frozen=True, slots=True)
class Called:
    """A task that somebody's rules have to look at."""

    id: UUID
    owner: str
    user_task_id: UUID
    changed: bool


def list_rules(session: Session, owner: str) -> list[Rule]:
    """Return the rules of a person in the order they are applied."""
    return [Rule(**row._mapping) for row in session.execute(_OF_OWNER, {"me": owner})]


def find(session: Session, rule_id: UUID, owner: str) -> Rule:
    """Return a rule of a person. Raises NotFound."""
    row = session.execute(_ONE, {"rule": rule_id, "me": owner}).one_or_none()
    if row is None:
        raise NotFound(kind="rule", id=rule_id)
    return Rule(**row._mapping)


def save(session: Session, columns: Columns, asked: Mapping[str, Any], rule_id: UUID | None = None) -> Rule:
    """Make a rule, or change one; `asked` has name, condition, actions (checked), on_change, enabled and ends_at.

    Raises InvalidInput, InvalidExpression naming what the condition cannot say, Conflict where there are too many.
    """
    owner = columns.principal.user_id
    name = " ".join(str(asked["name"]).split())
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        raise InvalidInput([{"field": "name", "code": "length", "params": {"minimum": 1, "maximum": LONGEST}}])
    if not asked["actions"]:
        raise InvalidInput([{"field": "actions", "code": "required", "params": {}}])
    if asked["ends_at"] is None and any(action["do"] == "approve" for action in asked["actions"]):
        raise InvalidInput([{"field": "ends_at", "code": "required", "params": {}}])
    if asked["condition"]:
        criteria.condition(columns, asked["condition"])
    row = {key: asked[key] for key in ("condition", "actions", "on_change", "enabled", "ends_at")}
    row |= {"name": name, "changed_at": now(), "problem": None}
    if rule_id is not None:
        find(session, rule_id, owner)
        session.execute(update(_r).where(_r.c.id == rule_id).values(row))
        return find(session, rule_id, owner)
    known = list_rules(session, owner)
    if len(known) >= MOST:
        raise Conflict("You have {count} rules already. Delete some first.", count=MOST)
    made = new_id()
    position = known[-1].position + 1 if known else 1
    session.execute(insert(_r).values(row | {"id": made, "owner": owner, "position": position, "created_at": now()}))
    return find(session, made, owner)


def remove(session: Session, rule_id: UUID, owner: str) -> None:
    """Delete a rule with its log. Raises NotFound."""
    find(session, rule_id, owner)
    session.execute(delete(_r).where(_r.c.id == rule_id))


def log_of(session: Session, rule: Rule) -> list[Run]:
    """Return what a rule did last, the newest first."""
    return [Run(*row) for row in session.execute(_LOG, {"rule": rule.id})]


def count(session: Session, columns: Columns, condition: str) -> int:
    """Return how many of the tasks somebody has, or may claim, a condition holds for. Raises InvalidExpression."""
    rows = _matching(columns, condition).with_only_columns(literal(1)).limit(COUNTED).subquery()
    given = pages.filled(session, columns.principal)
    return int(session.execute(select(func.count()).select_from(rows), given).scalar_one())


def call_for_present(session: Session, columns: Columns, rule: Rule) -> int:
    """Have somebody's rules look at the tasks that are there already and one of them holds for; return how many."""
    found = session.scalars(
        _matching(columns, rule.condition).limit(PRESENT), pages.filled(session, columns.principal)
    ).all()
    rows = [
        {"id": new_id(), "owner": rule.owner, "user_task_id": each, "changed": False, "at": now()} for each in found
    ]
    if rows:
        session.execute(insert(_c), rows)
    return len(rows)


def holds(session: Session, columns: Columns, condition: str, task_id: UUID) -> bool:
    """Say whether a condition holds for a task that somebody has or may claim. Raises InvalidExpression."""
    found = _matching(columns, condition).where(task.c.id == task_id)
    return session.execute(found, pages.filled(session, columns.principal)).first() is not None


def take_call(session: Session) -> Called | None:
    """Take away the oldest task that rules have to look at, and that nobody else has in hand; None at the end."""
    row = session.execute(_NEXT).one_or_none()
    if row is None:
        return None
    session.execute(delete(_c).where(_c.c.id == row.id))
    return Called(*row)


def drop_call(session: Session, call_id: UUID) -> None:
    """Have no rule look at a task after all."""
    session.execute(delete(_c).where(_c.c.id == call_id))


def due(session: Session, called: Called) -> list[Rule]:
    """Return the rules that have to look at a task, in order: not those that acted on it, nor those at their end."""
    rules = [Rule(**row._mapping) for row in session.execute(_LIVE, {"me": called.owner})]
    wanted = [rule for rule in rules if not rule.ended and (rule.on_change or not called.changed)]
    given = [(rule, {"rule": rule.id, "task": called.user_task_id}) for rule in wanted]
    return [rule for rule, values in given if session.execute(_DONE, values).first() is None]


def write_run(
    session: Session, rule: Rule, task_id: UUID, done: Sequence[str], problems: Sequence[ProcessServerError]
) -> None:
    """Log what a rule did with a task."""
    told = [{"message": error.message, "params": dict(error.params)} for error in problems]
    row = {"id": new_id(), "rule_id": rule.id, "user_task_id": task_id, "at": now(), "done": list(done)}
    session.execute(insert(_n).values(row | {"problems": told}))


def write_problem(session: Session, rule: Rule, problem: str | None) -> None:
    """Keep why a rule cannot be read any more; None: it can."""
    if problem != rule.problem:
        session.execute(update(_r).where(_r.c.id == rule.id).values(problem=problem))


def columns_of(principal: Principal, fields: Mapping[str, BusinessField]) -> Columns:
    """Return the columns a condition of somebody's rules may speak of."""
    return Columns(OFFERED_OR_MINE, principal, fields)


def _matching(columns: Columns, condition: str) -> Select[Any]:
    wanted, needs = criteria.condition(columns, condition) if condition else (None, frozenset())
    source = columns.listing.joined(needs | {"task"})
    found = select(task.c.id).select_from(source).where(columns.listing.of(columns.principal))
    return found if wanted is None else found.where(wanted)
