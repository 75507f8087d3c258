"""What happens to tasks when an instant of theirs has come: warned, reminded, escalated, offered too long, back again.

One transaction takes the moments that are due out, SKIP LOCKED, and tells everybody concerned in one statement, so that
any number of workers sweep without telling anybody twice. A task somebody is just completing is passed over.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, delete, literal_column, null, select, update

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.i18n import Named
from process_server.identity import approvers, audit, users
from process_server.identity.principal import SYSTEM
from process_server.tasks.context import instance
from process_server.tasks.deadlines.escalating import concerned
from process_server.tasks.deadlines.models import TaskMoment
from process_server.tasks.deadlines.moments import Step, calendar_of, later, write
from process_server.tasks.handling import decisions, handing
from process_server.tasks.handling.locking import PROCESS_KEY
from process_server.tasks.inbox import rule_calls
from process_server.tasks.models import UserTask
from process_server.tasks.telling import notifications
from process_server.tasks.telling.announcing import announce

_t, _m = table_of(UserTask), table_of(TaskMoment)
_COLUMNS = (
    "process_instance_id",
    "element_id",
    "state",
    "assignee",
    "candidate_users",
    "candidate_groups",
    "barred",
    "calendar",
    "due_at",
    "actions",
)
_DUE: Select[Any] = (
    select(
        _m.c.id.label("moment_id"),
        _m.c.kind,
        _m.c.at,
        _m.c.detail,
        _t.c.id,
        *(_t.c[name] for name in _COLUMNS),
        PROCESS_KEY.label("process_key"),
    )
    .join(_t, _t.c.id == _m.c.user_task_id)
    .join(instance, instance.c.id == _t.c.process_instance_id)
    .where(instance.c.suspended_at.is_(None))
    .where(literal_column("NOT task_moment.held AND task_moment.kind <> 'timeout'"), _m.c.at <= bindparam("before"))
    .order_by(_m.c.at, _m.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=[_m, _t], skip_locked=True)
)
_TAKE_OUT = delete(_m).where(_m.c.id.in_(bindparam("moments", expanding=True)))
_STAMP = {
    name: update(_t).where(_t.c.id.in_(bindparam("tasks", expanding=True))).values({name: bindparam("at")})
    for name in ("reminded_at", "escalated_at")
}
_HAND = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(
        assignee=bindparam("to"),
        candidate_users=bindparam("users"),
        candidate_groups=bindparam("groups"),
        claimed_at=null(),
        opened_at=null(),
        owner=null(),
        delegation=null(),
        revision=_t.c.revision + 1,
    )
)
_signer = _t.alias("signer")
_WAITED_FOR = select(_signer.c.assignee).where(
    _signer.c.parent_id == bindparam("task"), _signer.c.state == "open", _signer.c.assignee.is_not(None)
)


def sweep(session: Session, most: int = 200) -> int:
    """Do what is due to be done about tasks, at most so many moments; return how many there were.

    What else is due of a task that was handed on is left: it concerns who has it now.
    """
    rows = session.execute(_DUE, {"before": now(), "most": most}).all()
    if not rows:
        return 0
    told, done = _Telling(session), []
    for row in rows:
        if row.id not in told.handed:
            done.append(row.moment_id)
            if row.state in ("open", "held"):
                _HAPPENS[row.kind](told, row)
    session.execute(_TAKE_OUT, {"moments": done})
    told.write()
    return len(done)


class _Telling:
    """What one sweep tells and changes, gathered so that it takes few statements; people are looked up once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.notes: list[dict[str, Any]] = []
        self.reminded: list[UUID] = []
        self.escalated: list[UUID] = []
        self.handed: set[UUID] = set()
        self.again: list[dict[str, Any]] = []
        self._members = cache(partial(users.members, session))
        self._supervisors = cache(partial(approvers.supervisors, session, levels=(1, 1)))
        self._named = cache(partial(users.all_named, session))

    def tell(self, row: Row[Any], kind: str, people: Iterable[str], **params: str) -> None:
        """Tell people something about a task."""
        about = {"user_task_id": row.id, "process_instance_id": row.process_instance_id, "params": params}
        self.notes += [{"recipient": person, "kind": kind, **about} for person in sorted(set(people))]

    def write(self) -> None:
        """Write it all."""
        notifications.write(self.session, self.notes)
        for name, tasks in (("reminded_at", self.reminded), ("escalated_at", self.escalated)):
            if tasks:
                self.session.execute(_STAMP[name], {"tasks": tasks, "at": now()})
        write(self.session, self.again)

    def people(self, row: Row[Any]) -> list[str]:
        """Return who should do a task: its assignee, or everybody it is offered to; of one held its signers."""
        if row.state == "held":
            return list(self.session.scalars(_WAITED_FOR, {"task": row.id}))
        if row.assignee:
            return [row.assignee]
        members = self._members(*row.candidate_groups) if row.candidate_groups else []
        return sorted({*row.candidate_users, *members} - set(row.barred))

    def supervisor(self, person: str) -> str | None:
        """Return who somebody reports to."""
        return next(iter(self._supervisors(person)), None)

    def names(self, people: list[str]) -> Named:
        """Return how people are called, one after the other."""
        found = self._named(tuple(people))
        return Named.together(found.get(person, Named(person)) for person in people)


def _warn(told: _Telling, row: Row[Any]) -> None:
    """Say that a task will be due soon."""
    told.tell(row, "task_due_soon", told.people(row))


def _due(told: _Telling, row: Row[Any]) -> None:
    """Say that a task is due; where the model says so, to the supervisors of who should have done it as well."""
    told.reminded.append(row.id)
    if row.state == "held":
        return  # the signers it waits for have a due date of their own
    late = told.people(row)
    told.tell(row, "task_due", late)
    if (row.detail or {}).get("supervisor"):
        above = {boss for person in late if (boss := told.supervisor(person))} - set(late)
        told.tell(row, "task_escalated", above, assignee=told.names(late))


def _remind(told: _Telling, row: Row[Any]) -> None:
    """Remind again, and once more after the same time; times that were missed are not caught up on."""
    told.tell(row, "task_due", told.people(row))
    told.reminded.append(row.id)
    calendar, every = calendar_of(told.session, row.calendar), row.detail["every"]
    following = later(row.at, every, calendar)
    if following is not None and following <= now():
        following = later(now(), every, calendar)
    if following is not None:
        told.again.append(
            {"id": row.moment_id, "user_task_id": row.id, "kind": "remind", "at": following, "detail": row.detail}
        )


def _escalate(told: _Telling, row: Row[Any]) -> None:
    """Say to whom a step of the chain names that a task is late; where the step says so, give it to them."""
    late = told.people(row)
    step = Step(**row.detail["step"])
    above = concerned(told.session, step, late, row.process_key)
    told.escalated.append(row.id)
    heirs = _heirs(told, row, above.people) if step.reassign and row.state == "open" else []
    if heirs:
        _hand_on(told, row, step, heirs, late)
    told.tell(row, "task_escalated", set(above.everybody) - set(heirs), assignee=told.names(late))


def _heirs(told: _Telling, row: Row[Any], people: Iterable[str]) -> list[str]:
    """Return who can be given a task: nobody who may not decide it, or has another say in the same approval."""
    unfit = handing.unfit(told.session, row)
    return sorted(person for person in people if person not in unfit)


def _hand_on(told: _Telling, row: Row[Any], step: Step, heirs: list[str], late: list[str]) -> None:
    """Make a task somebody else's; several may claim it, and a group stays one."""
    group = [step.id] if step.kind == "group" else []
    alone = heirs[0] if len(heirs) == 1 else None
    told.session.execute(_HAND, {"task": row.id, "to": alone, "users": [] if group else heirs, "groups": group})
    decisions.record(
        told.session,
        "transfer",
        SYSTEM.user_id,
        instance_id=row.process_instance_id,
        task_id=row.id,
        element_id=row.element_id,
        people=heirs,
        reason_code="escalated",
    )
    told.handed.add(row.id)
    announce(told.session, people=[*heirs, *late], groups=group, tasks=[row.id])
    rule_calls.came(told.session, row.id)
    audit.record(told.session, None, "escalate", "user_task", row.id, before=row.assignee, after=heirs)
    told.tell(row, "task_reassigned", heirs, assignee=told.names(late))
    told.tell(row, "task_escalated", late, assignee=told.names(late))


def _offered(told: _Telling, row: Row[Any]) -> None:
    """Say that nobody has claimed a task yet."""
    if row.assignee is None:
        told.tell(row, "offered_waiting", told.people(row))


def _back(told: _Telling, row: Row[Any]) -> None:
    """Say that a task somebody had put off is back."""
    told.tell(row, "follow_up", [row.assignee] if row.assignee else told.people(row))


_HAPPENS: Mapping[str, Callable[[_Telling, Row[Any]], None]] = {
    "warn": _warn,
    "due": _due,
    "remind": _remind,
    "escalate": _escalate,
    "offered": _offered,
    "follow_up": _back,
}
