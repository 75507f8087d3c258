"""To whom a task is offered: changed by hand while nobody, or somebody, has it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from process_server.db import Session, table_of
from process_server.errors import InvalidInput, NotAllowed, NotFound
from process_server.identity import audit, users
from process_server.identity.models import Group
from process_server.identity.principal import Principal
from process_server.tasks.handling.locking import lock_open, may_hand_on
from process_server.tasks.models import UserTask
from process_server.tasks.permission import require_not_barred
from process_server.tasks.telling import notifications
from process_server.tasks.telling.announcing import announce

MOST = 100  # people, and groups

_t = table_of(UserTask)
_THIS = update(_t).where(_t.c.id == bindparam("task"))
_GROUPS = select(Group.id).where(Group.id.in_(bindparam("groups", expanding=True)))


def offer(
    session: Session,
    task_id: UUID,
    principal: Principal,
    *,
    people: Iterable[str],
    groups: Iterable[str],
    revision: int | None = None,
) -> int:
    """Offer a task to these people and groups and to nobody else; return its new revision.

    Who may hand it on may. People it was not offered to before are told, unless somebody has it. Raises NotFound (also
    for people and groups there are not), NotAllowed, InvalidInput, AlreadyCompleted, StaleRevision.
    """
    task = lock_open(session, task_id, principal, revision)
    if not may_hand_on(session, task, principal):
        raise NotAllowed
    named, offered = list(dict.fromkeys(people)), list(dict.fromkeys(groups))
    if max(len(named), len(offered)) > MOST:
        raise InvalidInput([{"field": "candidates", "code": "too_many", "params": {"maximum": MOST}}])
    added = [person for person in named if person not in task.candidate_users]
    _require_known(session, task, added, [group for group in offered if group not in task.candidate_groups])
    changes = {"candidate_users": named, "candidate_groups": offered, "revision": _t.c.revision + 1}
    session.execute(_THIS.values(changes), {"task": task_id})
    concerned = {task.assignee, *task.candidate_users, *named}
    announce(session, people=concerned, groups={*task.candidate_groups, *offered}, tasks=[task_id])
    if task.assignee is None:
        told = [person for person in added if person != principal.user_id]
        notifications.notify(
            session, told, "task_offered", user_task_id=task_id, process_instance_id=task.process_instance_id
        )
    old = {"people": task.candidate_users, "groups": task.candidate_groups}
    audit.record(
        session,
        principal.user_id,
        "offer",
        "user_task",
        task_id,
        before=old,
        after={"people": named, "groups": offered},
    )
    return int(task.revision) + 1


def _require_known(session: Session, task: Any, people: list[str], groups: list[str]) -> None:
    for person in people:
        users.find(session, person)
    require_not_barred(task, people)
    missing = set(groups) - set(session.scalars(_GROUPS, {"groups": groups}))
    if missing:
        raise NotFound(kind="group", id=min(missing))
