"""What people decided about tasks and cases: who, for whom, when, with what words, and what they saw doing so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, insert, literal_column, or_, select

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import AlreadyCompleted, InvalidForm
from process_server.i18n import gettext_noop
from process_server.identity import users
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.models import TaskDecision
from process_server.tasks.permission import Offered, acting_for
from process_server.tasks.telling import watchers

LONGEST = 10_000  # characters of an opinion
SETTLES = frozenset({"approve", "reject", "submit", "timeout"})  # the actions that end a task

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # all but tabs and line breaks: no page can show them

_ENDED: Mapping[str, str] = {  # otherwise than by completing it
    "return": gettext_noop("This task is no longer open: {actor} has returned the case."),
    "recall": gettext_noop("This task is no longer open: {actor} has taken an earlier step back."),
    "undo": gettext_noop("This task is no longer open: {actor} has taken an earlier step back."),
    "withdraw": gettext_noop("This task is no longer open: {actor} has withdrawn the case."),
}

_d = table_of(TaskDecision)
_CASE: ColumnElement[UUID] = literal_column("task_decision.process_instance_id", Uuid())
_INSERT = insert(_d).returning(watchers.of_case(_CASE))
_SETTLED = (
    select(_d.c.actor, _d.c.action)
    .where(
        _d.c.process_instance_id == bindparam("instance"),
        _d.c.at >= bindparam("from"),
        or_(
            _d.c.action.in_(sorted(SETTLES)) & (_d.c.element_id == bindparam("element")),
            _d.c.action.in_(["return", "recall", "undo", "withdraw"]),  # decided elsewhere, they end tasks here too
        ),
    )
    .order_by(_d.c.at.desc(), _d.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision. `shown` is what the form showed; `people` whom it concerns; `target` where it was returned to."""

    id: UUID
    process_instance_id: UUID
    user_task_id: UUID | None
    element_id: str | None
    action: str
    actor: str
    on_behalf_of: str | None
    at: datetime
    outcome: str | None
    opinion: str | None
    reason_code: str | None
    signature_id: UUID | None
    people: list[str]
    target: str | None
    form_definition_id: UUID | None
    shown: dict[str, Any] | None
    batch_id: UUID | None


_SELECT: Select[Any] = select(*(_d.c[each.name] for each in fields(DecisionRow)))
_OF_INSTANCES = (
    _SELECT.where(_d.c.process_instance_id.in_(bindparam("instances", expanding=True)))
    .order_by(_d.c.at, _d.c.id)
    .limit(1_000)
)
_OF_TASK = _SELECT.where(_d.c.user_task_id == bindparam("task")).order_by(_d.c.at, _d.c.id).limit(1_000)
_BEFORE_OF = (
    select(_d.c.id, _d.c.process_instance_id, _d.c.before)
    .where(_d.c.process_instance_id.in_(bindparam("instances", expanding=True)), _d.c.before.is_not(None))
    .order_by(_d.c.at, _d.c.id)
    .limit(1_000)
)
_BEFORE = select(_d.c.before).where(_d.c.id == bindparam("decision"))


class Details(TypedDict, total=False):
    """What else may be kept of a decision, as in `DecisionRow`; `before`: the variables it changed, to undo it.

    `at` is now, unless it is said: a decision comes before what it led to.
    """

    on_behalf_of: str | None
    outcome: str | None
    opinion: str | None
    reason_code: str | None
    signature_id: UUID | None
    people: Sequence[str]
    target: str | None
    form_definition_id: UUID | None
    shown: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    batch_id: UUID | None
    at: datetime | None


_UNSAID = dict.fromkeys(Details.__annotations__)


class Decided(Offered, Protocol):
    """What a decision about a task keeps of the task."""

    @property
    def id(self) -> UUID: ...
    @property
    def process_instance_id(self) -> UUID: ...
    @property
    def element_id(self) -> str: ...


def record_on_task(session: Session, action: str, actor: Principal, task: Decided, **details: Unpack[Details]) -> UUID:
    """Append what somebody decided about a task, in their own right or standing in; return its id."""
    details = {"on_behalf_of": acting_for(actor, task), **details}
    return record(
        session,
        action,
        actor.user_id,
        instance_id=task.process_instance_id,
        task_id=task.id,
        element_id=task.element_id,
        **details,
    )


def record(
    session: Session,
    action: str,
    actor: str,
    *,
    instance_id: UUID,
    task_id: UUID | None = None,
    element_id: str | None = None,
    **details: Unpack[Details],
) -> UUID:
    """Append a decision and tell who watches its case; return its id."""
    identifier, people = new_id(), list(details.get("people", ()))
    watching = session.execute(
        _INSERT,
        {
            **_UNSAID,
            **details,
            "people": people,
            "id": identifier,
            "process_instance_id": instance_id,
            "user_task_id": task_id,
            "element_id": element_id,
            "action": action,
            "actor": actor,
            "at": details.get("at") or now(),
        },
    ).scalar_one()
    if watching:
        watchers.tell_of_decision(
            session, watching, action, actor, instance_id=instance_id, task_id=task_id, but=people
        )
    return identifier


def of_instances(session: Session, instance_ids: Sequence[UUID]) -> list[DecisionRow]:
    """Return what was decided in instances, in time; the caller has checked who asks."""
    return [DecisionRow(*row) for row in session.execute(_OF_INSTANCES, {"instances": list(instance_ids)})]


def of_task(session: Session, task_id: UUID) -> list[DecisionRow]:
    """Return what was decided about a task, in time; the caller has checked who asks."""
    return [DecisionRow(*row) for row in session.execute(_OF_TASK, {"task": task_id})]


def before(session: Session, decision_id: UUID) -> dict[str, Any]:
    """Return what a decision kept of the variables it changed: {"set": values there were, "unset": names}."""
    kept: dict[str, Any] | None = session.execute(_BEFORE, {"decision": decision_id}).scalar_one()
    return kept or {}


def changes_of(session: Session, now_set: Mapping[UUID, Mapping[str, Any]]) -> dict[UUID, list[tuple[str, Any, Any]]]:
    """Return what each decision changed: variable, before, after. `now_set` are the variables of the instances."""
    held = {instance: dict(variables) for instance, variables in now_set.items()}
    found: dict[UUID, list[tuple[str, Any, Any]]] = {}
    for row in reversed(session.execute(_BEFORE_OF, {"instances": list(held)}).all()):
        variables = held[row.process_instance_id]
        old = {**row.before.get("set", {}), **dict.fromkeys(row.before.get("unset", ()))}
        found[row.id] = [(name, value, variables.get(name)) for name, value in old.items()]
        variables.update(old)
    return found


def too_late(session: Session, task: Any) -> AlreadyCompleted:
    """Return the error that a task is no longer open: who completed it, or what ended it otherwise, and whose deed."""
    actor, action = task.completed_by, "complete"
    if actor is None:
        given = {"instance": task.process_instance_id, "element": task.element_id, "from": task.created_at}
        actor, action = session.execute(_SETTLED, given).one_or_none() or (None, "cancel")
    if actor == SYSTEM.user_id:
        return AlreadyCompleted("This task is no longer open: its time was over, and the server decided.")
    if actor is None:
        return AlreadyCompleted("This task is no longer open.")
    return AlreadyCompleted(_ENDED.get(action), actor=users.named(session, actor), user=actor)


def clean_opinion(opinion: str | None) -> str | None:
    """Return an opinion as it is kept; None for an empty one. Raises InvalidForm for one that is too long."""
    text = _CONTROLS.sub("", opinion or "").strip()
    if len(text) > LONGEST:
        raise InvalidForm([{"field": "opinion", "code": "max_length", "params": {"limit": LONGEST}}])
    return text or None
