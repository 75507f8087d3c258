"""Which business fields lists can show, and who is shown them at which step."""

import json
from uuid import UUID

import pytest

from process_server.bpmn import commands, queries
from process_server.bpmn.definitions import definition
from process_server.bpmn.form_binding import vocabulary
from process_server.bpmn.queries.progress import Progress, progress
from process_server.db import Session
from process_server.identity import users
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.inbox import counting
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.pages import Query
from tests.diagrams import end, flow, process, start, user
from tests.integration.crm import people

CHEN = Principal("chen", "Chen")


def text(key: str, kind: str = "textfield", **more: object) -> dict[str, object]:
    return {
        "type": kind,
        "id": key,
        "key": key,
        "label": f"{key} 中文",
        "properties": {"label:en": key.title()},
        **more,
    }


OFFER = {
    "type": "default",
    "id": "offer",
    "schemaVersion": 18,
    "components": [
        text("customer"),
        text("amount", "number", serializeToString=True),
        text("wanted", "datetime", subtype="date"),
        text("rush", "checkbox"),
        {
            **text("region", "select"),
            "values": [{"value": "east", "label": "华东"}],
            "properties": {"label:en": "Region", "option:east:en": "East"},
        },
        text("margin", "number"),
    ],
}
FORM = 'camunda:formRef="offer" camunda:formRefBinding="latest"'
HIDING = {"field:margin": "hidden"}


def properties(values: dict[str, str]) -> str:
    inner = "".join(f'<camunda:property name="{name}" value="{value}"/>' for name, value in values.items())
    return f"<bpmn:extensionElements><camunda:properties>{inner}</camunda:properties></bpmn:extensionElements>"


@pytest.fixture
def offer(session: Session) -> UUID:
    """A process of two steps with the same form; the first, Chen's, does not show the margin."""
    steps = [
        user("ask", f'camunda:assignee="chen" {FORM}', properties(HIDING)),
        user("check", f'camunda:assignee="li" {FORM}'),
    ]
    xml = process(start(), *steps, end(), flow("start > ask > check > end"), key="offer")
    commands.deploy(session, {"offer.bpmn": xml, "offer.form": json.dumps(OFFER).encode()})
    found: UUID = queries.list_definitions(session, key="offer")[0]["id"]
    return found


def test_forms_declare_fields_with_types_labels_and_options(session: Session, offer: UUID) -> None:
    fields = queries.business_fields(session)
    kinds = {name: each.kind for name, each in fields.items()}
    assert kinds == {
        "customer": "text",
        "amount": "number",
        "wanted": "date",
        "rush": "boolean",
        "region": "key",
        "margin": "number",
    }
    assert (fields["region"].label_en, fields["region"].options) == ("Region", {"east": ("华东", "East")})
    assert fields["margin"].steps == {f"{offer}/check"}
    assert fields["amount"].steps == {f"{offer}/ask", f"{offer}/check"}


def test_nobody_finds_out_a_field_their_step_hides(session: Session, offer: UUID) -> None:
    commands.start_instance(session, offer, {"amount": 100, "margin": 7}, actor=SYSTEM)
    columns = queries.columns_of(session, "todo", CHEN)
    [row] = inbox.page(session, columns, Query("todo"), ["field.amount", "field.margin"]).entries
    assert (row.cells["field.amount"], row.cells["field.margin"]) == (100, None)
    for hidden in ("field.margin:7", "field.margin:*", "field.margin:0.."):
        assert inbox.page(session, columns, Query("todo", (hidden,))).entries == []
    assert counting.count_rows(session, columns, Query("todo", ("field.margin:-",))) == 1


def test_a_step_knows_how_far_the_case_has_come(session: Session, offer: UUID) -> None:
    held = definition(session, offer)
    assert progress(held, "ask") == Progress(1, 2, None)
    assert progress(held, "check") == Progress(2, 2, None)
    assert progress(held, "start").number is None


def test_values_are_shown_by_the_words_of_the_forms(session: Session) -> None:
    people(session)
    kind = {
        **text("kind", "select"),
        "values": [{"value": "p", "label": "钢管"}],
        "properties": {"label:en": "Kind", "option:p:en": "Pipe"},
    }
    rows = {**text("items", "dynamiclist"), "path": "items", "components": [kind, text("pieces", "number")]}
    rows.pop("key")
    many = {**kind, **text("kinds", "checklist"), "properties": {"option:p:en": "Pipe"}}
    owner = {**text("owner", "select"), "valuesKey": "owners"}
    rows["components"].append({**text("buyer", "select"), "valuesKey": "owners"})
    schema = {"type": "default", "id": "order", "schemaVersion": 18, "components": [rows, many, owner]}
    ordering = user("order", 'camunda:formRef="order" camunda:formRefBinding="latest"')
    model = process(start(), ordering, end(), flow("start > order > end"), key="ordering")
    commands.deploy(session, {"order.form": json.dumps(schema).encode(), "ordering.bpmn": model})
    held = commands.latest(session, "ordering")
    english, chinese = (vocabulary.of(session, held, language) for language in ("en", "zh-CN"))
    given = [{"kind": "p", "pieces": 3}, {"kind": "other", "extra": [1]}]
    assert english.label("items") == "Items"
    assert english.value("items", given) == [{"Kind": "Pipe", "Pieces": 3}, {"Kind": "other", "extra": [1]}]
    assert chinese.value("items", given)[0] == {"kind 中文": "钢管", "pieces 中文": 3}
    assert english.value("kinds", ["p", "q"]) == ["Pipe", "q"]
    values = {"owner": "chen", "items": [{"buyer": "liu"}, {"buyer": "nobody"}]}
    assert english.chosen(values) == {"chen", "liu", "nobody"}
    named = english.with_people(users.names_of(session, english.chosen(values), "en"))
    assert named.value("owner", "chen") == users.user_name(session, "chen") != "chen"
    assert [row["Buyer"] for row in named.value("items", values["items"])] == [
        users.user_name(session, "liu"),
        "nobody",
    ]
    assert named.decision("p") == "Pipe"
    assert named.decision("chen") == users.user_name(session, "chen")
