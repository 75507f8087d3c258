"""Whom a step of an escalation chain concerns: people who are there, or else whoever comes after them.

Who is no longer active is passed over for whom they report to. Who is away is told, and so is whom they report to:
somebody has to hear it. Where nobody is found, administrators are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from process_server.config import settings
from process_server.db import Session
from process_server.identity import approvers, stand_ins, users
from process_server.identity.models import User
from process_server.tasks.deadlines.moments import Step

_ADMINISTRATORS = select(User.id).where(User.admin, User.active, ~User.service).order_by(User.id)
_ANY_LEVEL = (1, 50)


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who is told, and could be given the task; `besides` are told since one of them is away."""

    people: tuple[str, ...]
    besides: tuple[str, ...] = ()

    @property
    def everybody(self) -> list[str]:
        """Whoever is told, each once."""
        return sorted({*self.people, *self.besides})


def concerned(session: Session, step: Step, late: Sequence[str], process_key: str) -> Concerned:
    """Return whom a step concerns when these people are late in a process."""
    people = tuple(dict.fromkeys(person for person in _named(session, step, late) if person not in late))
    if not people:
        return Concerned((), _administrators(session))
    if step.kind in ("user", "group"):
        return Concerned(people)
    away = stand_ins.away(session, people, process_key)
    beyond = (boss for person in people if person in away for boss in approvers.supervisors(session, person, (1, 1)))
    return Concerned(people, tuple(boss for boss in beyond if boss not in late))


def _named(session: Session, step: Step, late: Sequence[str]) -> Sequence[str]:
    match step.kind:
        case "supervisor":
            return [boss for person in late for boss in approvers.supervisors(session, person, (1, 1))]
        case "department_head":
            return [head for person in late for head in _head(session, person)]
        case "group":
            return users.members(session, step.id)
        case _:
            return approvers.active(session, [step.id])


def _head(session: Session, person: str) -> Sequence[str]:
    """Return the head of somebody's department, or the nearest above it who is not they themselves."""
    department = approvers.department_of(session, person)
    heads = approvers.heads(session, department, _ANY_LEVEL) if department else ()
    return [head for head in heads if head != person][:1]


def _administrators(session: Session) -> tuple[str, ...]:
    group = settings().administrator_group
    return tuple((users.members(session, group) if group else ()) or session.scalars(_ADMINISTRATORS))
