"""Every kind of field takes what it may hold, in its own type, and refuses everything else."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from process_server import clock
from process_server.forms.components import TYPES, Field
from tests.unit.forms.factories import codes, field, form, problems, submit

COLOURS = [{"label": "红", "value": "red"}, {"label": "蓝", "value": "blue"}, {"label": "One", "value": 1}]
SHANGHAI = timezone(timedelta(hours=8))

TAKEN: list[tuple[dict[str, Any], Any, Any]] = [
    (field("textfield"), "李雷", "李雷"),
    (field("textfield"), "", ""),
    (field("textfield"), "a\nb\tc", "a b c"),
    (field("textfield"), None, None),
    (field("textfield", validate={"required": True}), " ", " "),
    (field("textfield", validate={"minLength": 2, "maxLength": 3}), "abc", "abc"),
    (field("textfield", validate={"minLength": 2}), "", ""),
    (field("textfield", validate={"maxLength": 2}), "  ab  ", "  ab  "),
    (field("textfield", validate={"maxLength": 2}), "😀", "😀"),
    (field("textfield", validate={"pattern": "^1[3-9]\\d{9}$"}), "13800138000", "13800138000"),
    (field("textfield", validate={"pattern": "^(?=.*[A-Z])(?=.*\\d).{4,}$"}), "abC1", "abC1"),
    (field("textfield", validate={"pattern": "[0-9]{3}"}), "xx123yy", "xx123yy"),
    (field("textfield", validate={"pattern": "^[\\u4e00-\\u9fa5]+$"}), "张三", "张三"),
    (field("textfield", validate={"validationType": "email"}), "li.lei@example.com", "li.lei@example.com"),
    (field("textfield", validate={"validationType": "phone"}), "+8613800138000", "+8613800138000"),
    (field("textarea"), "a\nb", "a\nb"),
    (field("number"), 5, 5),
    (field("number"), "5", 5),
    (field("number"), 0.1, Decimal("0.1")),
    (field("number"), "12.50", Decimal("12.50")),
    (field("number"), "", None),
    (field("number"), None, None),
    (field("number", serializeToString=True), "12345678901234567890.12", Decimal("12345678901234567890.12")),
    (field("number", serializeToString=True), 7, Decimal(7)),
    (field("number", validate={"min": 0, "max": 10}), 0, 0),
    (field("number", validate={"min": "0.5"}), "0.5", Decimal("0.5")),
    (field("number", decimalDigits=2), "1.50", Decimal("1.50")),
    (field("number", decimalDigits=2), "1.5000", Decimal("1.5000")),
    (field("number", decimalDigits=0), "1.0", Decimal("1.0")),
    (field("number", increment=0.25), "0.75", Decimal("0.75")),
    (field("number", increment="5"), -10, -10),
    (field("datetime", subtype="date"), "2026-01-31", date(2026, 1, 31)),
    (field("datetime"), "2026-01-31", date(2026, 1, 31)),
    (field("datetime", subtype="date"), "", None),
    (field("datetime", subtype="time"), "09:30", time(9, 30)),
    (field("datetime", subtype="time"), "09:30Z", time(9, 30, tzinfo=UTC)),
    (field("datetime", subtype="time"), "09:30+08:00", time(9, 30, tzinfo=SHANGHAI)),
    (field("datetime", subtype="datetime"), "2026-01-31T09:30Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    (field("datetime", subtype="datetime"), "2026-01-31T09:30+08:00", datetime(2026, 1, 31, 1, 30, tzinfo=UTC)),
    (field("datetime", subtype="datetime"), "2026-01-31T09:30", datetime(2026, 1, 31, 9, 30, tzinfo=SHANGHAI)),
    (field("checkbox"), True, True),
    (field("checkbox"), False, False),
    (field("radio", values=COLOURS), "red", "red"),
    (field("radio", values=COLOURS), "", None),
    (field("select", values=COLOURS), 1, 1),
    (field("select", values=COLOURS), 1.0, Decimal("1.0")),
    (field("checklist", values=COLOURS), ["red", "blue"], ["red", "blue"]),
    (field("checklist", values=COLOURS), [], []),
    (field("taglist", values=COLOURS), ["red", 1], ["red", 1]),
    (field("select", valuesKey="offered"), "b", "b"),
    (field("select", valuesKey="offered"), {"id": 7}, {"id": 7}),
    (field("filepicker"), [], []),
]  # fmt: skip

REFUSED: list[tuple[dict[str, Any], Any, str]] = [
    (field("textfield"), 5, "not_text"),
    (field("textfield"), ["a"], "not_text"),
    (field("textfield"), "a\0b", "characters"),
    (field("textarea"), "a\ud800", "characters"),
    (field("textarea"), "a" * 100_001, "max_length"),
    (field("textfield", validate={"required": True}), "", "required"),
    (field("textfield", validate={"required": True}), None, "required"),
    (field("textfield", validate={"minLength": 2}), "a ", "min_length"),
    (field("textfield", validate={"maxLength": 1}), "😀", "max_length"),
    (field("textfield", validate={"pattern": "^1[3-9]\\d{9}$"}), "1380013800", "pattern"),
    (field("textfield", validate={"pattern": "^\\d+$"}), "١٢٣", "pattern"),
    (field("textfield", validate={"pattern": "^(a|aa)+$"}), "a" * 60 + "b", "pattern"),
    (field("textfield", validate={"validationType": "email"}), "li lei@example.com", "email"),
    (field("textfield", validate={"validationType": "email"}), "a@b.com\n", "email"),
    (field("textfield", validate={"validationType": "phone"}), "13800138000", "phone"),
    (field("number"), "5x", "not_a_number"),
    (field("number"), True, "not_a_number"),
    (field("number"), "NaN", "not_a_number"),
    (field("number"), float("inf"), "not_a_number"),
    (field("number"), "1e9999", "not_a_number"),
    (field("number"), "9" * 500, "not_a_number"),
    (field("number"), [5], "not_a_number"),
    (field("number", validate={"required": True}), "", "required"),
    (field("number", validate={"min": 1}), 0, "min"),
    (field("number", validate={"max": 10}), "10.01", "max"),
    (field("number", decimalDigits=2), "1.505", "decimal_digits"),
    (field("number", decimalDigits=0), "1.5", "integer"),
    (field("number", increment=0.25), "0.8", "increment"),
    (field("datetime", subtype="date"), "2026-02-30", "not_a_date"),
    (field("datetime", subtype="date"), "20260131", "not_a_date"),
    (field("datetime", subtype="date"), "2026-01-31T00:00", "not_a_date"),
    (field("datetime", subtype="date"), 20260131, "not_a_date"),
    (field("datetime", subtype="date", validate={"required": True}), "", "required"),
    (field("datetime", subtype="time"), "25:00", "not_a_time"),
    (field("datetime", subtype="time"), "9:30", "not_a_time"),
    (field("datetime", subtype="datetime"), "2026-01-31", "not_a_datetime"),
    (field("datetime", subtype="datetime"), "9999-12-31T23:59-12:00", "not_a_datetime"),
    (field("datetime", subtype="datetime"), "0001-01-01T00:00+14:00", "not_a_datetime"),
    (field("textfield", properties={"ctl": "phone"}), "021-62345678 ext 801", "phone_number"),
    (field("checkbox"), "true", "not_a_boolean"),
    (field("checkbox"), 1, "not_a_boolean"),
    (field("checkbox", validate={"required": True}), False, "required"),
    (field("radio", values=COLOURS), "green", "not_an_option"),
    (field("radio", values=COLOURS), True, "not_an_option"),
    (field("radio", values=COLOURS), "1", "not_an_option"),
    (field("select", values=COLOURS), ["red"], "not_an_option"),
    (field("select", values=COLOURS, validate={"required": True}), None, "required"),
    (field("checklist", values=COLOURS), "red", "not_a_list"),
    (field("checklist", values=COLOURS), ["red", "green"], "not_an_option"),
    (field("checklist", values=COLOURS), ["red", "red"], "chosen_twice"),
    (field("checklist", values=COLOURS, validate={"required": True}), [], "required"),
    (field("taglist", values=COLOURS), {"0": "red"}, "not_a_list"),
    (field("select", valuesKey="offered"), "c", "not_an_option"),
    (field("select", valuesKey="nothing"), "a", "not_an_option"),
    (field("filepicker"), "some-id", "not_a_list"),
    (field("filepicker"), ["0190-unknown"], "unknown_file"),
    (field("filepicker", validate={"required": True}), [], "required"),
]  # fmt: skip

OFFERED = {"offered": ["a", {"label": "B", "value": "b"}, {"label": "Seven", "value": {"id": 7}}, {}, None]}


def _name(case: Any) -> str:
    return f"{case['type']}" if isinstance(case, dict) and "type" in case else repr(case)[:30]


@pytest.mark.parametrize("settings", [{}, {"properties": {"ctl": "currency"}}, {"serializeToString": True}])
@pytest.mark.parametrize("sent", ["-0", "-0.00", -0.0])
def test_zero_has_no_sign(settings: dict[str, Any], sent: Any) -> None:
    kept = submit([field("number", **settings)], {"x": sent}).values["x"]
    assert not str(kept).startswith("-")


@pytest.mark.parametrize(("component", "sent", "kept"), TAKEN, ids=_name)
def test_takes(component: dict[str, Any], sent: Any, kept: Any) -> None:
    values = submit([component], {"x": sent}, variables=OFFERED).values
    assert values == {"x": kept}
    assert type(values["x"]) is type(kept)


@pytest.mark.parametrize(("component", "sent", "code"), REFUSED, ids=_name)
def test_refuses(component: dict[str, Any], sent: Any, code: str) -> None:
    assert codes([component], {"x": sent}, variables=OFFERED) == [("x", code)]


def test_every_kind_of_input_is_tried() -> None:
    inputs = {name for name, kind in TYPES.items() if issubclass(kind, Field)} - {"expression"}
    assert {component["type"] for component, _, _ in TAKEN} == inputs
    assert {component["type"] for component, _, _ in REFUSED} == inputs


def test_options_belong_to_the_variables_and_not_to_what_was_sent() -> None:
    component = field("select", valuesKey="offered")
    assert codes([component], {"x": "mine", "offered": ["mine"]}, variables=OFFERED) == [("x", "not_an_option")]


@pytest.mark.parametrize("sent", ["old", None])
def test_a_retired_option_stays_allowed_while_unchanged(sent: str | None) -> None:
    component = field("select", values=COLOURS)
    assert submit([component], {"x": sent}, variables={"x": "old"}).values == {"x": sent}


def test_a_retired_choice_stays_allowed_among_others() -> None:
    component = field("checklist", values=COLOURS)
    before = {"x": ["old", "red"]}
    assert submit([component], {"x": ["old", "blue"]}, variables=before).values == {"x": ["old", "blue"]}
    assert codes([component], {"x": ["older"]}, variables=before) == [("x", "not_an_option")]


def test_a_passed_date_is_refused_in_the_time_zone_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    component = field("datetime", subtype="date", disallowPassedDates=True)
    # 17:00 in Greenwich is the next day in Shanghai
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, 17, tzinfo=UTC))
    assert codes([component], {"x": "2026-03-01"}) == [("x", "past_date")]
    assert codes([component], {"x": "2026-03-02"}) == []
    assert codes([component], {"x": "2026-03-01"}, variables={"x": date(2026, 3, 1)}) == []


def test_a_problem_carries_the_facts_its_text_needs() -> None:
    components = [
        field("number", "step", increment=5),
        field("textfield", "plate", validate={"pattern": "^[A-Z]{2}$", "patternErrorMessage": "两个大写字母"}),
    ]
    assert problems(components, {"step": 7, "plate": "x"}) == [
        {"field": "step", "code": "increment", "params": {"previous": 5, "next": 10}},
        {"field": "plate", "code": "pattern", "params": {"pattern": "^[A-Z]{2}$", "message": "两个大写字母"}},
    ]


def test_a_message_of_the_form_is_told_in_the_readers_language() -> None:
    rules = {"pattern": "^[A-Z]{2}$", "patternErrorMessage": "两个大写字母"}
    component = field("textfield", validate=rules, properties={"patternErrorMessage:en": "Two capital letters"})
    assert problems([component], {"x": "x"}, language="en")[0]["params"]["message"] == "Two capital letters"
    assert problems([component], {"x": "x"}, language="zh-CN")[0]["params"]["message"] == "两个大写字母"


def test_all_problems_are_told_at_once() -> None:
    components = [field("textfield", "a", validate={"required": True}), field("number", "b", validate={"max": 1})]
    assert codes(components, {"b": 2}) == [("a", "required"), ("b", "max")]


def test_a_form_knows_its_fields() -> None:
    schema = form({"type": "group", "path": "a", "components": [field("textfield", "b.c")]})
    assert [item.path for item in schema.fields()] == [("a", "b", "c")]
