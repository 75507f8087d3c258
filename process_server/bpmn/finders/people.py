"""Users and groups, sought by what they are called and who belongs to whom."""

from uuid import UUID

from sqlalchemy import ColumnElement, Text, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.bpmn.finders.conditions import alike, among, equal, nowhere
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import ProcessDefinition
from process_server.db import table_of
from process_server.identity.models import Group, Membership, User

_user, _group, _membership = table_of(User), table_of(Group), table_of(Membership)
_definition = table_of(ProcessDefinition)

_LAST_NAME: ColumnElement[str] = literal("")
"""A name is kept as one, and shown as the first."""


def _starter_of(definition_id: UUID) -> ColumnElement[bool]:
    """Select who may start a version of a process: everybody, where it names nobody."""
    groups = select(func.array_agg(_membership.c.group_id, type_=ARRAY(Text))).where(
        _membership.c.user_id == _user.c.id
    )
    starters = _definition.c.candidate_starters
    return exists().where(
        _definition.c.id == definition_id,
        or_(
            func.cardinality(starters) == 0,
            _user.c.admin,
            _user.c.id == func.any(starters),
            starters.overlap(groups.scalar_subquery()),
        ),
    )


USERS = Finder(
    kind="user",
    select_from=_user,
    columns={name: _user.c[name] for name in ("id", "name", "name_en", "email")},
    conditions={
        **nowhere("member_of_tenant"),
        "id": equal(_user.c.id),
        "id_in": among(_user.c.id),
        "name": equal(_user.c.name),
        "name_like": alike(_user.c.name),
        "last_name": equal(_LAST_NAME),
        "last_name_like": alike(_LAST_NAME),
        "email": equal(_user.c.email),
        "email_like": alike(_user.c.email),
        "member_of_group": lambda group: exists().where(
            _membership.c.user_id == _user.c.id, _membership.c.group_id == group
        ),
        "potential_starter": _starter_of,
    },
    sortings={"id": _user.c.id, "name": _user.c.name, "email": _user.c.email},
    key=_user.c.id,
    visible=lambda statement, _actor, _few: statement.where(_user.c.active),
)
GROUPS = Finder(
    kind="group",
    select_from=_group,
    columns={name: _group.c[name] for name in ("id", "name", "name_en")},
    conditions={
        **nowhere("member_of_tenant"),
        "id": equal(_group.c.id),
        "id_in": among(_group.c.id),
        "name": equal(_group.c.name),
        "name_like": alike(_group.c.name),
        "type": lambda value: literal(value) == "WORKFLOW",
        "member": lambda user: exists().where(_membership.c.group_id == _group.c.id, _membership.c.user_id == user),
    },
    sortings={"id": _group.c.id, "name": _group.c.name},
    key=_group.c.id,
)
