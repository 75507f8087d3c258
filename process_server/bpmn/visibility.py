"""Who may look at a process instance: administrators, its initiator, who works on it or may, and who manages them.

Who was offered a task of it still sees it after somebody else took the task; who stands in for another person sees
what that person works on, in the processes it concerns; so does everybody who was sent a copy.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.db import Session, table_of
from process_server.errors import NotAllowed, NotFound
from process_server.forms import files
from process_server.i18n import Named
from process_server.identity import team, users
from process_server.identity.principal import Principal
from process_server.tasks.handling.models import Copy
from process_server.tasks.models import UserTask

_task, _copy = table_of(UserTask), table_of(Copy)
_instance, _definition = table_of(ProcessInstance), table_of(ProcessDefinition)
_tree = _instance.alias("tree")


def _texts(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(value, ARRAY(Text))


# what is compared is an array each time: a subquery among alternatives would keep their indexes from being read
_ME: ColumnElement[str] = bindparam("me")
_TEAM = func.array(team.MEMBERS.scalar_subquery(), type_=ARRAY(Text))
_OWN, _GROUPS, _AWAY = (_texts(bindparam(name)) for name in ("own", "groups", "away"))
_ROOT = select(_instance.c.root_id).where(_instance.c.id == bindparam("instance")).scalar_subquery()

_NONE: ColumnElement[Any] = literal_column("'{}'")  # as the predicates of the indexes say it
_BY_NAME, _BY_GROUP = _task.c.candidate_users != _NONE, _task.c.candidate_groups != _NONE
_OFFERED = or_(
    and_(_BY_NAME, _task.c.candidate_users.overlap(_OWN)), and_(_BY_GROUP, _task.c.candidate_groups.overlap(_GROUPS))
)
_key = select(_definition.c.key).where(_definition.c.id == _task.c.definition_id).scalar_subquery()
_represented = cast(bindparam("represented", type_=JSONB()), JSONB)
_people = func.array_append(_task.c.candidate_users, _task.c.assignee, type_=ARRAY(Text))
_REPRESENTED = and_(
    or_(_task.c.assignee == func.any(_AWAY), and_(_BY_NAME, _task.c.candidate_users.overlap(_AWAY))),
    or_(_represented[""].has_any(_people), _represented[_key].has_any(_people)),
)
_WORKED = or_(
    _task.c.assignee == _ME,
    _task.c.completed_by == _ME,
    _task.c.owner == _ME,
    _OFFERED,
    _REPRESENTED,
    _task.c.assignee == func.any(_TEAM),
)
_BEGAN = or_(_tree.c.initiator == _ME, _tree.c.initiator == func.any(_TEAM))
_COPIED = _copy.c.recipient == _ME

_IS_THERE = select(exists().where(_instance.c.id == bindparam("instance")))
_PART = or_(
    _BEGAN,
    exists().where(_task.c.process_instance_id == _tree.c.id, _WORKED),
    exists().where(_copy.c.process_instance_id == _tree.c.id, _COPIED),
)
_SEES = select(exists().where(_tree.c.root_id == _ROOT, _PART))
_SEES_EACH = exists().where(_tree.c.root_id == _instance.c.root_id, _PART)
_SEEN = union(
    select(_tree.c.root_id).where(_BEGAN),
    select(_tree.c.root_id).join(_task, _task.c.process_instance_id == _tree.c.id).where(_WORKED),
    select(_tree.c.root_id).join(_copy, _copy.c.process_instance_id == _tree.c.id).where(_COPIED),
)
"""The same as `_PART` says of one instance, found for all from what somebody has to do with: each part by its index."""


def may_see(session: Session, instance_id: UUID, actor: Principal) -> bool:
    """Say whether somebody may look at an instance; the instances it calls, and that called it, count as one."""
    if actor.admin:
        return True
    return bool(session.execute(_SEES, {"instance": instance_id, **_of(actor)}).scalar_one())


def only_visible(statement: Select[Any], actor: Principal, few: bool = False) -> Select[Any]:
    """Narrow a statement about process instances to those somebody may look at.

    Of `few` instances each is looked at; for many, all that are seen are found first.
    """
    if actor.admin:
        return statement
    seen = _SEES_EACH if few else _instance.c.root_id.in_(_SEEN)
    return statement.where(seen).params(**_of(actor))


def _of(actor: Principal) -> dict[str, Any]:
    return {
        "me": actor.user_id,
        "own": [actor.user_id],
        "groups": sorted(actor.groups),
        "away": sorted(actor.stands_in_for),
        "represented": actor.represented(),
    }


def require_visible(session: Session, instance_id: UUID, actor: Principal) -> None:
    """Raise NotFound where there is no such instance, or somebody may not even know of it."""
    there = not actor.admin or session.execute(_IS_THERE, {"instance": instance_id}).scalar_one()
    if not there or not may_see(session, instance_id, actor):
        raise NotFound(kind="process instance", id=instance_id)


def may_read_file(session: Session, file: Any, actor: Principal) -> bool:
    """Say whether somebody may read an uploaded file: their own, and those of cases they see. `file` is its row."""
    if actor.admin or file.uploaded_by == actor.user_id:
        return True
    return any(may_see(session, instance, actor) for instance in files.uses_of(session, file.id))


def may_start(actor: Principal, candidate_starters: list[str]) -> bool:
    """Say whether somebody may start a process: all may when no candidate starters are named."""
    return (
        actor.admin
        or not candidate_starters
        or actor.user_id in candidate_starters
        or not actor.groups.isdisjoint(candidate_starters)
    )


def require_may_start(session: Session, actor: Principal, candidate_starters: list[str], process: Named) -> None:
    """Raise NotAllowed, naming who may, unless somebody may start a process."""
    if not may_start(actor, candidate_starters):
        starters = users.everybody_named(session, candidate_starters)
        raise NotAllowed("Only {starters} may start {process}.", starters=starters, process=process)
