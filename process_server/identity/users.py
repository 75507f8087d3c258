"""Users, groups and departments: creating, changing and finding them."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from process_server.clock import now
from process_server.db import Session
from process_server.errors import Conflict, InvalidInput, NotAllowed, NotFound
from process_server.i18n import Named
from process_server.identity import accounts, audit, passwords
from process_server.identity.models import Department, Group, Membership, PublicLink, User, WebSession

_ID = re.compile(r"[^\s,;:/\"'<>{}$]{1,100}")  # what an assignee expression or a list of candidates can name
LINK = "link:"
"""Begins the id in whose name a public link acts; no user's id has a colon."""

_GROUPS = "groups_of"  # kept in session.info

_GROUPS_OF = select(Membership.group_id).where(Membership.user_id == bindparam("user_id"))
_MEMBERS = (
    select(User.id)
    .join(Membership, Membership.user_id == User.id)
    .where(Membership.group_id == func.any(cast(bindparam("groups"), ARRAY(Text))), User.active, ~User.service)
    .order_by(User.id)
    .distinct()
)
_HEAD = select(Department.head_id, Department.parent_id).where(Department.id == bindparam("department_id"))
_NAMES = select(User.id, User.name, User.name_en).where(User.id == func.any(cast(bindparam("ids"), ARRAY(Text))))
_LINKS = select(PublicLink.id, PublicLink.name).where(
    cast(PublicLink.id, Text) == func.any(cast(bindparam("ids"), ARRAY(Text)))
)
_ADD_MEMBER = insert(Membership).on_conflict_do_nothing()


def create_user(
    session: Session,
    user_id: str,
    name: str,
    *,
    password: str | None = None,
    groups: Iterable[str] = (),
    **fields: Any,
) -> User:
    """Create a user; without a password they cannot sign in by one. `fields` are other columns of `User`.

    Raises InvalidInput for an id that no expression could name, Conflict where it is taken.
    """
    if not _ID.fullmatch(user_id):
        raise InvalidInput([{"field": "id", "code": "pattern", "params": {"pattern": _ID.pattern}}])
    if session.get(User, user_id) is not None:
        raise Conflict(f"There is a user {user_id} already.", user=user_id)
    user = User(id=user_id, name=name, created_at=now(), attributes=fields.pop("attributes", {}), **fields)
    user.password_hash = passwords.hash_password(password) if password else None
    session.add(user)
    session.flush()
    set_groups(session, user_id, groups)
    return user


def find(session: Session, user_id: str) -> User:
    """Return the user. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(kind="user", id=user_id)
    return user


def search(session: Session, text: str = "", limit: int = 20, *, locked_too: bool = False) -> list[User]:
    """Return people whose id, name or address contains the text, by name: active ones, or those locked out as well."""
    wanted = select(User).where(~User.service).order_by(User.name, User.id).limit(limit)
    if not locked_too:
        wanted = wanted.where(User.active)
    text = text.replace("\0", "")
    if text:
        columns = (User.id, User.name, User.name_en, User.email)
        wanted = wanted.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return list(session.scalars(wanted))


def all_named(session: Session, user_ids: Iterable[str]) -> dict[str, Named]:
    """Return how people are called in both languages, by id; who is unknown is missing."""
    ids = sorted(set(user_ids))
    if not ids:
        return {}
    found = {row.id: Named(row.name, row.name_en) for row in session.execute(_NAMES, {"ids": ids})}
    links = [user_id for user_id in ids if user_id.startswith(LINK)]
    return found | (_names_of_links(session, links) if links else {})


def _names_of_links(session: Session, ids: list[str]) -> dict[str, Named]:
    """Return how public links are called, which act in their own name."""
    links = session.execute(_LINKS, {"ids": [user_id.removeprefix(LINK) for user_id in ids]})
    return {f"{LINK}{row.id}": Named(row.name) for row in links}


def names_of(session: Session, user_ids: Iterable[str], language: str | None = None) -> dict[str, str]:
    """Return how people are called, in Chinese unless the language is English; who is unknown is missing."""
    english = (language or "").startswith("en")
    return {user_id: name.read(english) for user_id, name in all_named(session, user_ids).items()}


def named(session: Session, user_id: str) -> Named:
    """Return how a user is called, one unknown by their id; its reader's language need not be known."""
    return all_named(session, [user_id]).get(user_id, Named(user_id))


def everybody_named(session: Session, ids: Iterable[str]) -> Named:
    """Return how people and groups are called, one after the other; who is neither by their id."""
    wanted = list(ids)
    groups = {group.id: Named(group.name, group.name_en) for group in all_groups(session)}
    found = all_named(session, wanted) | groups
    return Named.together(found.get(each, Named(each)) for each in wanted)


def user_name(session: Session, user_id: str) -> str:
    """Return how a user is called; one unknown by their id."""
    return str(named(session, user_id))


def change_password(
    session: Session, user_id: str, password: str, *, actor: str | None, keep_session: bytes | None = None
) -> None:
    """Set a new password and sign out every browser of the user but the one whose hash is `keep_session`."""
    if find(session, user_id).service:
        raise NotAllowed("{person} is a service account: it has tokens, but no password.", person=user_id)
    passwords.check_strength(password)
    set_password_hash(session, user_id, passwords.hash_password(password))
    others = delete(WebSession).where(WebSession.user_id == user_id)
    session.execute(others if keep_session is None else others.where(WebSession.token_hash != keep_session))
    audit.record(session, actor, "change_password", "user", user_id)


def set_password_hash(session: Session, user_id: str, password_hash: str) -> None:
    """Store a hash; whoever was verified against the old one is verified anew."""
    find(session, user_id).password_hash = password_hash
    session.flush()
    accounts.forget(session, user_id)


def set_active(session: Session, user_id: str, active: bool, *, actor: str | None) -> None:
    """Let a user in again, or lock them out at once: their browsers are signed out, their tokens no longer work."""
    find(session, user_id).active = active
    session.flush()
    if not active:
        session.execute(delete(WebSession).where(WebSession.user_id == user_id))
    accounts.forget(session, user_id)
    audit.record(session, actor, "activate" if active else "deactivate", "user", user_id)


def set_language(session: Session, user_id: str, language: str) -> None:
    """Remember the language a user reads in."""
    find(session, user_id).language = language
    session.flush()
    accounts.forget(session, user_id)


def groups_of(session: Session, user_id: str) -> frozenset[str]:
    """Return the groups of a user, looked up once per session."""
    kept: dict[str, frozenset[str]] = session.info.setdefault(_GROUPS, {})
    if user_id not in kept:
        kept[user_id] = frozenset(session.scalars(_GROUPS_OF, {"user_id": user_id}))
    return kept[user_id]


def set_groups(session: Session, user_id: str, groups: Iterable[str]) -> None:
    """Make the user a member of exactly these groups. Raises NotFound for a group there is not."""
    wanted = set(groups)
    known = set(session.scalars(select(Group.id).where(Group.id.in_(wanted)))) if wanted else set()
    for missing in sorted(wanted - known):
        raise NotFound(kind="group", id=missing)
    session.execute(delete(Membership).where(Membership.user_id == user_id, Membership.group_id.not_in(wanted)))
    if wanted:
        session.execute(_ADD_MEMBER, [{"user_id": user_id, "group_id": group} for group in sorted(wanted)])
    session.info.pop(_GROUPS, None)
    accounts.forget(session, user_id)


def rights_of(session: Session, user: User) -> dict[str, Any]:
    """Return what decides on what a user may do, to compare and to keep in the audit."""
    groups = sorted(session.scalars(_GROUPS_OF, {"user_id": user.id}))
    return {"department": user.department_id, "admin": user.admin, "active": user.active, "groups": groups}


def record_change(session: Session, user: User, before: dict[str, Any], *, actor: str | None) -> None:
    """Keep in the audit how the rights of a user have changed, if they have."""
    after = rights_of(session, user)
    changed = {name: {"before": before[name], "after": after[name]} for name in after if before[name] != after[name]}
    if changed:
        audit.record(session, actor, "change", "user", user.id, **changed)


def members(session: Session, *groups: str) -> list[str]:
    """Return the ids of the active people in any of the groups, sorted."""
    return list(session.scalars(_MEMBERS, {"groups": list(groups)}))


def supervisor(session: Session, user_id: str) -> str | None:
    """Return who a user reports to: their supervisor, else the head of their department or of one above it."""
    user = session.get(User, user_id)
    if user is None:
        return None
    if user.supervisor_id:
        return user.supervisor_id
    return department_head(session, user.department_id, besides=user_id) if user.department_id else None


def department_head(session: Session, department_id: str, *, besides: str | None = None) -> str | None:
    """Return the head of a department, or of the nearest one above it that has a head other than `besides`."""
    wanted: str | None = department_id
    seen: set[str] = set()
    while wanted is not None and wanted not in seen:
        seen.add(wanted)
        row = session.execute(_HEAD, {"department_id": wanted}).first()
        if row is None:
            return None
        head: str | None = row.head_id
        if head and head != besides:
            return head
        wanted = row.parent_id
    return None


def all_groups(session: Session) -> list[Group]:
    """Return every group by name."""
    return list(session.scalars(select(Group).order_by(Group.name)))


def all_departments(session: Session) -> list[Department]:
    """Return every department by name."""
    return list(session.scalars(select(Department).order_by(Department.name)))
