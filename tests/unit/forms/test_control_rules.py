"""What controls are checked for when a form is deployed and sent: settings, circles, rules, retirement, stages."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from process_server import clock
from process_server.forms.controls import CONTROLS
from process_server.forms.controls.computing import in_words
from process_server.forms.messages import problem_text
from process_server.forms.numbering import pattern_fault, written
from process_server.forms.rendering import render
from tests.unit.forms.factories import codes, field, form, problems, reading, submit
from tests.unit.forms.test_controls import Known


def ctl(type: str, name: str, key: str = "x", **properties: str) -> dict[str, Any]:
    return field(type, key, properties={"ctl": name, **properties})


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_a_new_control_has_no_faults(control: Any) -> None:
    assert [problem for problem in reading(control.new("x"))[1] if problem["severity"] == "error"] == []


@pytest.mark.parametrize(
    ("component", "code"),
    [
        (ctl("textfield", "hologram"), "unknown_control"),
        (ctl("textfield", "rating"), "wrong_carrier"),
        (ctl("textfield", "auto_number", pattern="KH-{yyyy}"), "invalid_control"),
        (ctl("textfield", "auto_number", pattern="{0000}-{week}"), "invalid_control"),
        (ctl("textarea", "json", schema='{"type": "nothing"}'), "invalid_control"),
        (ctl("textarea", "json", schema='{"$ref": "https://example.com/schema"}'), "invalid_control"),
        (ctl("textarea", "json", schema='{"items": {"$ref": "#/$defs/nothing"}}'), "invalid_control"),
        (ctl("select", "cascade", tree="[1]") | {"values": []}, "invalid_control"),
        (
            ctl("select", "cascade", tree='[{"value": "a", "children": [{}]}]') | {"values": []},
            "invalid_control",
        ),
        (field("checklist", values=[{"label": "A", "value": "a"}], properties={"minItems": "few"}), "invalid_limit"),
        (field("taglist", values=[], properties={"minItems": "3", "maxItems": "2"}), "empty_range"),
        (ctl("select", "relation") | {"values": []}, "invalid_control"),
        (field("number", properties={"rule:low": "x >"}), "invalid_expression"),
        (field("number", properties={"rule:low": "x > 1"}), "silent_rule"),
    ],
)
def test_deploying_tells_of_what_cannot_work(component: dict[str, Any], code: str) -> None:
    assert code in [problem["code"] for problem in reading(component)[1]]


def test_formulas_that_need_one_another_are_refused() -> None:
    found = reading(
        field("expression", "a", expression="=b + 1"),
        field("expression", "b", expression="=c + 1"),
        field("expression", "c", expression="=a + 1"),
    )[1]
    assert [problem["code"] for problem in found] == ["formula_circle"]


def test_a_long_chain_of_formulas_is_computed_in_any_order() -> None:
    chain = [field("expression", f"f{step}", expression=f"=f{step - 1} + 1") for step in range(20, 0, -1)]
    assert submit([*chain, field("number", "f0")], {"f0": 1}).values["f20"] == 21


def test_rows_add_up_exactly_and_are_written_in_words() -> None:
    rows = {
        "type": "dynamiclist",
        "path": "items",
        "properties": {"ctl": "sub_table"},
        "components": [ctl("number", "currency", "price") | {"serializeToString": True}],
    }
    total = ctl("expression", "rollup", "total", of="items", take="price") | {"expression": "=null"}
    words = ctl("expression", "amount_in_words", "words", of="total") | {"expression": "=null"}
    sent = {"items": [{"price": "0.1"}, {"price": "0.2"}], "total": 99, "words": "much"}
    values = submit([words, total, rows], sent).values
    assert values["total"] == Decimal("0.3")
    assert values["words"] == "叁角"


def test_words_for_amounts() -> None:
    assert in_words(Decimal("150000.50")) == "壹拾伍万元伍角"
    assert in_words(None) is in_words(Decimal(10) ** 20) is None


def test_a_rule_between_fields_tells_in_the_readers_language_at_its_field() -> None:
    start = field("datetime", "start", subtype="date", properties={
        "rule:order": "date(end) >= date(start)", "rule:order:at": "end",
        "rule:order:message": "结束不能早于开始", "rule:order:message:en": "It ends before it begins.",
    })  # fmt: skip
    form_ = [start, field("datetime", "end", subtype="date")]
    (broken,) = problems(form_, {"start": "2025-02-01", "end": "2025-01-01"})
    assert (broken["field"], broken["code"]) == ("end", "rule")
    assert problem_text(broken, "zh-CN") == "结束不能早于开始"
    assert problem_text(broken, "en") == "It ends before it begins."
    assert codes(form_, {"start": "2025-02-01", "end": "2025-02-01"}) == []
    assert codes(form_, {"start": "2025-02-01"}) == [], "what is not known breaks no rule"


def test_an_option_is_offered_between_its_days_and_kept_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = field(
        "select",
        values=[{"label": "Summer", "value": "summer"}, {"label": "Always", "value": "always"}],
        properties={"option:summer:active_from": "2026-06-01", "option:summer:active_to": "2026-08-31"},
    )
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, 1, tzinfo=UTC))
    assert codes([offer], {"x": "summer"}) == [("x", "not_an_option")]
    assert codes([offer], {"x": "summer"}, variables={"x": "summer"}) == []
    shown = render(form(offer), language="en", data={"x": "summer"})["components"][0]["values"]
    assert [option["label"] for option in shown] == ["Always", "Summer (no longer offered)"]
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 7, 1, tzinfo=UTC))
    assert codes([offer], {"x": "summer"}) == []


def test_a_stage_goes_only_where_it_may() -> None:
    stage = CONTROLS["stage"].new("x")
    assert codes([stage], {"x": "negotiation"}, variables={"x": "contact"}) == [("x", "transition")]
    assert codes([stage], {"x": "proposal"}, variables={"x": "contact"}) == []
    assert codes([stage], {"x": "negotiation"}) == []


def test_nobody_is_chosen_who_is_not_there_and_who_left_may_stay() -> None:
    person = CONTROLS["person"].new("x")
    assert codes([person], {"x": "nobody"}, lookup=Known()) == [("x", "not_an_option")]
    assert codes([person], {"x": "nobody"}, variables={"x": "nobody"}, lookup=Known()) == []
    shown = render(form(person), language="en", data={"x": "li"}, lookup=Known())["components"][0]
    assert shown["values"] == [{"value": "li", "label": "people li"}]


def test_money_of_several_currencies_keeps_each_scale() -> None:
    money = ctl("number", "currency", currencies="CNY,JPY") | {"serializeToString": True}
    assert submit([money], {"x": {"amount": "1.05", "currency": "CNY"}}).values["x"] == {
        "amount": Decimal("1.05"),
        "currency": "CNY",
    }
    assert codes([money], {"x": {"amount": "1.05", "currency": "JPY"}}) == [("x", "integer")]
    assert codes([money], {"x": {"amount": "1", "currency": "USD"}}) == [("x", "currency")]
    assert submit([money], {"x": "7.50"}).values["x"] == {"amount": Decimal("7.50"), "currency": "CNY"}


@pytest.mark.parametrize("key", ["checklist", "multi_select", "tags", "people"])
def test_how_many_may_be_chosen_is_counted(key: str) -> None:
    made = CONTROLS[key].new("x")
    made["properties"] = {**made.get("properties", {}), "minItems": "2", "maxItems": "2"}
    told = [codes([made], {"x": chosen}, lookup=Known()) for chosen in (["a"], ["a", "b"], ["a", "b", "c"], [])]
    assert told == [[("x", "too_few_choices")], [], [("x", "too_many_choices")], []]


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("region", {"code": "310101", "detail": {"a": 1}}),
        ("location", {"lat": 1, "lng": 2, "addr": ["a"]}),
        ("currency", {"amount": 1, "currency": ["CNY"]}),
    ],
)
def test_a_part_that_has_to_be_text_is_text(key: str, sent: dict[str, Any]) -> None:
    made = CONTROLS[key].new("x")
    made["properties"] = {**made["properties"], "currencies": "CNY,USD"}
    assert codes([made], {"x": sent}) == [("x", "not_text")]


def test_a_json_schema_holds_nobody_up() -> None:
    slow = ctl("textarea", "json", schema='{"pattern": "^(a|aa)+$"}')
    assert codes([slow], {"x": json.dumps("a" * 60 + "!")}) == [("x", "json_schema")]
    endless = ctl("textarea", "json", schema='{"$ref": "#"}')
    assert codes([endless], {"x": "1"}) == [("x", "json_schema")]


def test_null_clears_what_lies_in_a_group() -> None:
    held = {"x": {"from": date(2025, 1, 1), "to": date(2025, 1, 2), "more": 1}}
    done = submit([CONTROLS["date_range"].new("x")], {"x": None}, variables=held)
    assert done.values == {"x": {"from": None, "to": None, "more": 1}}


def test_numbers_are_written_by_their_pattern() -> None:
    now = datetime(2025, 1, 31, tzinfo=UTC)
    assert written("KH-{yyyy}{MM}-{0000}", 1, now) == "KH-202501-0001"
    assert written("{yy}/{00}", 123, now) == "25/123"
    assert pattern_fault("KH-{0000}") is None
    assert submit([CONTROLS["auto_number"].new("x")], {"x": "KH-1"}).values == {}


def test_a_period_must_not_end_before_it_begins_unless_it_is_hidden() -> None:
    period = CONTROLS["date_range"].new("x")
    sent = {"x": {"from": "2025-02-01", "to": "2025-01-01"}}
    assert codes([period], sent) == [("x.to", "period")]
    assert codes([{**period, "conditional": {"hide": "=true"}}], sent) == []
