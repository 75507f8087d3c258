"""Who may look at a process instance: administrators, its initiator, who works on it or may, and their supervisor."""

from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, exists, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.bpmn.models import ProcessInstance
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask

_task = UserTask.__table__
_instance = ProcessInstance.__table__
_tree = _instance.alias("tree")

_ME: ColumnElement[str] = bindparam("me")
_ROOT = select(_instance.c.root_id).where(_instance.c.id == bindparam("instance")).scalar_subquery()
_OFFERED = and_(
    _task.c.state == "open",
    _task.c.assignee.is_(None),
    or_(
        _task.c.candidate_users.contains(cast(bindparam("own"), ARRAY(Text))),
        _task.c.candidate_groups.overlap(cast(bindparam("groups"), ARRAY(Text))),
    ),
)
_OF_TEAM = and_(_task.c.state == "open", _task.c.assignee.in_(select(User.id).where(User.supervisor_id == _ME)))
_WORKED = exists().where(
    _task.c.process_instance_id == _tree.c.id,
    or_(_task.c.assignee == _ME, _task.c.completed_by == _ME, _OFFERED, _OF_TEAM),
)
_IS_THERE = select(exists().where(_instance.c.id == bindparam("instance")))
_SEES = select(exists().where(_tree.c.root_id == _ROOT, or_(_tree.c.initiator == _ME, _WORKED)))


def may_see(session: Session, instance_id: UUID, actor: Principal) -> bool:
    """Say whether somebody may look at an instance; the instances it calls, and that called it, count as one."""
    if actor.admin:
        return True
    given = {
        "instance": instance_id,
        "me": actor.user_id,
        "own": [actor.user_id],
        "groups": sorted(actor.groups),
    }
    return bool(session.execute(_SEES, given).scalar_one())


def require_visible(session: Session, instance_id: UUID, actor: Principal) -> None:
    """Raise NotFound where there is no such instance, or somebody may not even know of it."""
    there = not actor.admin or session.execute(_IS_THERE, {"instance": instance_id}).scalar_one()
    if not there or not may_see(session, instance_id, actor):
        raise NotFound(kind="process instance", id=instance_id)
