"""The administrator's page of the audit: who did what, filtered, and taken away as a sheet."""

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from process_server import values
from process_server.clock import now
from process_server.config import settings
from process_server.i18n.display import local
from process_server.identity import audit, users
from process_server.identity.audit import Entry, Wanted
from process_server.tasks.inbox.cursors import decode_cursor, encode_cursor
from process_server.tasks.inbox.export import guarded
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit
from process_server.web.people.audit_words import ACTIONS, KINDS, PLACES, facts, mentioned

router = APIRouter(prefix="/audit")

PAGE = 100
CHUNK = 65_536
ORDER = "-at"
UUID_LENGTH = 36
_AT_ONCE = 1_000  # rows of an export read together


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; days are those of the house."""

    who: str = ""
    what: str = ""
    kind: str = ""
    id: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def wanted(self) -> Wanted:
        """The same as the audit is asked; the last day is included."""
        until = self.until + timedelta(days=1) if self.until else None
        return Wanted(
            self.who or None, self.what or None, self.kind or None, self.id or None, _begin(self.since), _begin(until)
        )

    def address(self, **more: str) -> str:
        """Return what stands behind the question mark."""
        given = {name: str(value) for name, value in asdict(self).items() if value}
        return urlencode(given | more)


def _asked(
    who: Annotated[str, Query(max_length=255)] = "",
    what: Annotated[str, Query(max_length=255)] = "",
    kind: Annotated[str, Query(max_length=255)] = "",
    id: Annotated[str, Query(max_length=255)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
) -> Asked:
    return Asked(_clean(who), _clean(what), _clean(kind), _clean(id), _day(since), _day(until))


@router.get("")
def show(visit: AdminVisit, asked: Annotated[Asked, Depends(_asked)], cursor: Annotated[str, Query()] = "") -> Response:
    """Show a page of the audit, the newest first."""
    before = None
    if cursor:
        at, entry_id = decode_cursor(cursor, ORDER)
        before = (datetime.fromisoformat(at), entry_id)
    found = audit.list_entries(visit.session, asked.wanted, visit.principal, PAGE + 1, before)
    entries = found[:PAGE]
    names = naming.things(visit, mentioned(entries))
    following = encode_cursor(ORDER, entries[-1].at.isoformat(), entries[-1].id) if len(found) > PAGE else ""
    return visit.page(
        "audit.html",
        asked=asked,
        lines=[_line(visit, entry, names) for entry in entries],
        names={thing: name for (kind, thing), name in names.items() if kind == "user"},
        people=users.search(visit.session, limit=500),
        actions=_sorted(visit, ACTIONS),
        kinds=_sorted(visit, KINDS),
        following=asked.address(cursor=following) if following else "",
        first=not cursor,
    )


@router.get("/export")
def take(visit: AdminVisit, asked: Annotated[Asked, Depends(_asked)]) -> Response:
    """Write what the page shows, and what follows, as CSV."""
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it has been sent)
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)  # Excel wants the mark
    writer = csv.writer(text)
    writer.writerow(["at", "actor", "action", "entity_type", "entity_id", "detail", "position", "digest"])
    for entry in _all(visit, asked.wanted, settings().max_export):
        moment = local(entry.at).isoformat(timespec="milliseconds")
        detail = values.encode(entry.detail).decode()
        told = [entry.actor or "", entry.action, entry.entity_type, entry.entity_id, detail]
        seal = [entry.position or "", entry.digest.hex() if entry.digest else ""]
        writer.writerow([moment, *map(guarded, told), *seal])
    text.detach()
    target.seek(0)
    name = quote(f"{visit.say('Audit')} {local(now()):%Y-%m-%d}.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private, no-store"}
    return StreamingResponse(iter(lambda: target.read(CHUNK), b""), headers=headers, media_type="text/csv")


def _all(visit: Visit, wanted: Wanted, most: int) -> Iterator[Entry]:
    before: tuple[datetime, Any] | None = None
    while most > 0:
        found = audit.list_entries(visit.session, wanted, visit.principal, min(most, _AT_ONCE), before)
        yield from found
        if len(found) < _AT_ONCE:
            return
        most -= len(found)
        before = (found[-1].at, found[-1].id)


def _line(visit: Visit, entry: Entry, names: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    place = PLACES.get(entry.entity_type)
    known = names.get((entry.entity_type, entry.entity_id))
    return {
        "entry": entry,
        "action": visit.say(ACTIONS[entry.action]) if entry.action in ACTIONS else entry.action,
        "kind": visit.say(KINDS[entry.entity_type]) if entry.entity_type in KINDS else entry.entity_type,
        "title": known or (entry.entity_id[-8:] if len(entry.entity_id) == UUID_LENGTH else entry.entity_id),
        "place": place.format(id=quote(entry.entity_id, safe="")) if place and entry.action != "delete" else "",
        "facts": facts(visit.language, entry, lambda kind, thing: names.get((kind, thing), thing)),
    }


def _sorted(visit: Visit, words: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(((name, visit.say(text)) for name, text in words.items()), key=lambda each: each[1])


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(settings().time_zone)) if day else None
