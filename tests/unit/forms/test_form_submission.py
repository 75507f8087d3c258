"""A submitted form sets what the form and the step allow, and nothing that a tampered request slips in."""

from decimal import Decimal
from typing import Any

import pytest

from process_server.errors import InvalidForm
from process_server.forms.policy import FieldPolicy
from process_server.forms.submission import validate
from tests.unit.forms.factories import codes, field, form, submit


def hide(expression: str) -> dict[str, Any]:
    return {"conditional": {"hide": expression}}


def rows(*components: dict[str, Any], path: str = "items", **settings: Any) -> dict[str, Any]:
    return {"type": "dynamiclist", "path": path, "components": list(components), **settings}


# absent, null, default


def test_an_absent_field_is_unchanged_and_null_clears_it() -> None:
    components = [field("textfield", "a"), field("number", "b"), field("textfield", "c")]
    before = {"a": "1", "b": 2, "c": "3"}
    assert submit(components, {"b": None}, variables=before).values == {"b": None}


def test_an_absent_field_that_holds_a_value_is_not_missing() -> None:
    component = field("textfield", validate={"required": True})
    assert submit([component], {}, variables={"x": "there"}).values == {}
    assert codes([component], {}, variables={"x": ""}) == [("x", "required")]
    assert codes([component], {}) == [("x", "required")]


def test_a_default_counts_where_nobody_gave_a_value() -> None:
    component = field("number", defaultValue=30, validate={"required": True})
    assert submit([component], {}).values == {"x": 30}
    assert submit([component], {}, variables={"x": 5}).values == {}
    assert codes([component], {}, variables={"x": None}) == [("x", "required")]


def test_a_value_held_already_is_checked_against_the_others() -> None:
    components = [field("number", "discount", validate={"max": "=total / 10"}), field("number", "total")]
    before = {"discount": 50, "total": 1000}
    assert submit(components, {"total": 600}, variables=before).values == {"total": 600}
    assert codes(components, {"total": 400}, variables=before) == [("discount", "max")]


# hidden


def test_a_hidden_field_is_neither_asked_for_nor_written() -> None:
    components = [
        field("textfield", "kind"),
        field("textfield", "reason", validate={"required": True}, **hide('=kind = "a"')),
    ]
    assert codes(components, {"kind": "b"}) == [("reason", "required")]
    done = submit(components, {"kind": "a", "reason": "tampered"}, variables={"reason": "old"})
    assert done.values == {"kind": "a"}
    assert done.dropped == [{"field": "reason", "code": "hidden"}]


def test_what_lies_in_a_hidden_group_is_hidden() -> None:
    group = {"type": "group", "path": "g", "components": [field("textfield", "y")], **hide("=x = 1")}
    assert submit([field("number"), group], {"x": 1, "g": {"y": "t"}}).values == {"x": 1}
    assert submit([field("number"), group], {"x": 2, "g": {"y": "t"}}).values == {"x": 2, "g": {"y": "t"}}


def test_hiding_depends_on_what_is_kept_and_not_on_what_a_hidden_field_was_sent() -> None:
    components = [
        field("textfield", "a"),
        field("textfield", "b", **hide('=a = "1"')),
        field("textfield", "c", **hide('=b != "show"')),
    ]
    done = submit(components, {"a": "1", "b": "show", "c": "tampered"}, variables={"b": "no"})
    assert done.values == {"a": "1"}
    assert [item["field"] for item in done.dropped] == ["b", "c"]


def test_a_hidden_field_shows_expressions_the_value_it_began_with() -> None:
    b = field("number", "b", defaultValue=0, **hide("=a = 1"))
    components = [field("number", "a"), b, field("number", "c", **hide("=b > 1"))]
    assert submit(components, {"a": 1, "c": 5}).values == {"a": 1, "c": 5}
    assert submit(components, {"a": 1, "b": 0, "c": 5}, variables={"b": 2}).values == {"a": 1}


def test_fields_that_hide_each_other_are_both_hidden() -> None:
    components = [field("textfield", "a", **hide('=b = "1"')), field("textfield", "b", **hide('=a = "1"'))]
    assert submit(components, {"a": "1", "b": "1"}).values == {}
    assert submit(components, {"a": "1"}).values == {"a": "1"}


@pytest.mark.parametrize(
    ("condition", "sent", "hidden"),
    [
        ("=a > 5", {"a": 6}, True),
        ("=a > 5", {"a": 5}, False),
        ("=a > 5", {}, True),
        ("=a != null and a > 5", {}, False),
        ("=not(b)", {"b": False}, True),
        ("=not(b)", {"b": True}, False),
        ("=a", {"a": 6}, False),
    ],
)
def test_a_condition_is_decided_as_the_viewer_does(condition: str, sent: dict[str, Any], hidden: bool) -> None:
    components = [field("number", "a"), field("checkbox", "b"), field("textfield", "x", **hide(condition))]
    assert submit(components, {**sent, "x": "?"}).dropped == ([{"field": "x", "code": "hidden"}] if hidden else [])


# read-only and disabled


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"readonly": True}, "readonly"), ({"disabled": True}, "disabled"), ({"readonly": "=locked"}, "readonly")],
)
def test_what_cannot_be_changed_is_not_changed(settings: dict[str, Any], code: str) -> None:
    component = field("number", "price", validate={"max": 1}, **settings)
    before = {"price": Decimal("9.50"), "locked": True}
    done = submit([component], {"price": 1}, variables=before)
    assert done.values == {}
    assert done.dropped == [{"field": "price", "code": code}]
    assert submit([component], {"price": 9.5}, variables=before).dropped == []


def test_read_only_ends_with_its_condition() -> None:
    component = field("number", "price", readonly="=locked")
    assert submit([component], {"price": 1}, variables={"price": 9, "locked": False}).values == {"price": 1}


def test_a_read_only_field_gives_its_default_and_a_disabled_one_does_not() -> None:
    components = [
        field("number", "a", readonly=True, defaultValue=3),
        field("number", "b", disabled=True, defaultValue=3),
    ]
    assert submit(components, {"a": 99, "b": 99}).values == {"a": 3}


# computed


def test_an_expression_is_computed_here_whatever_was_sent() -> None:
    components = [
        field("number", "price"),
        field("number", "count"),
        field("expression", "total", expression="=price * count"),
    ]
    done = submit(components, {"price": "19.99", "count": 3, "total": 1})
    assert done.values == {"price": Decimal("19.99"), "count": 3, "total": Decimal("59.97")}
    assert done.dropped == []


def test_expressions_may_build_on_each_other_in_any_order() -> None:
    components = [
        field("expression", "gross", expression="=net * 2"),
        field("expression", "net", expression="=price + 1"),
        field("number", "price"),
    ]
    assert submit(components, {"price": 4}).values == {"price": 4, "net": 5, "gross": 10}


def test_a_hidden_expression_is_not_written() -> None:
    assert submit([field("expression", "y", expression="=1", **hide("=true"))], {"y": {"z": 0.5}}).values == {}


# the step's policy


@pytest.mark.parametrize(("mode", "dropped"), [("hidden", "hidden"), ("read", "readonly")])
def test_a_step_may_not_write_what_it_may_not(mode: Any, dropped: str) -> None:
    component = field("textfield", validate={"required": True})
    done = submit([component], {"x": "tampered"}, variables={"x": "old"}, policy=FieldPolicy({"x": mode}))
    assert done.values == {}
    assert done.dropped == [{"field": "x", "code": dropped}]


def test_a_step_may_require_a_field() -> None:
    assert codes([field("textfield")], {}, policy=FieldPolicy({"x": "required"})) == [("x", "required")]


def test_a_step_may_close_all_but_some_fields() -> None:
    components = [
        field("textfield", "a"),
        {"type": "group", "id": "G", "path": "g", "components": [field("textfield", "b"), field("textfield", "c")]},
    ]
    policy = FieldPolicy({"g": "write", "g.c": "read"}, default="read")
    done = submit(components, {"a": "1", "g": {"b": "2", "c": "3"}}, policy=policy)
    assert done.values == {"g": {"b": "2"}}
    assert [item["field"] for item in done.dropped] == ["a", "g.c"]


def test_a_step_cannot_open_what_the_form_closes() -> None:
    assert submit([field("textfield", readonly=True)], {"x": "1"}, policy=FieldPolicy({"x": "write"})).values == {}


@pytest.mark.parametrize("closed", ["read", "hidden"])
def test_what_a_step_opens_is_open_within_what_it_closes(closed: Any) -> None:
    columns = [field("textfield", "a"), field("textfield", "b")]
    components = [{"type": "group", "path": "g", "components": columns}, rows(*columns)]
    before = {"g": {"a": "1", "b": "1"}, "items": [{"a": "1", "b": "1"}]}
    sent = {"g": {"a": "2", "b": "2"}, "items": [{"a": "2", "b": "2"}, {"a": "new"}]}
    policy = FieldPolicy({"g.a": "write", "items.a": "write"}, default=closed)
    done = submit(components, sent, variables=before, policy=policy)
    assert done.values == {"g": {"a": "2", "b": "1"}, "items": [{"a": "2", "b": "1"}]}
    assert [item["field"] for item in done.dropped] == ["items", "g.b", "items.0.b"]


def test_a_list_that_a_step_requires_has_rows() -> None:
    items, policy = rows(field("textfield", "name")), FieldPolicy({"items": "required"})
    assert codes([items], {}, policy=policy) == [("items", "required")]
    assert codes([items], {"items": [{}]}, policy=policy) == [("items.0.name", "required")]
    assert codes([items], {"items": [{"name": "a"}]}, policy=policy) == []


def test_null_clears_a_list() -> None:
    items = rows(field("textfield", "name"))
    assert submit([items], {"items": None}, variables={"items": [{"name": "a"}]}).values == {"items": []}


def test_a_policy_is_read_from_the_properties_of_a_step() -> None:
    properties = {"field:amount": "read", "field:*": "hidden", "name:en": "Review", "field:odd": "maybe"}
    assert FieldPolicy.from_properties(properties) == FieldPolicy({"amount": "read"}, default="hidden")
    assert FieldPolicy.from_properties({"name:en": "Review"}) is None


# objects and rows


def test_values_in_groups_join_what_the_object_holds_already() -> None:
    group = {"type": "group", "path": "customer", "components": [field("textfield", "name")]}
    before = {"customer": {"name": "旧", "id": 7}}
    done = submit([group], {"customer": {"name": "新", "id": 8}}, variables=before)
    assert done.values == {"customer": {"name": "新", "id": 7}}
    assert done.ignored == ["customer.id"]
    assert before == {"customer": {"name": "旧", "id": 7}}


def test_rows_are_checked_one_by_one() -> None:
    items = rows(
        field("textfield", "product", validate={"required": True}), field("number", "count", validate={"min": 1})
    )
    sent = {"items": [{"product": "A", "count": 1}, {"product": "", "count": 0}]}
    assert codes([items], sent) == [("items.1.product", "required"), ("items.1.count", "min")]


def test_expressions_see_their_row_and_the_form() -> None:
    items = rows(
        field("number", "price"),
        field("number", "count"),
        field("expression", "total", expression="=this.price * this.count * rate"),
        field("textfield", "why", **hide("=this.count < 10")),
    )
    sent = {"rate": 2, "items": [{"price": 5, "count": 1, "why": "no"}, {"price": 3, "count": 10, "why": "many"}]}
    assert submit([field("number", "rate"), items], sent).values["items"] == [
        {"price": 5, "count": 1, "total": 10},
        {"price": 3, "count": 10, "total": 60, "why": "many"},
    ]


def test_rows_can_be_taken_away_and_added() -> None:
    items = rows(field("textfield", "a"))
    before = {"items": [{"a": "1", "kept": 1}, {"a": "2", "kept": 2}]}
    assert submit([items], {"items": [{"a": "2"}, {"a": "3"}]}, variables=before).values == {
        "items": [{"a": "2", "kept": 2}, {"a": "3"}]
    }
    assert submit([items], {"items": []}, variables=before).values == {"items": []}
    assert submit([items], {}, variables=before).values == {}


def test_a_locked_column_stays_with_its_row() -> None:
    items = rows(field("number", "price", readonly=True), field("number", "count"))
    before = {"items": [{"price": 10, "count": 1}, {"price": 20, "count": 1}]}

    def kept(*sent: dict[str, Any]) -> Any:
        return submit([items], {"items": list(sent)}, variables=before).values["items"]

    assert kept({"price": 20, "count": 5}) == [{"price": 20, "count": 5}]
    assert kept({"price": 1, "count": 5}, {"price": 20, "count": 6}) == [
        {"price": 10, "count": 5},
        {"price": 20, "count": 6},
    ]
    assert kept({"count": 5}, {"count": 6}) == [{"price": 10, "count": 5}, {"price": 20, "count": 6}]
    assert kept({"price": 10, "count": 1}, {"price": 20, "count": 1}, {"price": 1, "count": 9})[2] == {"count": 9}


def test_rows_that_look_alike_stay_in_their_place() -> None:
    before = {"items": [{"a": "1", "kept": 1}, {"a": "1", "kept": 2}]}
    done = submit([rows(field("textfield", "a"))], {"items": [{"a": "9"}, {"a": "1"}]}, variables=before)
    assert done.values == {"items": [{"a": "9", "kept": 1}, {"a": "1", "kept": 2}]}
    assert before == {"items": [{"a": "1", "kept": 1}, {"a": "1", "kept": 2}]}


def test_a_row_whose_locked_column_was_made_up_is_a_new_one() -> None:
    items = rows(field("number", "price", readonly=True), field("number", "count"))
    before = {"items": [{"price": 10, "count": 1}, {"price": 20, "count": 1}]}
    assert submit([items], {"items": [{"price": 1, "count": 5}]}, variables=before).values == {"items": [{"count": 5}]}


def test_a_locked_list_keeps_its_rows() -> None:
    items = rows(field("number", "count"))
    before = {"items": [{"count": 1}]}
    done = submit([items], {"items": []}, variables=before, policy=FieldPolicy({"items": "read"}))
    assert done.values == {}
    assert done.dropped == [{"field": "items", "code": "readonly"}]


@pytest.mark.parametrize(
    ("settings", "sent", "code"),
    [
        ({"properties": {"minItems": "1"}}, [], "too_few_rows"),
        ({"properties": {"minItems": "1"}}, None, "too_few_rows"),
        ({"properties": {"maxItems": "1"}}, [{}, {}], "too_many_rows"),
        ({"allowAddRemove": False, "defaultRepetitions": 2}, [{}], "rows_fixed"),
        ({}, [{}] * 1001, "too_many_rows"),
        ({}, {"0": {}}, "not_a_list"),
        ({}, ["a"], "not_a_list"),
    ],
)
def test_rows_have_bounds(settings: dict[str, Any], sent: Any, code: str) -> None:
    assert codes([rows(field("number", "count"), **settings)], {} if sent is None else {"items": sent}) == [
        ("items", code)
    ]


def test_lists_may_stand_in_rows() -> None:
    items = rows(field("textfield", "name"), rows(field("number", "n", validate={"max": 9}), path="parts"))
    sent = {"items": [{"name": "a", "parts": [{"n": 1}, {"n": 10}]}]}
    assert codes([items], sent) == [("items.0.parts.1.n", "max")]
    sent["items"][0]["parts"][1]["n"] = 2  # type: ignore[index]
    assert submit([items], sent).values == sent


# what is not of the form


def test_what_the_form_does_not_know_is_ignored_and_reported() -> None:
    sent = {"x": "1", "initiator": "boss", "items": [{"count": 1, "price": 0}], "__proto__": {}}
    done = submit([field("textfield"), rows(field("number", "count"))], sent)
    assert done.values == {"x": "1", "items": [{"count": 1}]}
    assert done.ignored == ["initiator", "items.0.price", "__proto__"]


def test_an_object_where_none_belongs_changes_nothing() -> None:
    group = {"type": "group", "path": "g", "components": [field("textfield", "a")]}
    assert submit([group], {"g": "text"}, variables={"g": {"a": "1"}}).values == {}


def test_nothing_is_written_where_anything_is_wrong() -> None:
    variables: dict[str, Any] = {"items": [{"count": 1}]}
    with pytest.raises(InvalidForm):
        validate(form(rows(field("number", "count"))), {"items": [{"count": "x"}]}, variables=variables)
    assert variables == {"items": [{"count": 1}]}
