"""Loading people from a TOML file: departments, groups and users, as often as one likes.

[[department]]
id = "sales-east"
name = "华东销售部"
name_en = "Sales East"
parent = "sales"
head = "chen"

[[group]]
id = "sales-director"
name = "销售总监"

[[user]]
id = "chen"
name = "陈静"
department = "sales-east"
supervisor = "liu"
groups = ["sales", "sales-director"]
password = "demo"              # only when the user is created: a later change is kept
attributes = { region = "east" }
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from process_server import toml_files
from process_server.db import Session
from process_server.errors import FieldProblem, InvalidInput
from process_server.identity import accounts, audit, users
from process_server.identity.models import Department, Group, User


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    name_en: str | None = None


class _Department(_Entry):
    parent: str | None = None
    head: str | None = None


class _User(_Entry):
    email: str | None = None
    department: str | None = None
    supervisor: str | None = None
    groups: list[str] = Field(default_factory=list)
    admin: bool = False
    active: bool | None = None  # None: as it is, for a new user active
    language: str | None = None
    password: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class Organisation(BaseModel):
    """The content of a file."""

    model_config = ConfigDict(extra="forbid")

    department: list[_Department] = Field(default_factory=list)
    group: list[_Entry] = Field(default_factory=list)
    user: list[_User] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much a file held, and how many of its users are new."""

    departments: int
    groups: int
    users: int
    created: int


def load_organisation(session: Session, path: Path) -> Loaded:
    """Bring departments, groups and users to what the file says; who is not in it stays as they are.

    Raises InvalidInput naming the entry: malformed TOML, an unknown key, or a name that the file and the server lack.
    """
    organisation = read_organisation(path)
    _check_names(session, organisation)
    _load_departments(session, organisation.department)
    for group in organisation.group:
        _upsert(session, Group, {"id": group.id, "name": group.name, "name_en": group.name_en})
    created = sum(_load_user(session, user) for user in organisation.user)
    for user in organisation.user:  # a supervisor may stand below
        session.execute(update(User).where(User.id == user.id).values(supervisor_id=user.supervisor))
    session.expire_all()
    return Loaded(len(organisation.department), len(organisation.group), len(organisation.user), created)


def read_organisation(path: Path) -> Organisation:
    """Read a file. Raises InvalidInput with the place of each fault."""
    return toml_files.read(path, Organisation)


def _check_names(session: Session, organisation: Organisation) -> None:
    departments = {entry.id for entry in organisation.department} | set(session.scalars(select(Department.id)))
    groups = {entry.id for entry in organisation.group} | set(session.scalars(select(Group.id)))
    people = {entry.id for entry in organisation.user} | set(session.scalars(select(User.id)))
    named = [(f"department {e.id}: parent", e.parent, departments) for e in organisation.department]
    named += [(f"department {e.id}: head", e.head, people) for e in organisation.department]
    named += [(f"user {e.id}: department", e.department, departments) for e in organisation.user]
    named += [(f"user {e.id}: supervisor", e.supervisor, people) for e in organisation.user]
    named += [(f"user {e.id}: groups", group, groups) for e in organisation.user for group in e.groups]
    problems: list[FieldProblem] = [
        {"field": field, "code": "unknown", "params": {"value": value}}
        for field, value, known in named
        if value is not None and value not in known
    ]
    if problems:
        raise InvalidInput(problems, f"{problems[0]['field']}: there is no {problems[0]['params']['value']}")


def _load_departments(session: Session, departments: list[_Department]) -> None:
    for entry in departments:
        _upsert(
            session,
            Department,
            {"id": entry.id, "name": entry.name, "name_en": entry.name_en, "head_id": entry.head},
        )
    for entry in departments:  # a parent may stand below
        session.execute(update(Department).where(Department.id == entry.id).values(parent_id=entry.parent))


def _load_user(session: Session, entry: _User) -> bool:
    fields = entry.model_dump(include={"name", "name_en", "email", "admin", "attributes"})
    fields["department_id"] = entry.department
    user = session.get(User, entry.id)
    if user is None:
        fields |= {"password": entry.password, "groups": entry.groups, "language": entry.language}
        users.create_user(session, entry.id, active=entry.active is not False, **fields)
        audit.record(session, None, "create", "user", entry.id, groups=entry.groups, admin=entry.admin)
        return True
    if entry.active not in (None, user.active):
        users.set_active(session, entry.id, entry.active, actor=None)
    before = users.rights_of(session, user)
    session.execute(update(User).where(User.id == entry.id).values(**fields))
    users.set_groups(session, entry.id, entry.groups)
    accounts.forget(session, entry.id)
    users.record_change(session, user, before, actor=None)
    return False


def _upsert(session: Session, table: type[Department | Group], values: dict[str, Any]) -> None:
    row = insert(table).values(**values)
    session.execute(
        row.on_conflict_do_update(index_elements=["id"], set_={k: v for k, v in values.items() if k != "id"})
    )
