"""The catalogue: dates and times."""

from datetime import UTC, date, datetime, time

from process_server.forms.controls.catalogue.parts import both, ctl
from process_server.forms.controls.control import Control, Sample
from process_server.forms.controls.periods import Period

_DAY = {"type": "string", "format": "date"}

CONTROLS = (
    Control(
        "date", "datetime", both("日期", "Date"), "time", "calendar", _DAY, "time",
        {"subtype": "date", "dateLabel": ""},
        valid=(Sample("2025-01-31", date(2025, 1, 31)),), invalid=(("31.1.2025", "not_a_date"), (5, "not_a_date")),
    ),
    Control(
        "time", "datetime", both("时间", "Time of day"), "time", "clock", {"type": "string", "format": "time"}, "none",
        {"subtype": "time", "timeLabel": "", "use24h": True, "timeInterval": 15,
         "timeSerializingFormat": "no_timezone"},
        valid=(Sample("09:30", time(9, 30)),), invalid=(("25:00", "not_a_time"),),
    ),
    Control(
        "datetime", "datetime", both("日期时间", "Date and time"), "time", "calendar-time",
        {"type": "string", "format": "date-time"}, "time",
        {"subtype": "datetime", "dateLabel": "", "timeLabel": "时间", "use24h": True, "timeInterval": 15,
         "timeSerializingFormat": "utc_normalized", "properties": {"timeLabel:en": "Time"}},
        valid=(Sample("2025-01-31T01:30Z", datetime(2025, 1, 31, 1, 30, tzinfo=UTC)),),
        invalid=(("2025-01-31", "not_a_datetime"),),
    ),
    Control(
        "date_range", "group", both("时间段", "Period"), "time", "calendar-stats",
        {"type": "object", "properties": {"from": _DAY, "to": _DAY}}, "dimension",
        {
            "showOutline": False,
            "components": [
                {"type": "datetime", "subtype": "date", "key": "from", "dateLabel": "开始",
                 "layout": {"columns": 8, "row": "Row_period"}, "properties": {"dateLabel:en": "From"}},
                {"type": "datetime", "subtype": "date", "key": "to", "dateLabel": "结束",
                 "layout": {"columns": 8, "row": "Row_period"}, "properties": {"dateLabel:en": "To"}},
            ],
            **ctl("date_range"),
        },
        valid=(
            Sample(
                {"from": "2025-01-01", "to": "2025-01-31"}, {"from": date(2025, 1, 1), "to": date(2025, 1, 31)}
            ),
        ),
        invalid=(({"from": "2025-02-01", "to": "2025-01-31"}, "period"), ({"from": "x"}, "not_a_date")),
        behaviour=Period(),
    ),
)  # fmt: skip
