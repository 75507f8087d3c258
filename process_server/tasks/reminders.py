"""Due dates: whoever should work a task is reminded once when it is due, and the supervisor is told once.

Both happen in one transaction for the rows it claims, SKIP LOCKED, so that any number of workers sweep without telling
anybody twice. Moving a due date arms both again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime, get_timezone
from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.engine import Row

from process_server import i18n
from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.identity import users
from process_server.identity.models import User
from process_server.tasks import mail, notifications
from process_server.tasks.context import instance
from process_server.tasks.models import UserTask

GRACE = timedelta()
"""How long after it was due a task is escalated. Here a working calendar will count working hours instead."""

_t = table_of(UserTask)
_COLUMNS = (
    _t.c.id,
    _t.c.process_instance_id,
    _t.c.name,
    _t.c.assignee,
    _t.c.candidate_users,
    _t.c.candidate_groups,
    _t.c.due_at,
)
_OPEN = (_t.c.state == literal_column("'open'"), _t.c.escalated_at.is_(None), _t.c.due_at <= bindparam("before"))


def _claim(*, stamp: str) -> Any:
    rows = (
        select(_t.c.id).where(*_OPEN).order_by(_t.c.due_at).limit(bindparam("most")).with_for_update(skip_locked=True)
    )
    if stamp == "reminded_at":
        rows = rows.where(_t.c.reminded_at.is_(None))
    return (
        update(table_of(UserTask))
        .where(_t.c.id.in_(rows.scalar_subquery()))
        .values({stamp: bindparam("at")})
        .returning(*_COLUMNS)
    )


_REMIND = _claim(stamp="reminded_at")
_ESCALATE = _claim(stamp="escalated_at")
_KEYS = select(instance.c.id, instance.c.business_key).where(instance.c.id.in_(bindparam("ids", expanding=True)))


def remind_due(session: Session, most: int = 200) -> int:
    """Remind the assignees of tasks that became due, or else their candidates; return how many tasks it were."""
    rows = _claimed(session, _REMIND, now(), most)
    for row in rows:
        people = [row.task.assignee] if row.task.assignee else _candidates(session, row.task)
        _tell(session, people, "task_due", row)
    return len(rows)


def escalate_due(session: Session, most: int = 200) -> int:
    """Tell the supervisors of those who should have worked tasks that are overdue; return how many tasks it were."""
    rows = _claimed(session, _ESCALATE, now() - GRACE, most)
    for row in rows:
        late = [row.task.assignee] if row.task.assignee else _candidates(session, row.task)
        supervisors = {users.supervisor(session, person) for person in late} - {None, *late}
        _tell(session, filter(None, supervisors), "task_escalated", row, assignee=_names(session, late))
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Due:
    task: Row[Any]
    business_key: str | None


def _claimed(session: Session, statement: Any, before: datetime, most: int) -> list[_Due]:
    rows = session.execute(statement, {"before": before, "at": now(), "most": most}).all()
    if not rows:
        return []
    found = session.execute(_KEYS, {"ids": [row.process_instance_id for row in rows]})
    keys = {row.id: row.business_key for row in found}
    return [_Due(row, keys.get(row.process_instance_id)) for row in rows]


def _candidates(session: Session, task: Row[Any]) -> list[str]:
    return sorted({*task.candidate_users, *users.members(session, *task.candidate_groups)})


def _names(session: Session, people: list[str]) -> str:
    names = users.names_of(session, people)
    return ", ".join(names.get(person, person) for person in people)


def _tell(session: Session, people: Iterable[str], kind: str, due: _Due, **params: str) -> None:
    recipients = sorted(set(people))
    task_id, instance_id = due.task.id, due.task.process_instance_id
    notifications.notify(
        session, recipients, kind, user_task_id=task_id, process_instance_id=instance_id, params=params
    )
    for person in session.scalars(select(User).where(User.id.in_(recipients), User.active)):
        if not mail.is_address(person.email):
            continue
        subject, body = _letter(person.language, kind, due, params)
        mail.write_mail(
            session,
            [person.email or ""],
            subject,
            body,
            user_task_id=task_id,
            process_instance_id=instance_id,
        )


def _letter(language: str | None, kind: str, due: _Due, params: dict[str, str]) -> tuple[str, str]:
    """Return subject and body of the mail that goes with a notification."""
    name = " ".join(filter(None, (due.task.name, due.business_key)))
    subject = i18n.translate(language, notifications.TEXTS[kind], task=name, **params)
    when = format_datetime(due.task.due_at, "short", get_timezone(settings().time_zone), i18n.locale(language))
    lines = [i18n.translate(language, "{task} was due at {when}.", task=name, when=when)]
    if settings().base_url:
        lines.append(f"{settings().base_url.rstrip('/')}/t/{due.task.id}")
    return subject, "\n\n".join(lines) + "\n"
