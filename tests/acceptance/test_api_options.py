"""Options that no form lists, and the catalogue of controls, over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from process_server.forms.controls import CONTROLS
from tests.acceptance.client import Client
from tests.acceptance.conftest import PEOPLE
from tests.diagrams import end, flow, process, start, user


def drawn(assignee: str, key: str, form: str = "") -> bytes:
    """One task of somebody, with a form."""
    attributes = f'camunda:assignee="{assignee}"' + (f' camunda:formKey="{form}"' if form else "")
    return process(start(), user("t", attributes), end(), flow("start > t > end"), key=key)


def values_of(client: Client, source: str, **query: Any) -> list[str]:
    return [item["value"] for item in client.get(f"/options/{source}", **query)["items"]]


def test_people_are_found_by_name_and_narrowed_by_scope(demo: Client) -> None:
    assert values_of(demo, "people", q="陈") == ["chen"]
    assert values_of(demo, "people", q="陈", scope="group:finance") == []
    first = demo.get("/options/people", limit=2)
    more = demo.get("/options/people", limit=2, cursor=first["next"])
    assert more["next"] is None
    assert len({item["value"] for page in (first, more) for item in page["items"]}) == len(PEOPLE)
    assert values_of(demo, "people", key=["li", "nobody"]) == ["li"]


def test_regions_are_a_tree(demo: Client) -> None:
    assert len(values_of(demo, "regions", parent="", limit=100)) == 34
    assert all(code.startswith("3201") for code in values_of(demo, "regions", parent="3201", limit=100))
    assert demo.get("/options/regions", q="黄浦区")["items"] == [
        {"value": "310101", "label": "黄浦区", "detail": "上海市", "parent": "31", "leaf": True, "data": {}}
    ]


def test_cases_are_offered_to_who_sees_them(demo: Client, sign_in: Callable[..., Client]) -> None:
    demo.deploy({"p.bpmn": drawn("li", "order")})
    case = demo.post("/instances", 201, definition_key="order", business_key="A-1", variables={"total": 12.5})["id"]
    assert values_of(sign_in("li"), "cases", q="a-1") == [case]
    assert values_of(sign_in("wang"), "cases") == []
    assert values_of(sign_in("wang"), "cases", key=case) == []
    assert values_of(demo, "cases", process="other") == []
    (found,) = demo.get("/options/cases", key=case, take="total")["items"]
    assert found["data"]["total"] == 12.5


def test_a_source_that_is_not_there_is_not_found(demo: Client) -> None:
    demo.get("/options/planets", 404)
    demo.get("/options/people", 422, planet="mars")


@pytest.mark.requirement("DF-02")
def test_more_than_thirty_controls_are_listed_with_samples(demo: Client) -> None:
    controls = demo.get("/form-controls")["items"]
    assert len({control["key"] for control in controls}) == len(controls) > 30
    assert all(
        control["palette"]["label"] and control["component"]["type"] == control["carrier"] for control in controls
    )


CHECKED = [control for control in CONTROLS.values() if control.valid or control.needs == "source"]


@pytest.mark.requirement("DF-02", "DF-30")
def test_each_control_goes_through_a_running_process(demo: Client) -> None:
    form = {"type": "default", "id": "one", "schemaVersion": 19, "components": [c.new(c.key) for c in CHECKED]}
    demo.deploy({"p.bpmn": drawn("demo", "one", "one"), "one.form": json.dumps(form)})
    listed = {control["key"]: control for control in demo.get("/form-controls")["items"]}
    assert listed["person"]["valid"]
    for control in CHECKED:
        instance = demo.post("/instances", 201, definition_key="one")["id"]
        (task,) = demo.get("/tasks", instance=instance)["items"]
        for wrong in listed[control.key]["invalid"]:
            refused = demo.post(f"/tasks/{task['id']}/complete", 422, variables={control.key: wrong["sent"]})["error"]
            assert [p["field"].split(".")[0] for p in refused["problems"]] == [control.key]
            assert refused["problems"][0]["message"]
        for sample in listed[control.key]["valid"][:1]:
            demo.post(f"/tasks/{task['id']}/complete", variables={control.key: sample["sent"]})
            assert demo.get(f"/instances/{instance}/variables")["variables"][control.key] == sample["kept"]


def test_numbers_count_without_gaps_whatever_fails(demo: Client) -> None:
    number = CONTROLS["auto_number"].new("no")
    form = {"type": "default", "id": "one", "schemaVersion": 19, "components": [
        number, {"type": "textfield", "key": "name", "label": "Name", "validate": {"required": True}}]}  # fmt: skip
    demo.deploy({"p.bpmn": drawn("demo", "one", "one"), "one.form": json.dumps(form)})
    given = []
    for name in ("", "a", "", "b"):
        instance = demo.post("/instances", 201, definition_key="one")["id"]
        (task,) = demo.get("/tasks", instance=instance)["items"]
        sent = {"name": name, "no": "KH-1"}
        answer = demo.post(f"/tasks/{task['id']}/complete", 200 if name else 422, variables=sent)
        given += [answer["variables"]["no"]] if name else []
    assert [number[-5:] for number in given] == ["-0001", "-0002"]
