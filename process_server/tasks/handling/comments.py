"""What people write about a task or its process, and who is told of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, insert, select, tuple_

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import InvalidInput
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks.handling.models import Comment
from process_server.tasks.inbox import rule_calls, worklist
from process_server.tasks.telling import notifications, watchers

LONGEST = 10_000  # characters
MOST = 1_000  # comments at once
MOST_MENTIONED = 50  # people in one comment
_MENTION = re.compile(r"(?<![\w@.])@([^\s,;:/\"'<>{}$@,。;:!?、)()]{1,100})")

_c = table_of(Comment)
_INSERT = insert(table_of(Comment))
_ACTIVE = select(User.id).where(User.id.in_(bindparam("people", expanding=True)), User.active, ~User.service)
_LIST = (
    select(
        _c.c.id,
        _c.c.user_task_id,
        _c.c.author,
        User.name.label("author_name"),
        User.name_en.label("author_name_en"),
        _c.c.text,
        _c.c.created_at,
    )
    .outerjoin_from(_c, User, User.id == _c.c.author)
    .order_by(_c.c.created_at.desc(), _c.c.id.desc())
    .limit(bindparam("most"))
)
_BEFORE = tuple_(_c.c.created_at, _c.c.id) < tuple_(bindparam("at"), bindparam("id"))
_OF_INSTANCE = _LIST.where(_c.c.process_instance_id == bindparam("instance"))
_OF_TASK = _LIST.where(_c.c.user_task_id == bindparam("task"))
_AUTHORS = select(_c.c.author).where(_c.c.user_task_id == bindparam("task")).distinct()
_COMMENTED = (
    select(_c.c.user_task_id)
    .where(_c.c.process_instance_id.in_(bindparam("instances", expanding=True)), _c.c.user_task_id.is_not(None))
    .distinct()
)


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment with the name of its author."""

    id: UUID
    user_task_id: UUID | None
    author: str
    author_name: str | None
    author_name_en: str | None
    text: str
    created_at: datetime


def comment_on_task(session: Session, task_id: UUID, principal: Principal, text: str) -> UUID:
    """Write about a task that the user may see; its assignee and who wrote before are told. Return the comment's id."""
    task = worklist.find_task(session, task_id, principal)
    identifier = _write(session, task.process_instance_id, task_id, principal, text)
    mentioned = _tell_mentioned(session, task.process_instance_id, task_id, principal, text)
    rule_calls.changed(session, task_id)
    concerned = {task.assignee, *session.scalars(_AUTHORS, {"task": task_id})}
    told = [person for person in concerned - mentioned if person and person != principal.user_id]
    _tell_watchers(session, task.process_instance_id, task_id, principal, {*told, *mentioned})
    notifications.notify(
        session,
        told,
        "comment",
        user_task_id=task_id,
        process_instance_id=task.process_instance_id,
        params={"author": principal.named},
    )
    return identifier


def commented_tasks(session: Session, instance_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which tasks of instances somebody wrote about."""
    return frozenset(session.scalars(_COMMENTED, {"instances": list(instance_ids)}))


def comment_on_instance(session: Session, instance_id: UUID, principal: Principal, text: str) -> UUID:
    """Write about a whole process; the caller has checked that the user may see it. Return the comment's id."""
    identifier = _write(session, instance_id, None, principal, text)
    mentioned = _tell_mentioned(session, instance_id, None, principal, text)
    _tell_watchers(session, instance_id, None, principal, mentioned)
    return identifier


def comments_of(
    session: Session, instance_id: UUID, limit: int = MOST, before: tuple[datetime, UUID] | None = None
) -> list[CommentRow]:
    """Return comments on an instance and its tasks, the newest first; the caller has checked who asks."""
    return _page(session, _OF_INSTANCE, {"instance": instance_id}, limit, before)


def comments_on(
    session: Session, task_id: UUID, limit: int = MOST, before: tuple[datetime, UUID] | None = None
) -> list[CommentRow]:
    """Return comments on a task, the newest first; the caller has checked who asks."""
    return _page(session, _OF_TASK, {"task": task_id}, limit, before)


def _page(
    session: Session, wanted: Select[Any], given: dict[str, Any], limit: int, before: tuple[datetime, UUID] | None
) -> list[CommentRow]:
    if before is not None:
        wanted, given = wanted.where(_BEFORE), {**given, "at": before[0], "id": before[1]}
    return [CommentRow(*row) for row in session.execute(wanted, {**given, "most": limit})]


def _tell_mentioned(
    session: Session, instance_id: UUID, task_id: UUID | None, principal: Principal, text: str
) -> set[str]:
    """Tell whoever is mentioned as `@login`; return who it is. To be mentioned lets nobody see what they may not."""
    named = {name.rstrip(".") for name in _MENTION.findall(text)[:MOST_MENTIONED]}
    people = set(session.scalars(_ACTIVE, {"people": sorted(named)})) - {principal.user_id} if named else set()
    notifications.notify(
        session,
        people,
        "mention",
        user_task_id=task_id,
        process_instance_id=instance_id,
        params={"author": principal.named},
    )
    return people


def _tell_watchers(
    session: Session, instance_id: UUID, task_id: UUID | None, principal: Principal, told: set[str]
) -> None:
    watching = set(watchers.find(session, instance_id)) - told - {principal.user_id}
    watchers.tell(session, watching, "watched_comment", instance_id, task_id, author=principal.name)


def _write(session: Session, instance_id: UUID, task_id: UUID | None, principal: Principal, text: str) -> UUID:
    text = text.replace("\0", "").strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidInput([{"field": "text", "code": "length", "params": {"minimum": 1, "maximum": LONGEST}}])
    identifier = new_id()
    session.execute(
        _INSERT,
        {
            "id": identifier,
            "process_instance_id": instance_id,
            "user_task_id": task_id,
            "author": principal.user_id,
            "text": text,
            "created_at": now(),
        },
    )
    return identifier
