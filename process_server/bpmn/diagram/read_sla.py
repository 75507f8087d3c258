"""Reads until when a user task is to be done, and what happens when it is not, from the `sla:` properties."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from process_server.bpmn.approval import is_formula
from process_server.bpmn.diagram.properties import Fault, Properties
from process_server.bpmn.sla import Escalation, Sla
from process_server.calendars.working_time import read_working_duration
from process_server.expressions import limits
from process_server.i18n import gettext_noop

_STEP = re.compile(
    r"(?P<after>P\S+)\s+(?P<kind>supervisor|department_head|user|group)(:(?P<id>\S+))?(?P<hand>\s+reassign)?"
)
_NAMES = ("due", "time", "calendar", "warn", "escalate", "timeout", "timeout_outcome", "repeat", "cost", "pauses")
_KNOWN = frozenset(f"sla:{name}" for name in _NAMES)


def read_sla(properties: Mapping[str, str], process_properties: Mapping[str, str]) -> tuple[Sla | None, list[Fault]]:
    """Read the properties of a user task, and say what is wrong with them; None where it has none of them."""
    if not any(name.startswith("sla:") and value.strip() for name, value in properties.items()):
        return None, []
    given = Properties(properties)
    share, before = _warning(given)
    due, timeout = given.text("sla:due"), given.text("sla:timeout")
    working = given.choice("sla:time", ("working", "calendar"), "calendar") == "working"
    if not is_formula(due):
        given.duration("sla:due", due)
    if "sla:timeout_outcome" in properties and not timeout:
        message = gettext_noop("sla:timeout_outcome has no effect without sla:timeout")
        given.warn("useless_timeout", message)
    if timeout and not (properties.get("outcome:variable") or "").strip():
        message = gettext_noop("sla:timeout decides, but outcome:variable names no variable that would say how")
        given.warn("silent_timeout", message)
    given.known(("sla:",), _KNOWN)
    read = Sla(
        due=due or None,
        working=working,
        calendar=given.text("sla:calendar") or process_properties.get("sla:calendar", "").strip() or None,
        warn_share=share,
        warn_before=before,
        escalations=tuple(_escalations(given)),
        timeout=given.duration("sla:timeout", timeout),
        timeout_outcome=given.choice("sla:timeout_outcome", ("approve", "reject"), "reject"),
        repeat=given.duration("sla:repeat", given.text("sla:repeat")),
        cost=_cost(given),
        pauses=given.flag("sla:pauses", False),
    )
    if working:
        _check_working(given, read)
    return read, given.faults


def _cost(given: Properties) -> str | None:
    text = given.text("sla:cost")
    if text and not is_formula(text):
        try:
            sound = Decimal(text).is_finite() and Decimal(text) >= 0
        except InvalidOperation:
            sound = False
        if not sound:
            message = gettext_noop("sla:cost is what a day of delay costs: a number or an expression, not {value}")
            given.refuse("bad_cost", message, value=text)
            return None
    return text or None


def _check_working(given: Properties, read: Sla) -> None:
    """Refuse durations that working time does not have: months, and weeks, which may have five days or six."""
    due = None if is_formula(read.due or "") or (read.due or "")[:1].isdigit() else read.due
    durations = {"sla:due": due, "sla:warn": read.warn_before, "sla:timeout": read.timeout, "sla:repeat": read.repeat}
    steps = [("sla:escalate", step.after) for step in read.escalations]
    for name, text in [*durations.items(), *steps]:
        try:
            if text:
                read_working_duration(text)
        except limits.Fault as error:
            message = gettext_noop("{property} counts working time: {reason}")
            given.refuse("bad_duration", message, property=name, reason=str(error))


def _warning(given: Properties) -> tuple[Decimal | None, str | None]:
    text = given.text("sla:warn")
    if not text:
        return None, None
    if text.startswith("P"):
        return None, given.duration("sla:warn", text)
    if re.fullmatch(r"0?\.\d+", text) and Decimal(text):
        return Decimal(text), None
    message = gettext_noop("sla:warn is a share between 0 and 1 or a duration before it is due, not {value}")
    given.refuse("bad_warning", message, value=text)
    return None, None


def _escalations(given: Properties) -> Iterable[Escalation]:
    for entry in filter(None, map(str.strip, given.text("sla:escalate").split(";"))):
        step = _STEP.fullmatch(entry)
        if step is None or bool(step["id"]) != (step["kind"] in ("user", "group")):
            message = gettext_noop(
                "A step of sla:escalate is a duration and who is told, like PT4H supervisor, not {value}"
            )
            given.refuse("bad_escalation", message, value=entry)
        elif given.duration("sla:escalate", step["after"]):
            kind: Any = step["kind"]
            yield Escalation(step["after"], kind, step["id"] or "", bool(step["hand"]))
