"""What people are told of, and how: events by channels, chosen by each person above a minimum of the company's.

Channels are `app` (the notifications of the application), `mail`, `digest` (a summary by mail, once a day or week), and
every gateway of the settings by its name, such as `sms`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from process_server.config import settings
from process_server.errors import InvalidInput
from process_server.expressions.moments import company_zone
from process_server.i18n import gettext_noop
from process_server.toml_files import field_problems

EVENTS: Mapping[str, str] = {
    "assigned": gettext_noop("A task becomes mine"),
    "offered": gettext_noop("A task can be claimed"),
    "offered_waiting": gettext_noop("A task has been waiting for somebody to claim it"),
    "due_soon": gettext_noop("A task is due soon"),
    "overdue": gettext_noop("A task is due"),
    "escalated": gettext_noop("A task of somebody else is overdue"),
    "returned": gettext_noop("A task comes back to me"),
    "recalled": gettext_noop("A case is recalled or withdrawn"),
    "comment": gettext_noop("Somebody comments on a task of mine"),
    "mention": gettext_noop("Somebody mentions me"),
    "copy": gettext_noop("I am sent a copy"),
    "decided": gettext_noop("A case I started is done"),
    "rejected": gettext_noop("A case I started is rejected"),
    "stand_in": gettext_noop("I stand in for somebody"),
    "incident": gettext_noop("A case cannot go on"),
    "remind": gettext_noop("Somebody asks me to do a task"),
    "follow_up": gettext_noop("A task I put off is back"),
    "watched": gettext_noop("Something happens in a case I watch"),
    "view": gettext_noop("A saved view I asked to hear of holds something, at the hour of my summary"),
    "message": gettext_noop("A process sends a message"),
}
"""What one can be told of, with its words."""

KINDS: Mapping[str, str] = {
    "task_assigned": "assigned",
    "task_reassigned": "assigned",
    "task_offered": "offered",
    "offered_waiting": "offered_waiting",
    "task_due_soon": "due_soon",
    "task_due": "overdue",
    "timed_out": "overdue",
    "task_escalated": "escalated",
    "task_returned": "returned",
    "task_resolved": "returned",
    "signer_removed": "recalled",
    "recalled": "recalled",
    "withdrawn": "recalled",
    "comment": "comment",
    "mention": "mention",
    "copied": "copy",
    "copied_by_model": "copy",
    "decided": "decided",
    "rejected": "rejected",
    "stand_in": "stand_in",
    "stand_in_until": "stand_in",
    "for_absent": "stand_in",
    "incident": "incident",
    "nudged": "remind",
    "follow_up": "follow_up",
    "message": "message",
    "watched_approved": "watched",
    "watched_rejected": "watched",
    "watched_completed": "watched",
    "watched_returned": "watched",
    "watched_transferred": "watched",
    "watched_recalled": "watched",
    "watched_withdrawn": "watched",
    "watched_timeout": "watched",
    "watched_comment": "watched",
    "watched_stuck": "watched",
    "watched_ended": "watched",
    "view_holds": "view",
}
"""The event that each kind of notification belongs to."""

APP, MAIL, DIGEST = "app", "mail", "digest"
_BY_MAIL = ("overdue", "escalated", "returned", "recalled", "mention", "remind", "stand_in", "incident")
_AT_FIRST = {event: [APP, MAIL] for event in _BY_MAIL} | {"view": [APP, DIGEST]}

Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["08:30"])]
Matrix = dict[str, list[str]]


def channels() -> tuple[str, ...]:
    """Return the channels there are."""
    return (APP, MAIL, DIGEST, *settings().gateways)


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @classmethod
    def read(cls, value: Any) -> Self:
        """Check what was sent. Raises InvalidInput."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise InvalidInput(field_problems(error)) from error


def _known(matrix: Matrix) -> Matrix:
    for event, chosen in matrix.items():
        if event not in EVENTS:
            raise ValueError(f"there is no event {event}")
        for channel in chosen:
            if channel not in channels():
                raise ValueError(f"there is no channel {channel}")
    return {event: [each for each in channels() if each in chosen] for event, chosen in matrix.items()}


class QuietHours(_Checked):
    """From when to when nothing but the application tells anything; over midnight where the end comes first."""

    start: Hour
    end: Hour


class Digest(_Checked):
    """When the summary comes: never, daily or on one day of the week (1: Monday) at a time of the company's zone."""

    every: Literal["never", "daily", "weekly"] = "daily"
    at: Hour = "08:00"
    weekday: Annotated[int, Field(ge=1, le=7)] = 1


class Choices(_Checked):
    """What one person chose. An event that is not named is told as the company says."""

    events: Matrix = Field(default_factory=dict)
    quiet: QuietHours | None = None
    digest: Digest = Field(default_factory=Digest)

    _check = field_validator("events")(_known)


class Policy(_Checked):
    """What the company says: how people who chose nothing are told, and how everybody is told at least."""

    default: Matrix = Field(default_factory=dict)
    minimum: Matrix = Field(default_factory=dict)

    _check = field_validator("default", "minimum")(_known)

    def usual(self, event: str) -> list[str]:
        """Return how an event is told to who chose nothing."""
        found = self.default.get(event)
        return found if found is not None else _AT_FIRST.get(event, [APP])


@dataclass(frozen=True)
class Reader:
    """How one person is told of things."""

    user_id: str
    choices: Choices
    policy: Policy
    unsubscribe_key: str | None = None
    has_digest: bool = False  # an instant for the next summary is set

    def channels_of(self, event: str) -> frozenset[str]:
        """Return the channels by which an event is told."""
        chosen = self.choices.events.get(event)
        wanted = {*(self.policy.usual(event) if chosen is None else chosen), *self.policy.minimum.get(event, ())}
        if DIGEST in wanted and self.choices.digest.every == "never":
            wanted.discard(DIGEST)
        return frozenset(wanted.intersection(channels()))

    def quiet_until(self, at: datetime) -> datetime | None:
        """Return when the quiet hours end that an instant lies in; None where it lies in none."""
        quiet = self.choices.quiet
        if quiet is None or quiet.start == quiet.end:
            return None
        local = at.astimezone(company_zone())
        start, end = time_of_day.fromisoformat(quiet.start), time_of_day.fromisoformat(quiet.end)
        clock_time = local.time()
        over_midnight = end < start
        inside = start <= clock_time < end if not over_midnight else clock_time >= start or clock_time < end
        if not inside:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and clock_time >= start else 0)
        return datetime.combine(day, end, tzinfo=local.tzinfo).astimezone(at.tzinfo)

    def next_digest(self, after: datetime) -> datetime | None:
        """Return when the next summary comes; None: never."""
        digest = self.choices.digest
        if digest.every == "never":
            return None
        local = after.astimezone(company_zone())
        hour = time_of_day.fromisoformat(digest.at)
        for number in range(9):
            day = local.date() + timedelta(days=number)
            due = datetime.combine(day, hour, tzinfo=local.tzinfo)
            if due > local and (digest.every == "daily" or day.isoweekday() == digest.weekday):
                return due.astimezone(after.tzinfo)
        raise AssertionError("a week has every weekday")
