"""The viewer gets the form in the reader's language, narrowed to the step, and no more data than it shows."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from process_server.forms.generated import GeneratedField, generated_form
from process_server.forms.localise import label_of
from process_server.forms.messages import TEXTS, problem_text, text
from process_server.forms.policy import FieldPolicy, check_policy
from process_server.forms.rendering import initial_data, render
from process_server.forms.submission import validate
from tests.unit.forms.factories import field, form

OPTIONS = [{"label": "同意", "value": "approve"}, {"label": "驳回", "value": "reject"}]


def rendered(*components: dict[str, Any], language: str = "zh-CN", **options: Any) -> list[dict[str, Any]]:
    made = render(form(*components), language=language, **options)
    components_: list[dict[str, Any]] = made["components"]
    return components_


def test_the_readers_language_stands_beside_the_chinese() -> None:
    component = field(
        "radio",
        label="决定",
        description="请选择",
        values=OPTIONS,
        properties={"label:en": "Decision", "option:approve:en": "Approve", "description:en": "Choose one"},
    )
    assert rendered(component, language="zh-CN") == [component]
    shown = rendered(component, language="en-GB")[0]
    assert (shown["label"], shown["description"]) == ("Decision", "Choose one")
    assert [option["label"] for option in shown["values"]] == ["Approve", "驳回"]


@pytest.mark.parametrize(
    ("component", "setting"),
    [
        ({"type": "text", "text": "你好", "properties": {"text:en": "Hello"}}, "text"),
        ({"type": "html", "content": "<b>你好</b>", "properties": {"content:en": "Hello"}}, "content"),
        (field("datetime", dateLabel="日期", properties={"dateLabel:en": "Hello"}), "dateLabel"),
        ({"type": "group", "label": "组", "components": [], "properties": {"label:en": "Hello"}}, "label"),
    ],
)
def test_texts_of_all_kinds_have_languages(component: dict[str, Any], setting: str) -> None:
    assert rendered(component, language="en")[0][setting] == "Hello"


def test_texts_within_settings_have_languages() -> None:
    component = field(
        "textfield",
        validate={"pattern": "^a$", "patternErrorMessage": "错"},
        properties={"patternErrorMessage:en": "Wrong", "suffixAdorner:en": "pcs"},
    )
    shown = rendered(component, language="en")[0]
    assert shown["validate"]["patternErrorMessage"] == "Wrong"
    assert shown["appearance"] == {"suffixAdorner": "pcs"}


def test_columns_of_tables_have_languages() -> None:
    table = {
        "type": "table",
        "dataSource": "=items",
        "columns": [{"key": "a", "label": "甲"}],
        "properties": {"column:a:en": "A"},
    }
    assert rendered(table, language="en")[0]["columns"] == [{"key": "a", "label": "A"}]


def test_a_column_shows_what_the_options_of_its_field_are_called() -> None:
    table = {
        "type": "table",
        "dataSource": "=opinions",
        "columns": [{"key": "decision", "label": "意见"}, {"key": "opinion", "label": "原因"}],
        "properties": {"column:decision:field": "x"},
    }
    choice = field("radio", "x", values=OPTIONS, properties={"option:approve:en": "Approve"})
    decision, opinion = rendered(table, choice, language="en")[0]["columns"]
    assert [(each["value"], each["label"]) for each in decision["values"]] == [
        ("approve", "Approve"),
        ("reject", "驳回"),
    ]
    assert "values" not in opinion


def test_the_schema_as_deployed_is_not_touched() -> None:
    schema = form(field("textfield", label="甲", properties={"label:en": "A"}))
    render(schema, language="en", policy=FieldPolicy({"x": "read"}))
    assert schema.source["components"][0]["label"] == "甲"
    assert "readonly" not in schema.source["components"][0]


def test_labels_for_lists() -> None:
    named, bare = form(
        field("textfield", "a", label="甲", properties={"label:en": "A"}), {"type": "number", "key": "b"}
    ).fields()
    assert [label_of(named, language) for language in ("zh-CN", "en")] == ["甲", "A"]
    assert label_of(bare, "en") == "b"


def test_a_date_is_called_by_the_label_that_stands_above_it() -> None:
    [date] = form(
        field("datetime", "on", label=None, dateLabel="日期", properties={"dateLabel:en": "Date"})
    ).fields()  # fmt: skip
    assert [label_of(date, language) for language in ("zh-CN", "en")] == ["日期", "Date"]


def test_a_step_narrows_the_form() -> None:
    components = [
        field("textfield", "a"),
        field("textfield", "b"),
        field("textfield", "c"),
        {"type": "group", "path": "g", "components": [field("textfield", "d"), field("textfield", "e")]},
        {"type": "dynamiclist", "path": "l", "components": [field("number", "n")]},
    ]
    policy = FieldPolicy({"a": "hidden", "b": "read", "c": "required", "g": "read", "g.e": "write", "l": "read"})
    b, c, group, rows = rendered(*components, policy=policy)
    assert b["readonly"] is True
    assert c["validate"] == {"required": True}
    assert [item.get("readonly", False) for item in group["components"]] == [True, False]
    assert (rows["readonly"], rows["allowAddRemove"], rows["components"][0]["readonly"]) == (True, False, True)


def test_what_a_step_opens_is_shown_within_what_it_hides() -> None:
    columns = [field("textfield", "a"), field("textfield", "b")]
    components = [
        {"type": "group", "path": "g", "components": columns},
        {"type": "dynamiclist", "path": "l", "components": columns},
    ]
    held = {"g": {"a": "1", "b": "2"}, "l": [{"a": "1", "b": "2"}]}
    some = FieldPolicy({"g.a": "write", "l.a": "write"}, default="hidden")
    for editable, closed in ((True, None), (False, True)):
        group, rows = rendered(*components, policy=some, editable=editable)
        for container in (group, rows):
            assert [(item["key"], item.get("readonly")) for item in container["components"]] == [("a", closed)]
        assert rows["allowAddRemove"] is False
    assert initial_data(form(*components), held, policy=some) == {"g": {"a": "1"}, "l": [{"a": "1"}]}
    assert initial_data(form(*components), held, policy=FieldPolicy({"g": "hidden", "l": "hidden"})) == {"g": {}}


def test_the_browser_does_not_ask_for_what_nobody_could_mend() -> None:
    rules: dict[str, Any] = {"validate": {"required": True}, "decimalDigits": 0}
    for component, policy in (
        (field("number", **rules), FieldPolicy({"x": "read"})),
        (field("number", readonly=True, **rules), None),
    ):
        assert rendered(component, policy=policy)[0] == {**field("number"), "readonly": True}


def test_a_form_can_be_shown_only() -> None:
    policy = FieldPolicy({"a": "hidden", "b": "required"})
    (b,) = rendered(field("textfield", "a"), field("textfield", "b"), policy=policy, editable=False)
    assert b["readonly"] is True


def test_a_retired_option_stays_choosable() -> None:
    component = field("select", values=OPTIONS)
    shown = rendered(component, data={"x": "defer"}, language="en")[0]["values"]
    assert shown == [*OPTIONS, {"value": "defer", "label": "defer (no longer offered)"}]
    assert rendered(component, data={"x": "defer"}, language="zh-CN")[0]["values"][-1]["label"] == "defer（已停用）"
    assert rendered(component, data={"x": "approve"})[0]["values"] == OPTIONS
    assert rendered(component, data={"x": None})[0]["values"] == OPTIONS


def test_retired_options_of_lists_rows_and_variables() -> None:
    component = field("checklist", valuesKey="offered")
    data = {"x": ["a", "old", "older"], "offered": ["a", {"label": "B", "value": "b"}]}
    shown = rendered(component, data=data)[0]
    assert "valuesKey" not in shown
    assert [option["value"] for option in shown["values"]] == ["a", "b", "old", "older"]
    rows = {"type": "dynamiclist", "path": "l", "components": [field("radio", values=OPTIONS)]}
    inner = rendered(rows, data={"l": [{"x": "old"}, {"x": "old"}]})[0]["components"][0]
    assert [option["value"] for option in inner["values"]] == ["approve", "reject", "old"]


def test_the_browser_gets_only_what_the_form_names() -> None:
    schema = form(
        field("textfield", "a", conditional={"hide": "=flag"}),
        field("select", "b", valuesKey="offered"),
        {"type": "text", "text": "Hello {{customer.name}}"},
        field("textfield", "salary"),
        {"type": "dynamiclist", "path": "l", "components": [field("number", "cost"), field("number", "n")]},
    )
    variables = {
        "a": "1",
        "flag": True,
        "offered": ["x"],
        "customer": {"name": "李"},
        "salary": 9,
        "secret": 1,
        "l": [{"cost": 1, "n": 2}],
    }
    data = initial_data(schema, variables, policy=FieldPolicy({"salary": "hidden", "l.cost": "hidden"}))
    assert data == {"a": "1", "flag": True, "offered": ["x"], "customer": {"name": "李"}, "l": [{"n": 2}]}
    assert variables["l"] == [{"cost": 1, "n": 2}]


def test_values_are_given_as_the_components_hold_them() -> None:
    schema = form(
        field("number", "money", serializeToString=True),
        field("number", "whole", serializeToString=True),
        field("number", "count"),
        field("datetime", "day", subtype="date"),
        field("datetime", "hour", subtype="time"),
        field("datetime", "local", subtype="datetime", timeSerializingFormat="no_timezone"),
        field("datetime", "utc", subtype="datetime", timeSerializingFormat="utc_normalized"),
        field("textfield", "code"),
    )
    instant = datetime(2026, 1, 31, 1, 30, tzinfo=UTC)
    variables = {
        "money": Decimal("1E+3"),
        "whole": 5,
        "count": 5,
        "day": date(2026, 1, 31),
        "hour": time(9, 30),
        "local": instant,
        "utc": instant,
        "code": 7,
    }
    data = initial_data(schema, variables)
    assert data == {
        "money": "1000",
        "whole": "5",
        "count": 5,
        "day": "2026-01-31",
        "hour": "09:30",
        "local": "2026-01-31T09:30",
        "utc": "2026-01-31T01:30Z",
        "code": "7",
    }
    kept = validate(schema, data, variables=variables).values
    assert kept == {**variables, "code": "7"}


def test_modes_are_checked_when_deployed() -> None:
    schema = form(field("textfield", "a"), {"type": "group", "id": "G", "components": []})
    properties = {"field:a": "read", "field:G": "hidden", "field:*": "write", "field:b": "read", "field:a.c": "ro"}
    found = [(item["code"], item["severity"]) for item in check_policy(properties, schema)]
    assert found == [("unknown_field", "warning"), ("invalid_field_mode", "error")]


def test_fields_of_camunda_7_become_a_form() -> None:
    schema = generated_form(
        [
            GeneratedField("name", label="Name", constraints={"required": "true", "maxlength": "3"}),
            GeneratedField("count", "long", default="5", constraints={"min": "1", "max": "9"}),
            GeneratedField("price", "double"),
            GeneratedField("agreed", "boolean", default="true"),
            GeneratedField("day", "date"),
            GeneratedField("kind", "enum", values=[("a", "甲"), ("b", "")], properties={"label:en": "Kind"}),
            GeneratedField("fixed", default="${initiator}", constraints={"readonly": "true"}),
            GeneratedField("own", "custom-type"),
        ],
    )
    sent = {"name": "ab", "price": "1.10", "day": "2026-01-31", "kind": "b", "fixed": "x", "own": "y"}
    assert validate(schema, sent, variables={}).values == {
        "name": "ab",
        "count": 5,
        "price": Decimal("1.10"),
        "agreed": True,
        "day": date(2026, 1, 31),
        "kind": "b",
        "own": "y",
    }
    assert render(schema, language="en")["components"][5]["label"] == "Kind"


def test_every_text_is_there_in_both_languages() -> None:
    for code, texts in TEXTS.items():
        assert set(texts) == {"zh-CN", "en"}, code
    assert text("max", {"limit": Decimal("1E+3")}, "en-GB") == "At most 1000."
    assert text("max", {"limit": 5}, "fr") == "不能大于 5。"


def test_a_patterns_own_message_comes_first() -> None:
    problem = {"field": "x", "code": "pattern", "params": {"pattern": "^a$", "message": "只能是 a"}}
    assert problem_text(problem, "zh-CN") == "只能是 a"  # type: ignore[arg-type]
    problem["params"] = {"pattern": "^a$", "message": ""}
    assert problem_text(problem, "en") == "This is not in the expected format."  # type: ignore[arg-type]
