"""Figures as ECharts options; colours and fonts are the theme's, added in the browser."""

from typing import Any

from process_server.i18n import gettext_noop
from process_server.web.ground.visit import Visit

Option = dict[str, Any]

HOUR = 3600


def daily(visit: Visit, rows: list[dict[str, Any]]) -> Option:
    """Started and completed as bars, in progress as a line."""
    series = [
        (gettext_noop("Cases started"), "started", "bar"),
        (gettext_noop("Completed"), "completed", "bar"),
        (gettext_noop("In progress"), "in_progress", "line"),
    ]
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": [f"{row['day']:%m-%d}" for row in rows]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": visit.say(name),
                "type": kind,
                "data": [row[key] for row in rows],
                "barMaxWidth": 14,
                "showSymbol": False,
            }
            for name, key, kind in series
        ],
    }


def steps(visit: Visit, rows: list[dict[str, Any]]) -> Option:
    """Waiting and working time of each step, stacked, the slowest on top, in hours."""
    shown = rows[:12][::-1]
    return {
        "legend": {},
        "xAxis": {"type": "value"},
        "yAxis": {
            "type": "category",
            "data": [row["step"] for row in shown],
            "axisLabel": {"width": 150, "overflow": "truncate"},
        },
        "series": [
            {
                "name": visit.say(name),
                "type": "bar",
                "stack": "time",
                "barMaxWidth": 16,
                "data": [round((row[key] or 0) / HOUR, 2) for row in shown],
            }
            for name, key in ((gettext_noop("Waiting"), "waiting"), (gettext_noop("Working"), "working"))
        ],
    }


def late(visit: Visit, rows: list[dict[str, Any]]) -> Option:
    """Open overdue tasks by how long they are late."""
    words = {
        "0-1d": gettext_noop("up to 1 day"),
        "1-3d": gettext_noop("1 to 3 days"),
        "3-7d": gettext_noop("3 to 7 days"),
        ">7d": gettext_noop("over 7 days"),
    }
    return {
        "xAxis": {
            "type": "category",
            "data": [visit.say(words[row["bucket"]]) for row in rows],
            "axisLabel": {"interval": 0, "hideOverlap": False, "width": 66, "overflow": "break"},
        },
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": visit.say("Overdue"), "type": "bar", "barMaxWidth": 36, "data": [row["n"] for row in rows]}
        ],
    }


def funnel(visit: Visit, found: dict[str, Any] | None) -> Option | None:
    """How many cases of the cohort passed each milestone, as bars that can be compared."""
    if found is None:
        return None
    stages = found["stages"][::-1]
    names = [*(stage["name"] for stage in stages), visit.say("Cases started")]
    return {
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": names, "axisLabel": {"width": 130, "overflow": "truncate"}},
        "series": [
            {
                "name": visit.say("Cases"),
                "type": "bar",
                "barMaxWidth": 18,
                "label": {"show": True, "position": "right"},
                "data": [*(stage["passed"] for stage in stages), found["started"]],
            }
        ],
    }
