"""Telling who watches a case what happens in it: what is decided and written, that it is stuck, that it is over."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Uuid, and_, bindparam, func, or_, select

from process_server.db import Session, table_of
from process_server.identity import users
from process_server.identity.models import User
from process_server.tasks.context import instance
from process_server.tasks.handling.models import Watch
from process_server.tasks.telling import notifications

DECISIONS: Mapping[str, str] = {
    "approve": "watched_approved",
    "reject": "watched_rejected",
    "submit": "watched_completed",
    "return": "watched_returned",
    "transfer": "watched_transferred",
    "recall": "watched_recalled",
    "undo": "watched_recalled",
    "withdraw": "watched_withdrawn",
    "timeout": "watched_timeout",
}
"""The news of each decision that takes a case on, back or to somebody else."""

_w, _u = table_of(Watch), table_of(User)


def of_case(case: ColumnElement[UUID]) -> ScalarSelect[list[str]]:
    """Return who watches a case, or the one that called it, as a value of a statement; null where nobody does."""
    root = select(instance.c.root_id).where(instance.c.id == case).scalar_subquery()
    return (
        select(func.array_agg(_w.c.user_id.distinct()))
        .join_from(_w, _u, and_(_u.c.id == _w.c.user_id, _u.c.active))
        .where(or_(_w.c.process_instance_id == case, _w.c.process_instance_id == root))
        .scalar_subquery()
    )


_OF_CASE = select(of_case(bindparam("case", type_=Uuid())))


def find(session: Session, instance_id: UUID) -> list[str]:
    """Return who watches a case, or the one that called it."""
    return session.execute(_OF_CASE, {"case": instance_id}).scalar_one() or []


def tell_of_decision(
    session: Session,
    watching: Collection[str],
    action: str,
    actor: str,
    *,
    instance_id: UUID,
    task_id: UUID | None,
    but: Collection[str] = (),
) -> None:
    """Tell of a decision, `but` not those whom it concerns: they are told by itself."""
    told = set(watching) - {actor, *but}
    if told and action in DECISIONS:
        tell(session, told, DECISIONS[action], instance_id, task_id, author=users.named(session, actor))


def tell(
    session: Session,
    watching: Collection[str],
    kind: str,
    instance_id: UUID,
    task_id: UUID | None = None,
    **params: Any,
) -> None:
    """Tell people who watch a case something of it."""
    notifications.notify(session, watching, kind, user_task_id=task_id, process_instance_id=instance_id, params=params)
