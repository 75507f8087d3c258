"""Stand-ins: who works for whom while they are away, from when to when, in which processes.

A stand-in sees and works the other's tasks on their behalf; both names are kept with what they decide. It is not
handed on: whoever stands in for a stand-in does not get what that one stands in for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, any_, bindparam, func, insert, literal_column, or_, select, update

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import Invalid, NotAllowed, NotFound
from process_server.i18n import Named
from process_server.identity import accounts, audit, team, users
from process_server.identity.models import StandIn
from process_server.identity.principal import Principal

_s = table_of(StandIn)
_INSERT = insert(_s)
_SHOWN = [column for column in _s.c if column is not _s.c.told_at]
_MINE = select(*_SHOWN).where(or_(_s.c.user_id == bindparam("me"), _s.c.substitute_id == bindparam("me")))
_ALL = select(*_SHOWN)
_ONE = select(*_SHOWN).where(_s.c.id == bindparam("stand_in"))
_AWAY = select(_s.c.user_id).where(
    _s.c.user_id.in_(bindparam("people", expanding=True)),
    _s.c.starts_at <= bindparam("at"),
    or_(_s.c.ends_at.is_(None), _s.c.ends_at > bindparam("at")),
    or_(_s.c.process_keys == literal_column("'{}'"), bindparam("process", type_=Text()) == any_(_s.c.process_keys)),
)
_END = (
    update(_s)
    .where(_s.c.id == bindparam("stand_in"))
    .values(ends_at=bindparam("at"), starts_at=func.least(_s.c.starts_at, bindparam("at", type_=_s.c.starts_at.type)))
)


@dataclass(frozen=True, slots=True)
class StandInRow:
    """Who works for whom; without `process_keys` in every process, without an end until it is ended."""

    id: UUID
    user_id: str
    substitute_id: str
    starts_at: datetime
    ends_at: datetime | None
    process_keys: list[str]
    created_by: str
    created_at: datetime

    @property
    def in_force(self) -> bool:
        """Whether it holds now."""
        return self.starts_at <= now() and (self.ends_at is None or now() < self.ends_at)


def create(
    session: Session,
    user_id: str,
    substitute_id: str,
    *,
    principal: Principal,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    process_keys: Sequence[str] = (),
) -> StandInRow:
    """Let somebody work for a person from an instant (default: now) to another, in some processes or in all.

    The person may say so, who manages them, an administrator. Raises NotAllowed, NotFound, Invalid.
    """
    _require_may_arrange(session, user_id, principal)
    users.find(session, user_id)
    substitute = users.find(session, substitute_id)
    if user_id == substitute_id:
        raise Invalid("Nobody stands in for themselves.")
    if not substitute.active:
        raise NotAllowed("{person} is no longer active.", person=Named(substitute.name, substitute.name_en))
    if substitute.service:
        raise NotAllowed(
            "{person} is a service account: it stands in for nobody.", person=Named(substitute.name, substitute.name_en)
        )
    starts_at = starts_at or now()
    if ends_at is not None and ends_at <= max(starts_at, now()):
        raise Invalid("This ends before it begins, or has ended already.")
    row = StandInRow(
        new_id(), user_id, substitute_id, starts_at, ends_at, sorted(set(process_keys)), principal.user_id, now()
    )
    session.execute(_INSERT, {name: getattr(row, name) for name in StandInRow.__slots__})
    accounts.forget(session, substitute_id)
    audit.record(session, principal.user_id, "stand_in", "user", user_id, substitute=substitute_id, until=ends_at)
    return row


def list_stand_ins(session: Session, principal: Principal, *, user_id: str | None = None) -> list[StandInRow]:
    """Return who stands in for the user and for whom they do, the latest first.

    Of another person only who manages them and administrators may ask; they get the same of that person. An
    administrator who names nobody gets all.
    """
    if user_id is None and principal.admin:
        statement, given = _ALL, dict[str, str]()
    else:
        person = user_id or principal.user_id
        _require_may_arrange(session, person, principal)
        statement, given = _MINE, {"me": person}
    return [StandInRow(*row) for row in session.execute(_newest(statement), given)]


def _newest(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(_s.c.starts_at.desc(), _s.c.id.desc()).limit(500)


def in_force(person: str, at: str, process_key: str) -> str:
    """Return the SQL by which rows of `stand_in` hold: for a person at an instant in a process, all SQL expressions."""
    return (
        f"stand_in.user_id = {person} AND stand_in.starts_at <= {at}"
        f" AND (stand_in.ends_at IS NULL OR stand_in.ends_at > {at})"
        f" AND (stand_in.process_keys = '{{}}' OR {process_key} = ANY (stand_in.process_keys))"
    )


def away(session: Session, people: Collection[str], process_key: str) -> frozenset[str]:
    """Return those of the people for whom somebody stands in now, in all processes or in this one."""
    given = {"people": list(people), "at": now(), "process": process_key}
    return frozenset(session.scalars(_AWAY, given)) if people else frozenset()


def end(session: Session, stand_in_id: UUID, *, principal: Principal) -> None:
    """End a stand-in now: the person, the one who stands in, who manages the person, an administrator may.

    One that has ended already stays as it is. Raises NotFound, NotAllowed.
    """
    found = session.execute(_ONE, {"stand_in": stand_in_id}).one_or_none()
    if found is None:
        raise NotFound(kind="stand-in", id=stand_in_id)
    row = StandInRow(*found)
    if principal.user_id != row.substitute_id:
        _require_may_arrange(session, row.user_id, principal)
    if row.ends_at is not None and row.ends_at <= now():
        return
    session.execute(_END, {"stand_in": stand_in_id, "at": now()})
    accounts.forget(session, row.substitute_id)
    audit.record(session, principal.user_id, "end_stand_in", "user", row.user_id, substitute=row.substitute_id)


def _require_may_arrange(session: Session, user_id: str, principal: Principal) -> None:
    if not (principal.admin or principal.user_id == user_id or team.manages(session, principal.user_id, [user_id])):
        person = users.named(session, user_id)
        raise NotAllowed("Only {person}, who manages them and administrators may do this.", person=person)
