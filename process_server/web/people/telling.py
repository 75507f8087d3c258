"""How one is told of things: events by channels, quiet hours, the summary; for administrators what the company says."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.errors import InvalidInput
from process_server.i18n import gettext_noop
from process_server.tasks.telling import preferences
from process_server.tasks.telling.matrix import APP, DIGEST, EVENTS, MAIL, Choices, Policy, Reader, channels
from process_server.web.ground.visit import AdminVisit, SignedInVisit, Visit

router = APIRouter()

CHANNELS: Mapping[str, str] = {
    APP: gettext_noop("In app"),
    MAIL: gettext_noop("Mail"),
    DIGEST: gettext_noop("Summary"),
}
WEEKDAYS = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)
Ticked = Annotated[list[str] | None, Form()]


@router.get("/account/notifications")
def show(visit: SignedInVisit) -> Response:
    """Show how the reader is told of what."""
    return _page(visit)


@router.post("/account/notifications")
def choose(
    visit: SignedInVisit,
    told: Ticked = None,
    quiet_start: Annotated[str, Form(max_length=5)] = "",
    quiet_end: Annotated[str, Form(max_length=5)] = "",
    every: Annotated[Literal["never", "daily", "weekly"], Form()] = "daily",
    at: Annotated[str, Form(max_length=5)] = "08:00",
    weekday: Annotated[int, Form(ge=1, le=7)] = 1,
) -> Response:
    """Keep how the reader wants to be told of what; where that is what the company says, nothing is kept."""
    policy = preferences.policy(visit.session)
    wanted = _matrix(told)
    chosen = {
        event: by
        for event, by in wanted.items()
        if {*by, *policy.minimum.get(event, ())} != _usual(policy, event)  # what is always told cannot be unticked
    }
    quiet = {"start": quiet_start, "end": quiet_end} if quiet_start and quiet_end else None
    try:
        choices = Choices.read(
            {"events": chosen, "quiet": quiet, "digest": {"every": every, "at": at, "weekday": weekday}}
        )
    except InvalidInput:
        return _page(visit, visit.say("Write times as 08:30."))
    preferences.set_choices(visit.session, visit.principal.user_id, choices)
    return visit.go("/account/notifications", visit.say("Kept."))


@router.get("/notification-policy")
def show_policy(visit: AdminVisit) -> Response:
    """Show how people are told who chose nothing, and how everybody is told at least."""
    policy = preferences.policy(visit.session)
    return visit.page(
        "notification_policy.html",
        events=EVENTS,
        channels=_channels(visit),
        usual={event: policy.usual(event) for event in EVENTS},
        minimum=policy.minimum,
    )


@router.post("/notification-policy")
def set_policy(visit: AdminVisit, usual: Ticked = None, minimum: Ticked = None) -> Response:
    """Say how people are told of what."""
    least = {event: by for event, by in _matrix(minimum).items() if by}
    policy = Policy.read({"default": _matrix(usual), "minimum": least})
    preferences.set_policy(visit.session, policy, actor=visit.principal)
    return visit.go("/notification-policy", visit.say("Kept."))


def _matrix(ticked: Iterable[str] | None) -> dict[str, list[str]]:
    """Return events by channels as the boxes of a page say it: `event:channel`."""
    found: dict[str, list[str]] = {event: [] for event in EVENTS}
    for box in ticked or ():
        event, _, channel = box.partition(":")
        if event in found and channel in channels():
            found[event].append(channel)
    return found


def _usual(policy: Policy, event: str) -> set[str]:
    return {*policy.usual(event), *policy.minimum.get(event, ())}


def _channels(visit: Visit) -> dict[str, str]:
    return {channel: visit.say(CHANNELS[channel]) if channel in CHANNELS else channel for channel in channels()}


def _page(visit: Visit, problem: str = "") -> Response:
    me = visit.principal.user_id
    reader: Reader = preferences.readers(visit.session, [me])[me]
    wanted: dict[str, Any] = {}
    for event in EVENTS:
        chosen = reader.choices.events.get(event)
        wanted[event] = _usual(reader.policy, event) if chosen is None else set(chosen)
    return visit.page(
        "notification_choices.html",
        status=422 if problem else 200,
        events=EVENTS,
        channels=_channels(visit),
        wanted=wanted,
        minimum=reader.policy.minimum,
        quiet=reader.choices.quiet,
        digest=reader.choices.digest,
        weekdays=[visit.say(day) for day in WEEKDAYS],
        problem=problem,
    )
