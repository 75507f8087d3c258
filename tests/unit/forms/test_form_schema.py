"""A form is read strictly: what the viewer could not show is an error, what only surprises a warning."""

import json
from typing import Any

import pytest

from process_server.errors import Problem
from process_server.forms.components import TYPES, DynamicList, dotted
from process_server.forms.schema import MAX_BYTES, MAX_COMPONENTS, MAX_DEPTH, parse_form, read_form
from process_server.i18n import worded
from tests.unit.forms.factories import field, form, reading, source


def found(problems: list[Problem]) -> list[tuple[str, str, str | None]]:
    """Return what the problems are, having looked whether each is told in both languages."""
    for problem in problems:
        assert problem["message"] == worded("en", problem["template"], problem["params"])
        assert problem["message"] != worded("zh-CN", problem["template"], problem["params"])
        assert not problem["hint"] or problem["hint"] != worded("zh-CN", problem["hint"], problem["params"])
    return [(problem["severity"], problem["code"], problem["element"]) for problem in problems]


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = field("textfield")
    for _ in range(depth):
        inner = {"type": "group", "components": [inner]}
    return inner


ERRORS: list[tuple[str, list[dict[str, Any]], str | None]] = [
    ("unknown_type", [{"type": "rating", "key": "stars"}], "stars"),
    ("unknown_type", ["textfield"], None),  # type: ignore[list-item]
    ("invalid_setting", [field("textfield", validate={"required": "yes"})], "x"),
    ("invalid_setting", [field("datetime", subtype="week")], "x"),
    ("invalid_setting", [field("number", serializeToString=1)], "x"),
    ("invalid_setting", [{"type": "group", "components": {}}], None),
    ("missing_key", [{"type": "textfield", "id": "Field_1"}], "Field_1"),
    ("missing_key", [{"type": "dynamiclist", "id": "List_1", "components": []}], "List_1"),
    ("invalid_key", [field("textfield", "a b.")], "a b."),
    ("duplicate_key", [field("textfield"), field("number")], "x"),
    ("duplicate_key", [field("textfield", "a"), field("textfield", "a.b")], "a.b"),
    ("duplicate_key", [field("textfield", "a.b"), field("textfield", "a")], "a"),
    (
        "duplicate_key",
        [{"type": "dynamiclist", "path": "a", "components": [field("number")]}, field("number", "a")],
        "a",
    ),
    ("duplicate_id", [field("textfield", "a", id="F"), field("textfield", "b", id="F")], "b"),
    ("invalid_expression", [field("textfield", conditional={"hide": "=a >"})], "x"),
    ("invalid_expression", [field("number", validate={"min": "=("})], "x"),
    ("invalid_expression", [field("expression")], "x"),
    ("invalid_expression", [{"type": "table", "id": "T", "dataSource": "=)"}], "T"),
    ("invalid_limit", [field("number", validate={"min": "ten"})], "x"),
    ("invalid_limit", [field("textfield", validate={"maxLength": 1.5})], "x"),
    ("invalid_limit", [field("number", increment="0")], "x"),
    (
        "invalid_limit",
        [{"type": "dynamiclist", "path": "x", "components": [], "properties": {"minItems": "few"}}],
        "x",
    ),
    ("empty_range", [field("number", validate={"min": 2, "max": 1})], "x"),
    ("invalid_pattern", [field("textfield", validate={"pattern": "^(a$"})], "x"),
    ("no_options", [field("select")], "x"),
    (
        "unknown_field",
        [{"type": "table", "id": "T", "columns": [{"key": "a"}], "properties": {"column:a:field": "gone"}}],
        "T",
    ),
    ("invalid_option", [field("radio", values=[{"label": "A"}])], "x"),
    ("invalid_option", [field("radio", values=[{"label": "A", "value": 1}, {"label": "B", "value": 1}])], "x"),
    ("too_deep", [nested(MAX_DEPTH)], None),
]

WARNINGS: list[tuple[str, list[dict[str, Any]]]] = [
    ("unknown_property", [field("textfield", placeholder="..")]),
    ("unanchored_pattern", [field("textfield", validate={"pattern": "[0-9]{3}"})]),
    ("foreign_phone", [field("textfield", validate={"validationType": "phone"})]),
    ("inexact_money", [field("number", "x", label="合同金额")]),
    ("inexact_money", [field("number", "x", appearance={"prefixAdorner": "¥"})]),
    ("never_filled", [field("textfield", disabled=True, validate={"required": True})]),
    (
        "text_in_expression",
        [field("number", "n", serializeToString=True), field("textfield", conditional={"hide": "=n > 5"})],
    ),
]


@pytest.mark.parametrize(
    ("code", "components", "element"), ERRORS, ids=[f"{c}-{i}" for i, (c, *_) in enumerate(ERRORS)]
)
def test_what_cannot_work_is_an_error_at_its_component(
    code: str, components: list[dict[str, Any]], element: str | None
) -> None:
    schema, problems = reading(*components)
    assert schema is None
    assert ("error", code, element) in found(problems)


@pytest.mark.parametrize(("code", "components"), WARNINGS, ids=[code for code, _ in WARNINGS])
def test_what_surprises_is_a_warning(code: str, components: list[dict[str, Any]]) -> None:
    schema, problems = reading(*components)
    assert schema is not None
    assert found(problems) == [("warning", code, "x")]


def test_a_number_kept_exact_may_be_turned_into_a_number() -> None:
    exact = field("number", "n", serializeToString=True)
    assert reading(exact, field("textfield", conditional={"hide": "=number(n) > 5"}))[1] == []


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b'{\n "type": ]', "not_json", 2),
        (b'{"type": "default", "components": [NaN]}', "not_json", None),
        (b'{"id": "\xff"}', "not_json", None),
        (b"[" * 100_000, "not_json", None),
        (b'{"type": "default", "components": [{"type": "spacer", "label": "\\u0000"}]}', "characters", None),
        (b'{"type": "default", "components": [], "\\ud800": 1}', "characters", None),
        (b"[]", "not_a_form", None),
        (b'{"type": "default"}', "not_a_form", None),
        (b" " * (MAX_BYTES + 1), "too_large", None),
    ],
)
def test_what_is_no_form_is_told_where_it_stops_being_one(content: bytes, code: str, line: int | None) -> None:
    schema, problems = read_form(content, "x.form")
    assert schema is None
    assert found(problems) == [("error", code, None)]
    assert problems[0]["line"] == line


def test_too_many_components_are_told_once() -> None:
    components = [{"type": "spacer"} for _ in range(MAX_COMPONENTS + 5)]
    assert found(reading(*components)[1]) == [("error", "too_many", None)]


def test_a_problem_tells_the_line_and_the_label() -> None:
    _, problems = reading(field("textfield", "a"), field("textfield", "b", label="乙", validate={"pattern": "("}))
    content = json.dumps(source(field("textfield", "a"), field("textfield", "b")), indent=1)
    line = next(number for number, text in enumerate(content.split("\n"), 1) if '"b"' in text)
    assert (problems[0]["file"], problems[0]["line"], problems[0]["element_name"]) == ("test.form", line, "乙")


def test_all_components_of_form_js_are_read() -> None:
    extra: dict[str, dict[str, Any]] = {
        "radio": {"values": [{"label": "A", "value": "a"}]},
        "checklist": {"valuesKey": "offered"},
        "select": {"valuesExpression": "=offered"},
        "taglist": {"values": []},
        "expression": {"expression": "=1"},
    }
    components = []
    for number, (name, kind) in enumerate(TYPES.items()):
        component = {"type": name, "id": f"Component_{number}", **extra.get(name, {})}
        if "key" in kind.__struct_fields__:
            component["key"] = f"key{number}"
        if kind is DynamicList:
            component["path"] = f"key{number}"
        components.append(component)
    schema, problems = reading(*components)
    assert problems == []
    assert schema is not None
    assert [component.type for component in schema.walk()] == list(TYPES)


def test_properties_are_free() -> None:
    assert reading(field("number", properties={"ctl": "rating", "label:en": "Level"}))[1] == []


def test_values_lie_where_groups_and_lists_say() -> None:
    schema = form(
        {
            "type": "group",
            "path": "customer",
            "components": [
                field("textfield", "name"),
                {"type": "dynamiclist", "path": "contacts", "components": [field("textfield", "phone.mobile")]},
            ],
        }
    )
    assert [item.path for item in schema.fields()] == [
        ("customer", "name"),
        ("customer", "contacts", "*", "phone", "mobile"),
    ]
    assert [dotted(item.path) for item in schema.fields()] == ["customer.name", "customer.contacts.phone.mobile"]


def test_a_form_without_an_id_takes_its_files_name() -> None:
    schema, problems = read_form(b'{"type": "default", "components": []}', "forms/new-lead.form")
    assert schema is not None
    assert schema.id == "new-lead"
    assert found(problems) == [("warning", "no_form_id", None)]


def test_a_setting_of_the_reader_cannot_be_smuggled_in() -> None:
    schema, problems = reading(field("textfield", **{"$path": ["initiator"]}))
    assert schema is not None
    assert [item.path for item in schema.fields()] == [("x",)]
    assert found(problems) == [("warning", "unknown_property", "x")]


def test_a_stored_form_is_understood_again() -> None:
    schema = form(field("number", validate={"min": 0.5}))
    assert parse_form(schema.source) == schema
