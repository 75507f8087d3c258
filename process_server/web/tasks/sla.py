"""How a task stands against its due date, as icon, words and colour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from process_server.i18n import gettext_noop
from process_server.i18n.display import span
from process_server.tasks.deadlines import sla
from process_server.web.ground.visit import Visit

LOOKS: dict[sla.State, tuple[str, str]] = {  # state -> (colour, icon)
    "none": ("", "minus"),
    "ok": ("ok", "clock-hour-4"),
    "warning": ("warn", "clock-exclamation"),
    "overdue": ("bad", "alert-circle"),
    "escalated": ("bad", "flag"),
    "paused": ("calm", "player-pause"),
}
WORDS = {
    "ok": gettext_noop("{time} left"),
    "warning": gettext_noop("{time} left"),
    "overdue": gettext_noop("{time} overdue"),
    "escalated": gettext_noop("{time} overdue, escalated"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """`kind` is the colour: empty, ok, warn, bad or calm. `note` says more: the kind of time it is counted in."""

    kind: str
    icon: str
    text: str
    due: datetime | None
    note: str = ""


def standing(visit: Visit, task: Any) -> Standing:
    """Say how much time a task has left, how late it is, or that its clock stands still."""
    if task.state not in ("open", "held"):
        return Standing("", "minus", "", task.due_at)
    found = sla.standing(visit.session, task)
    kind, icon = LOOKS[found.state]
    note = visit.say("in working time") if found.working else ""
    return Standing(kind, icon, _words(visit, found), task.due_at, note)


def _words(visit: Visit, found: sla.Standing) -> str:
    if found.state == "none":
        return visit.say("no due date")
    if found.state == "paused":
        if found.left is None or found.left < timedelta(0):
            return visit.say("paused")
        return visit.say("paused, {time} left", time=span(visit.language, found.left))
    return visit.say(WORDS[found.state], time=span(visit.language, abs(found.left or timedelta(0))))
