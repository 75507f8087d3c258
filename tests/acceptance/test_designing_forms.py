"""Designing forms over HTTP: who may, what is checked, what became of earlier versions, what runs at once."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from process_server.db import unit_of_work
from process_server.forms import gallery
from process_server.identity import accounts, users
from process_server.identity.models import Group
from tests import diagrams
from tests.acceptance.client import PASSWORD, Client

MODEL = diagrams.process(
    diagrams.start(),
    diagrams.flow("start > visit > end"),
    diagrams.user(
        "visit",
        attributes='camunda:candidateGroups="sales" camunda:formRef="visit" camunda:formRefBinding="latest"',
        inside='<bpmn:extensionElements><camunda:properties><camunda:property name="field:budget" value="read"/>'
        "</camunda:properties></bpmn:extensionElements>",
    ),
    diagrams.end(),
)
SUBJECT = {"type": "textfield", "id": "f1", "key": "subject", "label": "主题"}
RATING = {"type": "number", "id": "f2", "key": "level", "label": "级别", "properties": {"ctl": "rating", "max": "5"}}


def schema(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": "default", "schemaVersion": 19, "components": list(components)}


def save(client: Client, base: int, *components: dict[str, Any], expected: int = 200, comment: str = "") -> Any:
    body = {"schema": schema(*components), "base": base, "comment": comment}
    return client.call("PUT", "/forms/visit", expected, json=body)


def test_every_saving_is_a_version_that_can_be_read_and_compared(demo: Client) -> None:
    assert save(demo, 0, SUBJECT, comment="first")["version"] == 1
    assert save(demo, 1, SUBJECT) == {"key": "visit", "version": 1, "new": False, "warnings": []}
    assert save(demo, 1, SUBJECT | {"label": "事由"}, RATING, comment="stars")["version"] == 2
    shown = demo.get("/forms/visit")
    assert [entry["key"] for entry in shown["schema"]["components"]] == ["subject", "level"]
    assert shown["schema"]["id"] == "visit"
    assert demo.get("/forms/visit", version=1)["schema"]["components"] == [SUBJECT]
    assert [(each["version"], each["comment"], each["saved_by"]) for each in demo.get("/forms/visit/versions")] == [
        (2, "stars", "demo"),
        (1, "first", "demo"),
    ]
    changes = demo.get("/forms/visit/changes", older=1, newer=2)
    assert [(each["kind"], each["name"], each["setting"]) for each in changes] == [
        ("changed", "subject", "label"),
        ("added", "level", ""),
    ]


def test_who_saves_on_top_of_an_old_version_is_told_who_was_faster(demo: Client) -> None:
    save(demo, 0, SUBJECT)
    save(demo, 1, SUBJECT, RATING)
    refused = demo.error("PUT", "/forms/visit", 409, json={"schema": schema(SUBJECT), "base": 1})
    assert refused["code"] == "form_changed"
    assert refused["params"] == {"actor": "管理员", "version": 2, "base": 1}
    assert demo.get("/forms/visit")["version"] == 2


def test_a_form_that_cannot_be_shown_is_not_saved(demo: Client) -> None:
    wrong = schema(SUBJECT, SUBJECT, {"type": "rating", "key": "x"})
    problems = demo.post("/forms/visit/check", schema=wrong)["problems"]
    assert {"duplicate_key", "unknown_type"} <= {problem["code"] for problem in problems}
    refused = demo.error("PUT", "/forms/visit", 422, json={"schema": wrong, "base": 0})
    assert refused["code"] == "invalid_process"
    demo.error("GET", "/forms/visit", 404)
    refused = demo.error("PUT", "/forms/1x", 422, json={"schema": schema(SUBJECT), "base": 0})
    assert refused["code"] == "invalid_form_key"


def test_steps_that_name_a_field_the_form_lacks_are_told(demo: Client) -> None:
    demo.deploy({"tiny.bpmn": MODEL})
    [problem] = demo.post("/forms/visit/check", schema=schema(SUBJECT))["problems"]
    assert (problem["code"], problem["params"]["field"], problem["severity"]) == ("unknown_field", "budget", "warning")


def test_a_form_says_which_steps_use_it(demo: Client) -> None:
    save(demo, 0, SUBJECT)
    assert demo.get("/forms")[0]["used_by"] == []
    demo.deploy({"tiny.bpmn": MODEL})
    [listed] = demo.get("/forms")
    assert listed["used_by"] == [{"process": "tiny", "version": 1, "element": "visit", "name": "visit"}]


@pytest.mark.requirement("DF-25")
def test_a_field_added_to_a_form_is_there_at_the_next_look(demo: Client, chen: Client) -> None:
    save(demo, 0, SUBJECT)
    demo.deploy({"tiny.bpmn": MODEL})
    demo.post("/instances", 201, definition_key="tiny")
    [task] = chen.get("/tasks")["items"]
    before = chen.get(f"/tasks/{task['id']}/form")["form"]["schema"]["components"]
    chen.error("PUT", "/forms/visit", 403, json={"schema": schema(SUBJECT, RATING), "base": 1})
    save(demo, 1, SUBJECT, RATING)
    after = chen.get(f"/tasks/{task['id']}/form")["form"]["schema"]["components"]
    assert [entry["key"] for entry in before] == ["subject"]
    assert [entry["key"] for entry in after] == ["subject", "level"]
    chen.post(f"/tasks/{task['id']}/claim")
    chen.error("POST", f"/tasks/{task['id']}/complete", 422, json={"variables": {"level": 6}})
    chen.post(f"/tasks/{task['id']}/complete", variables={"subject": "A", "level": 4})


def test_analysts_may_design_forms_as_well(demo: Client, chen: Client) -> None:
    with unit_of_work() as session:
        session.add(Group(id="analyst", name="Analysts"))
        session.flush()
        users.set_groups(session, "chen", ["analyst", "sales"])
    accounts._cache.clear()
    assert save(chen, 0, SUBJECT)["version"] == 1
    assert demo.get("/forms/visit")["saved_by"] == "chen"
    chen.call("POST", "/deployments", 403, files=[("files", ("tiny.bpmn", MODEL))])  # forms alone


@pytest.mark.parametrize("template", [each.key for each in gallery.TEMPLATES])
def test_every_template_makes_a_form_without_a_problem(demo: Client, template: str) -> None:
    drawn = gallery.schema(template)
    assert demo.post("/forms/visit/check", schema=drawn)["problems"] == []
    assert save(demo, 0, *drawn["components"])["version"] == 1


def test_the_pages_are_for_those_who_design(http: TestClient) -> None:
    http.headers["Accept-Language"] = "en"
    http.post("/sign-in", data={"user": "chen", "password": PASSWORD})
    for path in ("/forms", "/forms/new", "/forms/open?key=a", "/forms/visit?template=customer"):
        assert http.get(path).status_code == 403, path
    http.cookies.clear()
    http.post("/sign-in", data={"user": "demo", "password": PASSWORD})
    page = http.get("/forms/visit?template=customer")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert http.get("/forms/nothing").status_code == 404
    sent_back = http.get("/forms/open?key=1x", follow_redirects=False)
    assert sent_back.headers["Location"] == "/forms/new?key=1x&problem=form"
