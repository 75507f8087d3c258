"""Saved views: lists people put together and share, each with an address, a number and, if wanted, a line in a summary.

A team is who reports to the same person, with that person. A view shows everybody only what they may see themselves: it
keeps a question, never its answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Literal, get_args
from uuid import UUID

from cachetools import TTLCache
from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import Conflict, InvalidInput, NotAllowed, NotFound, ProcessServerError
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks.inbox import counting
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.columns import BusinessField, Columns
from process_server.tasks.inbox.lists import listing
from process_server.tasks.inbox.models import SavedView, ViewSubscription
from process_server.tasks.inbox.pages import Query
from process_server.tasks.inbox.sorting import read_sort
from process_server.tasks.telling import preferences

Shared = Literal["private", "team", "everyone"]
MOST = 200  # views of one person
LONGEST = 100  # characters of a name
COUNTED_FOR = 5.0  # seconds a number may be old
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_ICON = re.compile(r"[a-z0-9-]{1,40}")
_TEXTS = ("q", "where", "person", "sort", "columns")
_MOST_COLUMNS = 30

_v, _s, _u = table_of(SavedView), table_of(ViewSubscription), table_of(User)
_ME: ColumnElement[str] = bindparam("me")
_boss, _owner = _u.alias("boss"), _u.alias("owner")
_OF_MY_TEAM = exists().where(
    _owner.c.id == _v.c.owner,
    _boss.c.id == _ME,
    or_(
        _owner.c.supervisor_id == _boss.c.supervisor_id,
        _owner.c.supervisor_id == _boss.c.id,
        _owner.c.id == _boss.c.supervisor_id,
    ),
)
_VISIBLE = or_(_v.c.owner == _ME, _v.c.shared == "everyone", and_(_v.c.shared == "team", _OF_MY_TEAM))
_SUBSCRIBED = exists().where(_s.c.view_id == _v.c.id, _s.c.user_id == _ME)
_SELECT = select(_v, _SUBSCRIBED.label("subscribed")).where(_VISIBLE)
_ONE = _SELECT.where(_v.c.id == bindparam("view"))
_ALL = _SELECT.order_by(_v.c.owner != _ME, func.lower(_v.c.name), _v.c.id).limit(1_000)
_MINE = select(func.count()).where(_v.c.owner == _ME)
_TO_TELL = _SELECT.where(_SUBSCRIBED).order_by(_v.c.name, _v.c.id).limit(MOST)

_counted: TTLCache[tuple[UUID, datetime, str], int] = TTLCache(10_000, COUNTED_FOR)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class View:
    """A saved view. `settings` hold its list, and as addresses do: q, filters, where, person, sort, columns."""

    id: UUID
    owner: str
    name: str
    shared: Shared
    colour: str | None
    icon: str | None
    settings: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime
    subscribed: bool

    @property
    def list(self) -> str:
        """The name of its list."""
        return str(self.settings["list"])

    @property
    def query(self) -> Query:
        """What it asks its list for."""
        held = self.settings
        return Query(
            self.list,
            tuple(held.get("filters", ())),
            held.get("q", ""),
            held.get("where", ""),
            held.get("sort", ""),
            held.get("person", ""),
        )

    @property
    def address(self) -> str:
        """Where its page lies."""
        return f"/inbox/{self.list}?view={self.id}"


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A view somebody subscribed to, as their summary tells of it; `count` is None where it cannot be counted."""

    name: str
    count: int | None
    address: str


def create(
    session: Session,
    columns: Columns,
    name: str,
    settings: Mapping[str, Any],
    *,
    shared: str = "private",
    colour: str | None = None,
    icon: str | None = None,
) -> View:
    """Save a view of the list the columns are of; return it. Raises InvalidInput, InvalidExpression, Conflict."""
    owner = columns.principal
    if session.execute(_MINE, {"me": owner.user_id}).scalar_one() >= MOST:
        raise Conflict("You have {count} views already. Delete some first.", count=MOST)
    row = {
        "id": new_id(),
        "owner": owner.user_id,
        "created_at": now(),
        "changed_at": now(),
        **_checked_look(name, shared, colour, icon),
        "settings": check(session, columns, settings),
    }
    session.execute(insert(_v).values(row))
    return find(session, row["id"], owner)


def change(
    session: Session,
    view_id: UUID,
    columns: Columns,
    *,
    name: str,
    settings: Mapping[str, Any],
    shared: str,
    colour: str | None = None,
    icon: str | None = None,
) -> View:
    """Change a view; its owner and administrators may. Raises NotFound, NotAllowed, InvalidInput, InvalidExpression."""
    _require_own(session, view_id, columns.principal)
    row = _checked_look(name, shared, colour, icon) | {
        "settings": check(session, columns, settings),
        "changed_at": now(),
    }
    session.execute(update(_v).where(_v.c.id == view_id).values(row))
    return find(session, view_id, columns.principal)


def remove(session: Session, view_id: UUID, principal: Principal) -> None:
    """Delete a view; its owner and administrators may. Raises NotFound, NotAllowed."""
    _require_own(session, view_id, principal)
    session.execute(delete(_v).where(_v.c.id == view_id))


def find(session: Session, view_id: UUID, principal: Principal) -> View:
    """Return a view that somebody owns or is shared with. Raises NotFound."""
    row = session.execute(_ONE, {"view": view_id, "me": principal.user_id}).one_or_none()
    if row is None:
        raise NotFound(kind="view", id=view_id)
    return View(**row._mapping)


def list_views(session: Session, principal: Principal) -> list[View]:
    """Return the views somebody has or is shared with, their own first, by name."""
    return [View(**row._mapping) for row in session.execute(_ALL, {"me": principal.user_id})]


def count(session: Session, view: View, columns: Columns) -> int:
    """Return how many rows a view has for somebody, counted up to 1,000, at most `COUNTED_FOR` seconds old."""
    key = (view.id, view.changed_at, columns.principal.user_id)
    with _lock:
        known = _counted.get(key)
    if known is None:
        known = counting.count_rows(session, columns, view.query)
        with _lock:
            _counted[key] = known
    return known


def subscribe(session: Session, view_id: UUID, principal: Principal, wanted: bool = True) -> None:
    """Tell somebody of a view at the hour of their summary, or no longer. Raises NotFound."""
    find(session, view_id, principal)
    row = {"user_id": principal.user_id, "view_id": view_id}
    if wanted:
        preferences.ensure_stored(session, preferences.readers(session, [principal.user_id])[principal.user_id])
        session.execute(insert_or_ignore(_s).values(row).on_conflict_do_nothing())
    else:
        session.execute(delete(_s).where(_s.c.user_id == principal.user_id, _s.c.view_id == view_id))


def digest_lines(session: Session, principal: Principal, fields: Mapping[str, BusinessField]) -> list[DigestLine]:
    """Return what the summary of a person says of the views they subscribed to."""
    views = [View(**row._mapping) for row in session.execute(_TO_TELL, {"me": principal.user_id})]
    return [DigestLine(each.name, _told(session, each, principal, fields), each.address) for each in views]


def _told(session: Session, view: View, principal: Principal, fields: Mapping[str, BusinessField]) -> int | None:
    try:
        return counting.count_rows(session, Columns(listing(view.list), principal, fields), view.query)
    except ProcessServerError:  # a column it asks for is gone with its process, or the list is not theirs
        return None


def check(session: Session, columns: Columns, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they are kept. Raises InvalidInput and InvalidExpression for what the list does not have."""
    filters = settings.get("filters") or []
    texts = {name: settings.get(name) or "" for name in _TEXTS}
    if not isinstance(filters, list) or not all(isinstance(each, str) for each in [*filters, *texts.values()]):
        raise InvalidInput([{"field": "settings", "code": "invalid", "params": {}}])
    shown = [part.removesuffix("!").partition(":")[0] for part in texts["columns"].split(",") if part]
    if len(shown) > _MOST_COLUMNS or len(texts["columns"]) > 2_000 or "\0" in "".join(texts.values()):
        raise InvalidInput([{"field": "columns", "code": "invalid", "params": {}}])
    made = {"list": columns.listing.name, "filters": filters} | texts
    query = Query(made["list"], tuple(filters), texts["q"], texts["where"], texts["sort"], texts["person"])
    inbox.select_rows(session, columns, query)
    read_sort(columns, query.sort)
    return made


def _checked_look(name: str, shared: str, colour: str | None, icon: str | None) -> dict[str, Any]:
    """Return how a view is called and looks. Raises InvalidInput naming the field."""
    name = name.strip()
    faults = {
        "name": not 0 < len(name) <= LONGEST or "\0" in name,
        "shared": shared not in get_args(Shared),
        "colour": colour is not None and not _COLOUR.fullmatch(colour),
        "icon": icon is not None and not _ICON.fullmatch(icon),
    }
    problems = [field for field, wrong in faults.items() if wrong]
    if problems:
        raise InvalidInput([{"field": field, "code": "invalid", "params": {}} for field in problems])
    return {"name": name, "shared": shared, "colour": colour, "icon": icon}


def _require_own(session: Session, view_id: UUID, principal: Principal) -> None:
    row = session.execute(select(_v.c.owner).where(_v.c.id == view_id)).one_or_none()
    if row is None or (row.owner != principal.user_id and not principal.admin):
        find(session, view_id, principal)
        raise NotAllowed("Only who saved this view may change it.")
