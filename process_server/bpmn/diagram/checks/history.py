"""How long a model wants its cases kept after their end."""

import re

from process_server.bpmn.diagram.checks.report import Report
from process_server.bpmn.model import Process
from process_server.i18n import gettext_noop

_DAYS = re.compile(r"P?(\d{1,5})D?", re.IGNORECASE)


def check_history(process: Process, report: Report) -> None:
    """Warn of a time that is none: the cases are kept for good then."""
    text = process.attributes.history_time_to_live
    if text and read_history_days(text) is None:
        report.warn(
            "bad_history_time",
            gettext_noop("historyTimeToLive is a number of days, such as 180 or P180D, not {value}"),
            None,
            value=text[:60],
        )


def read_history_days(text: str | None) -> int | None:
    """Return the days that `180` or `P180D` says; None where nothing is said, or nothing that could be meant."""
    found = _DAYS.fullmatch((text or "").strip())
    return int(found[1]) if found else None
