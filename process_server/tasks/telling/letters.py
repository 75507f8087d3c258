"""What is written to people outside of the application: one thing, several together, or the summary of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import format_datetime, get_timezone

from process_server import i18n
from process_server.config import settings
from process_server.tasks.inbox.views import DigestLine
from process_server.tasks.telling.wording import sentence

DECIDE = i18n.gettext_noop("Approve or reject without signing in (this link works once, do not forward it): {address}")
FOOTER = i18n.gettext_noop("Choose what you are told of: {manage}\nNo more mail: {unsubscribe}")


@dataclass(frozen=True, slots=True)
class Note:
    """A notification as it is told outside."""

    id: UUID
    kind: str
    params: Mapping[str, Any]
    user_task_id: UUID | None
    process_instance_id: UUID | None
    task_name: str | None
    task_name_en: str | None
    business_key: str | None
    due_at: datetime | None

    def say(self, language: str) -> str:
        """Return it as a sentence."""
        return sentence(language, self.kind, self.params, self.task_name, self.task_name_en, self.business_key)

    def address(self) -> str | None:
        """Return where it is about, if the server knows its own address."""
        if self.user_task_id is not None:
            return _here(f"/t/{self.user_task_id}")
        if self.process_instance_id is not None:
            return _here(f"/i/{self.process_instance_id}")
        return _here(self.params["address"]) if self.kind == "view_holds" else None


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body of what is sent."""

    subject: str
    body: str


def one(note: Note, language: str, key: str | None = None, decide: str | None = None) -> Letter:
    """Tell of one thing. `key` is that of the reader's unsubscribe link, `decide` that by which they may decide."""
    lines = [str(note.params.get("text") or "")]
    if note.due_at is not None:
        when = format_datetime(note.due_at, "short", get_timezone(settings().time_zone), i18n.locale(language))
        lines.append(i18n.translate(language, "{task} is due at {when}.", task=_task(note, language), when=when))
    lines.append(note.address() or "")
    if decide is not None:
        lines.append(i18n.translate(language, DECIDE, address=_here(f"/decide/{decide}")))
    lines.append(_footer(language, key))
    return Letter(note.say(language), "\n\n".join(filter(None, lines)) + "\n")


def several(notes: Sequence[Note], language: str, key: str | None = None) -> Letter:
    """Tell of several things at once."""
    subject = i18n.translate_plural(language, "{n} piece of news", "{n} pieces of news", len(notes))
    return Letter(subject, f"{_listed(notes, language)}\n\n{_footer(language, key)}".strip() + "\n")


def summary(
    notes: Sequence[Note],
    language: str,
    *,
    mine: int,
    overdue: int,
    offered: int,
    views: Sequence[DigestLine] = (),
    key: str | None,
) -> Letter:
    """Tell what happened since the last summary, what waits, and how much the saved views hold."""
    say = i18n.translate
    waiting = say(
        language,
        "Waiting for you: {mine} tasks, {overdue} of them overdue; {offered} can be claimed.",
        mine=mine,
        overdue=overdue,
        offered=offered,
    )
    held = "\n".join(_view(each, language) for each in views)
    parts = [waiting, held, _listed(notes, language), _here("/") or "", _footer(language, key)]
    subject = say(language, "Your summary")
    if notes:
        subject = i18n.translate_plural(
            language, "Your summary: {n} piece of news", "Your summary: {n} news", len(notes)
        )
    return Letter(subject, "\n\n".join(filter(None, parts)) + "\n")


def _view(line: DigestLine, language: str) -> str:
    if line.count is None:
        said = i18n.translate(language, "{view}: this list is not to be had any more", view=line.name)
    else:
        said = i18n.translate(language, "{view}: {count}", view=line.name, count=line.count)
    return "\n  ".join(filter(None, (f"- {said}", _here(line.address))))


def unsubscribe_address(key: str | None) -> str | None:
    """Return the address at which a reader asks for no more mail."""
    return _here(f"/unsubscribe/{key}") if key else None


def _listed(notes: Sequence[Note], language: str) -> str:
    return "\n".join(
        f"- {note.say(language)}" + (f"\n  {address}" if (address := note.address()) else "") for note in notes
    )


def _footer(language: str, key: str | None) -> str:
    address = unsubscribe_address(key)
    if address is None:
        return ""
    return i18n.translate(language, FOOTER, manage=_here("/account#notifications"), unsubscribe=address)


def _task(note: Note, language: str) -> str:
    english = i18n.supported(language) == "en"
    name = (note.task_name_en if english else None) or note.task_name
    return " ".join(filter(None, (name, note.business_key)))


def _here(path: str) -> str | None:
    base = settings().base_url.rstrip("/")
    return base + path if base else None
