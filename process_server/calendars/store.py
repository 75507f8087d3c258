"""The calendars there are: kept as rows, read at most every few seconds, chosen by name, department or default.

Where none is defined, the company works Monday to Friday from nine to six with an hour for lunch, holidays included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from cachetools import TTLCache, cached
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from process_server.calendars.definition import PLAIN, CalendarDefinition, read_calendars
from process_server.calendars.models import Calendar
from process_server.calendars.working_time import WorkingCalendar
from process_server.clock import now
from process_server.db import Session, address_of, after_commit, table_of
from process_server.errors import Conflict, NotFound
from process_server.identity import audit
from process_server.identity.models import Department, User
from process_server.identity.principal import SYSTEM, Principal

TTL = 30.0  # seconds after which a process sees what another one changed

_c = table_of(Calendar)


@dataclass(frozen=True)
class Calendars:
    """All calendars at one moment, and what each is for."""

    definitions: dict[str, CalendarDefinition]
    calendars: dict[str, WorkingCalendar]
    default: WorkingCalendar

    def find(self, name: str | None) -> WorkingCalendar:
        """Return the calendar of an id, a region or a department; the default one for no name. Raises NotFound."""
        if not name:
            return self.default
        if name in self.calendars:
            return self.calendars[name]
        for known in self.definitions.values():
            if name in known.regions or name in known.departments:
                return self.calendars[known.id]
        raise NotFound(kind="working calendar", id=name)

    def kept(self, name: str | None) -> WorkingCalendar:
        """Return the calendar that a task was given; the default one where it was removed meanwhile."""
        return self.calendars.get(name or "", self.default)

    @property
    def by_department(self) -> dict[str, WorkingCalendar]:
        """Calendars by the departments they are for."""
        return {
            department: self.calendars[known.id]
            for known in self.definitions.values()
            for department in known.departments
        }


_read: TTLCache[str, Calendars] = TTLCache(4, TTL)  # by the address of the database


@cached(_read, key=address_of, lock=Lock())
def calendars(session: Session) -> Calendars:
    """Return all calendars, at most `TTL` seconds old."""
    return _make(session)


def forget() -> None:
    """Read the calendars anew when they are next asked for."""
    _read.clear()


def calendar(session: Session, name: str | None = None) -> WorkingCalendar:
    """Return a calendar by its id, or by a region or department it is for; without a name the default one.

    Raises NotFound.
    """
    return calendars(session).find(name)


def calendar_of_user(session: Session, user_id: str | None) -> WorkingCalendar:
    """Return the calendar somebody works by: of their department, or of the nearest one above it that has one."""
    known = calendars(session)
    by_department = known.by_department
    if not user_id or not by_department:
        return known.default
    wanted = session.execute(select(User.department_id).where(User.id == user_id)).scalar_one_or_none()
    seen: set[str] = set()
    while wanted is not None and wanted not in seen:
        if wanted in by_department:
            return by_department[wanted]
        seen.add(wanted)
        wanted = session.execute(select(Department.parent_id).where(Department.id == wanted)).scalar_one_or_none()
    return known.default


def list_calendars(session: Session) -> list[CalendarDefinition]:
    """Return every calendar by id, as it is in the database now."""
    rows = session.execute(select(_c.c.definition).order_by(_c.c.id)).scalars()
    return [CalendarDefinition.model_validate(row) for row in rows]


def get_calendar(session: Session, calendar_id: str) -> CalendarDefinition:
    """Return one calendar. Raises NotFound."""
    row = session.execute(select(_c.c.definition).where(_c.c.id == calendar_id)).scalar_one_or_none()
    if row is None:
        raise NotFound(kind="working calendar", id=calendar_id)
    return CalendarDefinition.model_validate(row)


def set_calendar(session: Session, definition: CalendarDefinition, *, actor: Principal) -> None:
    """Define a calendar, or change it: due dates that are reckoned from now on follow it; those there are stay."""
    actor.require_admin()
    _write(session, definition, actor)


def remove_calendar(session: Session, calendar_id: str, *, actor: Principal) -> None:
    """Remove a calendar. Raises NotFound, and Conflict for the default one."""
    actor.require_admin()
    if get_calendar(session, calendar_id).default:
        raise Conflict("Make another calendar the default one first.")
    session.execute(delete(_c).where(_c.c.id == calendar_id))
    audit.record(session, actor.user_id, "remove", "working_calendar", calendar_id)
    after_commit(session, forget)


def load_calendars(session: Session, path: Path) -> int:
    """Load the calendars of a file; return how many are new or changed.

    One that was changed on the server stays so until the file says something else of it. Raises InvalidInput.
    """
    loaded = {row.id: row.loaded for row in session.execute(select(_c.c.id, _c.c.loaded))}
    new = [each for each in read_calendars(path) if loaded.get(each.id) != each.model_dump(mode="json")]
    for each in new:
        _write(session, each, SYSTEM, loaded=each.model_dump(mode="json"))
    return len(new)


def _write(
    session: Session, definition: CalendarDefinition, actor: Principal, loaded: dict[str, Any] | None = None
) -> None:
    if definition.default:
        _take_default_from(session, (each for each in list_calendars(session) if each.id != definition.id))
    new = {"definition": definition.model_dump(mode="json"), "changed_at": now(), "changed_by": actor.user_id}
    if loaded is not None:
        new["loaded"] = loaded
    statement = insert(Calendar).values(id=definition.id, **new)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=new))
    audit.record(session, actor.user_id, "set", "working_calendar", definition.id, definition=new["definition"])
    after_commit(session, forget)


def _take_default_from(session: Session, others: Iterable[CalendarDefinition]) -> None:
    for each in others:
        if each.default:
            changed = each.model_copy(update={"default": False}).model_dump(mode="json")
            session.execute(_c.update().where(_c.c.id == each.id).values(definition=changed))


def _make(session: Session) -> Calendars:
    definitions = {each.id: each for each in list_calendars(session)} or {PLAIN.id: PLAIN}
    made = {each.id: each.calendar() for each in definitions.values()}
    default = next((each.id for each in definitions.values() if each.default), None)
    return Calendars(definitions, made, made[default] if default else PLAIN.calendar())
