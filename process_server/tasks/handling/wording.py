"""What a task is called, what is said of it, and who it goes back to: changed by hand."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update

from process_server.db import Session, table_of
from process_server.errors import InvalidInput, NotAllowed
from process_server.identity import audit, users
from process_server.identity.principal import Principal
from process_server.tasks.handling.locking import lock_open, may_hand_on
from process_server.tasks.models import UserTask
from process_server.tasks.telling.announcing import announce

LONGEST = {"name": 500, "description": 10_000}  # characters
CHANGEABLE = ("name", "description", "owner")

_t = table_of(UserTask)
_THIS = update(_t).where(_t.c.id == bindparam("task"))


def change(session: Session, task_id: UUID, principal: Principal, changes: Mapping[str, Any]) -> int:
    """Change some of `CHANGEABLE`, None takes away; return the new revision. Whoever may hand the task on may.

    A name given by hand is the same in every language. Raises NotFound, NotAllowed, InvalidInput, AlreadyCompleted.
    """
    task = lock_open(session, task_id, principal)
    if not may_hand_on(session, task, principal):
        raise NotAllowed
    wanted = {name: changes[name] for name in CHANGEABLE if name in changes}
    for name, longest in LONGEST.items():
        text = wanted.get(name)
        if (name == "name" and name in wanted and not text) or len(text or "") > longest or "\0" in (text or ""):
            raise InvalidInput([{"field": name, "code": "invalid", "params": {}}])
    if wanted.get("owner") is not None:
        users.find(session, wanted["owner"])
    renamed = {"name_en": None} if "name" in wanted else {}
    session.execute(_THIS.values(**wanted, **renamed, revision=_t.c.revision + 1), {"task": task_id})
    announce(session, people=[task.assignee, *task.candidate_users], groups=task.candidate_groups, tasks=[task_id])
    old = {name: getattr(task, name) for name in wanted}
    audit.record(session, principal.user_id, "change", "user_task", task_id, before=old, after=wanted)
    return int(task.revision) + 1
