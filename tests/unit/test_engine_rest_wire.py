"""What /engine-rest translates: instants, typed values, ids, and lists asked for by address or body."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from process_server.api.engine_rest.wire import dates, ids, variables
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.listing import Asked, VariableQueries, from_address
from process_server.api.engine_rest.wire.schemas import Variables, Wire
from process_server.errors import NotFound
from process_server.values import Months

HELD = UUID("0192f0c1-0000-7000-8000-000000000001")


def test_instants_are_written_in_milliseconds() -> None:
    assert dates.written(datetime(2030, 1, 1, 10, 0, 0, 123_456, UTC)) == "2030-01-01T10:00:00.123+0000"


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-01T10:00:00.000+0000",
        "2030-01-01T10:00:00.000 0000",
        "2030-01-01T10:00:00Z",
        "2030-01-01T12:00:00.000+0200",
        "2030-01-01T18:00:00",
    ],
)
def test_instants_are_read_as_clients_write_them(text: str) -> None:
    assert dates.read(text) == datetime(2030, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "0001-01-01T00:00:00.000+0000", "2030-01-01T10:00:00.000+9999"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        dates.read(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, {"value": None, "type": "Null", "valueInfo": {}}),
        (True, {"value": True, "type": "Boolean", "valueInfo": {}}),
        (2**31 - 1, {"value": 2**31 - 1, "type": "Integer", "valueInfo": {}}),
        (2**31, {"value": 2**31, "type": "Long", "valueInfo": {}}),
        (2**63, {"value": str(2**63), "type": "Json", "valueInfo": {}}),
        (Decimal("50000.01"), {"value": Decimal("50000.01"), "type": "Double", "valueInfo": {}}),
        ("远航", {"value": "远航", "type": "String", "valueInfo": {}}),
        (
            datetime(2030, 1, 1, tzinfo=UTC),
            {"value": "2030-01-01T00:00:00.000+0000", "type": "Date", "valueInfo": {}},
        ),
        (date(2030, 1, 31), {"value": "2030-01-31", "type": "String", "valueInfo": {"format": "date"}}),
        (time(9, 30), {"value": "09:30:00", "type": "String", "valueInfo": {"format": "time"}}),
        (timedelta(days=3), {"value": "P3D", "type": "String", "valueInfo": {"format": "duration"}}),
        (Months(14), {"value": "P14M", "type": "String", "valueInfo": {"format": "duration"}}),
        ({"a": [1, Decimal("1.50")]}, {"value": '{"a":[1,1.50]}', "type": "Json", "valueInfo": {}}),
    ],
    ids=repr,
)
def test_a_value_comes_back_as_it_went(value: Any, shown: dict[str, Any]) -> None:
    assert variables.shown(value) == shown
    back = variables.read(shown)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ({"value": "12", "type": "Integer"}, 12),
        ({"value": "12", "type": "long", "valueInfo": None}, 12),
        ({"value": 5, "type": "Double"}, Decimal(5)),
        ({"value": "True", "type": "boolean"}, True),
        ({"value": 7, "type": "String"}, "7"),
        ({"value": '{"a": 1}', "type": "json"}, {"a": 1}),
        (
            {"value": '[{"a": 1}]', "type": "Object", "valueInfo": {"serializationDataFormat": "application/json"}},
            [{"a": 1}],
        ),
        ({"value": [1], "type": "Json"}, [1]),
        ({"value": "x", "type": "Null"}, None),
        ({"value": None, "type": "Integer"}, None),
        ({"value": "free"}, "free"),
        ({"type": "String"}, None),
        ({}, None),
    ],
)
def test_a_value_is_read_by_its_type(sent: dict[str, Any], value: Any) -> None:
    assert variables.read(sent) == value
    assert type(variables.read(sent)) is type(value)


@pytest.mark.parametrize(
    "sent",
    [
        {"value": "twelve", "type": "Integer"},
        {"value": Decimal("1.5"), "type": "Integer"},
        {"value": True, "type": "Integer"},
        {"value": 2**31, "type": "Integer"},
        {"value": str(-(2**15) - 1), "type": "Short"},
        {"value": 2**63, "type": "Long"},
        {"value": "NaN", "type": "Double"},
        {"value": "yes", "type": "Boolean"},
        {"value": "soon", "type": "Date"},
        {"value": 5, "type": "Date"},
        {"value": {}, "type": "String"},
        {"value": "{", "type": "Json"},
        {
            "value": "rO0",
            "type": "Object",
            "valueInfo": {"serializationDataFormat": "application/x-java-serialized-object"},
        },
        {"value": 1, "type": "Colour"},
        {"value": "2030-02-30", "type": "String", "valueInfo": {"format": "date"}},
    ],
)
def test_a_value_that_is_not_what_its_type_says_is_refused_by_name(sent: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        variables.read_all({"amount": sent})
    assert "amount" in refused.value.message


def test_ids_of_definitions_name_key_and_version() -> None:
    written = ids.definition_id("order:new", 3, HELD)
    assert written == f"order:new:3:{HELD}"
    assert ids.read_definition_id(written) == ids.read_definition_id(str(HELD)) == HELD
    with pytest.raises(NotFound):
        ids.read_definition_id("order:3:4711")


class Query(Asked):
    """A list of a test."""

    name: str | None = None
    name_in: list[str] | None = None
    open: bool | None = None
    after: dates.Date | None = None
    variables: VariableQueries | None = None
    or_queries: list["Query"] | None = None


class Body(Wire):
    """A body of a test."""

    variables: Variables | None = None
    with_more: bool = False


app = FastAPI()
asked: list[Query] = []


@app.get("/")
def by_address(query: Annotated[Query, from_address(Query)]) -> None:
    asked.append(query)


@app.post("/")
def by_body(query: Query) -> None:
    asked.append(query)


def test_address_and_body_ask_the_same() -> None:
    with TestClient(app) as http:
        address = "?nameIn=a,b&open=True&after=2030-01-01T10:00:00.000%2B0000&variables=x_y_gteq_5,z_eq_a_b&unknown=1"
        assert http.get("/" + address).status_code == 200
        body = {
            "name": None,
            "nameIn": ["a", "b"],
            "open": 1,
            "after": "2030-01-01T10:00:00.000+0000",
            "variables": [
                {"name": "x_y", "operator": "gteq", "value": 5},
                {"name": "z", "operator": "eq", "value": "a_b"},
            ],
            "unknown": {},
        }
        assert http.post("/", json=body).status_code == 200
        assert http.post("/", json={"orQueries": [body, {"open": False}]}).status_code == 200
        with pytest.raises(InvalidRequest):
            http.get("/?variables=x")
        assert http.get("/?open=perhaps").status_code == 422
    first, second, either = (each.wanted() for each in asked)
    assert first == second
    assert first.keys() == {"name_in", "open", "after", "variables"}
    assert [each.value for each in first["variables"]] == [5, "a_b"]
    assert either == {"or_queries": [first, {}]}


def test_a_bare_value_is_refused_where_a_typed_one_belongs() -> None:
    assert Body.model_validate({"variables": {"x": {"value": 1}, "y": None}, "withMore": "True"}).with_more
    with pytest.raises(ValueError, match="Write the variable x as an object"):
        Body.model_validate({"variables": {"x": 1}})
