"""What belongs to a task under /engine-rest: candidates, comments, files, variables, forms."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from process_server.bpmn.runtime import live
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start, user

FORM = {
    "type": "default",
    "id": "offer",
    "schemaVersion": 18,
    "components": [
        {"type": "number", "id": "amount", "key": "amount", "label": "Amount", "validate": {"required": True}}
    ],
}
FIELDS = (
    "<bpmn:extensionElements><camunda:formData>"
    '<camunda:formField id="colour" label="Colour" type="enum" defaultValue="red">'
    '<camunda:value id="red" name="Red"/><camunda:value id="blue" name="&lt;Blue&gt;"/></camunda:formField>'
    '<camunda:formField id="pieces" label="Pieces" type="long"><camunda:validation>'
    '<camunda:constraint name="required"/><camunda:constraint name="min" config="1"/></camunda:validation>'
    "</camunda:formField></camunda:formData></bpmn:extensionElements>"
)
INPUTS = (
    "<bpmn:extensionElements><camunda:inputOutput>"
    '<camunda:inputParameter name="limit">100</camunda:inputParameter>'
    '<camunda:outputParameter name="granted">${limit}</camunda:outputParameter>'
    "</camunda:inputOutput></bpmn:extensionElements>"
)
MODEL = process(
    start(),
    user("own", 'camunda:candidateGroups="sales"', INPUTS),
    user("formed", 'camunda:assignee="chen" camunda:formRef="offer" camunda:formRefBinding="latest"'),
    user("fielded", 'camunda:assignee="chen"', FIELDS),
    end(),
    flow("start > own > formed > fielded > end"),
    key="parts",
)


@pytest.fixture
def case(demo: Client) -> str:
    demo.deploy({"parts.bpmn": MODEL, "offer.form": json.dumps(FORM)})
    started = demo.post("/instances", 201, definition_key="parts", variables={"amount": 7, "secret": "x"})
    return str(started["id"])


def task_of(rest: Rest, case: str) -> str:
    [task] = rest.get("/task", processInstanceId=case)
    return f"/task/{task['id']}"


def links(rest: Rest, task: str, **query: Any) -> list[tuple[str, str]]:
    return [(each["type"], each["userId"] or each["groupId"]) for each in rest.get(f"{task}/identity-links", **query)]


def test_links_to_people_and_groups(rest: Rest, rest_as: Callable[..., Rest], case: str) -> None:
    task = task_of(rest, case)
    rest.post(f"{task}/identity-links", 204, groupId="finance", type="candidate")
    rest.post(f"{task}/identity-links", 204, userId="wang", type="candidate")
    rest.post(f"{task}/identity-links", 204, userId="chen", type="assignee")
    rest.post(f"{task}/identity-links", 204, userId="li", type="owner")
    found = [
        ("assignee", "chen"),
        ("owner", "li"),
        ("candidate", "wang"),
        ("candidate", "sales"),
        ("candidate", "finance"),
    ]
    assert links(rest, task) == found
    assert links(rest, task, type="owner") == [("owner", "li")]
    for kind, name in (("owner", "li"), ("assignee", "chen"), ("candidate", "wang")):
        rest.post(f"{task}/identity-links/delete", 204, userId=name, type=kind)
    rest.post(f"{task}/identity-links/delete", 204, groupId="sales", type="candidate")
    assert links(rest, task) == [("candidate", "finance")]
    assert rest_as("li").get("/task/count") == {"count": 1}
    for body in (
        {"userId": "li", "groupId": "sales"},
        {},
        {"groupId": "sales", "type": "owner"},
        {"userId": "li", "type": "x"},
    ):
        rest.error("POST", f"{task}/identity-links", 400, json=body)
    rest.error("POST", f"{task}/identity-links", 404, json={"groupId": "nobody", "type": "candidate"})


def test_comments(rest: Rest, rest_as: Callable[..., Rest], case: str) -> None:
    task = task_of(rest, case)
    made = rest_as("chen").post(f"{task}/comment/create", message="Please call first.")
    assert (made["message"], made["userId"], made["processInstanceId"]) == ("Please call first.", "chen", case)
    assert made["links"][0]["href"].endswith(f"/engine-rest{task}/comment/{made['id']}")
    rest.post(f"{task}/comment/create", message="Done.")
    assert [each["message"] for each in rest.get(f"{task}/comment")] == ["Done.", "Please call first."]
    assert rest.get(f"{task}/comment/{made['id']}") == made
    rest.error("GET", f"{task}/comment/{case}", 404)
    rest.error("POST", f"{task}/comment/create", 400, json={})
    assert rest.get(task, withCommentAttachmentInfo=True)["comment"] is True


def test_files(rest: Rest, rest_as: Callable[..., Rest], case: str) -> None:
    task, chen = task_of(rest, case), rest_as("chen")
    form = {"attachment-name": "offer.txt", "attachment-type": "note"}
    made = chen.call("POST", f"{task}/attachment/create", 200, data=form, files={"content": ("x.txt", b"hello")})
    assert (made["name"], made["type"], made["taskId"]) == ("offer.txt", "text/plain", task.rpartition("/")[2])
    assert rest.get(f"{task}/attachment") == [made] == [rest.get(f"{task}/attachment/{made['id']}")]
    assert rest.get(f"{task}/attachment/{made['id']}/data") == b"hello"
    assert rest.get("/task", withCommentAttachmentInfo="true")[0]["attachment"] is True
    rest_as("wang").error("DELETE", f"{task}/attachment/{made['id']}", 403)
    chen.delete(f"{task}/attachment/{made['id']}")
    assert rest.get(f"{task}/attachment") == []
    chen.error("GET", f"{task}/attachment/{made['id']}/data", 404)
    chen.error("POST", f"{task}/attachment/create", 400, data={"attachment-name": "neither"})


def test_an_address_is_attached_as_a_shortcut(rest: Rest, case: str) -> None:
    path = f"{task_of(rest, case)}/attachment"
    form = {"attachment-name": "报价", "url": "https://example.com/offer?id=7"}
    made = rest.call("POST", f"{path}/create", 200, data=form)
    assert (made["name"], made["url"], made["type"]) == ("报价", form["url"], None)
    assert rest.get(path) == [made] == [rest.get(f"{path}/{made['id']}")]
    assert rest.get(f"{path}/{made['id']}/data") == b"[InternetShortcut]\r\nURL=https://example.com/offer?id=7\r\n"
    rest.call("POST", f"{path}/create", 200, files={"content": ("my.url", b"[InternetShortcut]\nURL=file://c/x")})
    assert [each["url"] for each in rest.get(path)] == [form["url"], None]
    for bad in ("file:///etc/passwd", "javascript:alert(1)", "https://a b", "https://a\r\nIconFile=x"):
        rest.error("POST", f"{path}/create", 400, data={"url": bad})


def test_variables_are_set_where_they_live(rest: Rest, demo: Client, case: str) -> None:
    task = task_of(rest, case)
    assert rest.get(f"{task}/localVariables") == {"limit": {"value": "100", "type": "String", "valueInfo": {}}}
    assert set(rest.get(f"{task}/variables")) == {"limit", "amount", "secret"}
    live.forget()
    rest.put(f"{task}/variables/limit", value=250, type="Integer")
    rest.put(f"{task}/variables/amount", value=8, type="Integer")
    assert rest.get(f"{task}/variables/amount") == {"value": 8, "type": "Integer", "valueInfo": {}}
    rest.post(f"{task}/variables", 204, modifications={"new": {"value": True}}, deletions=["secret", "missing"])
    rest.post(f"{task}/localVariables", 204, modifications={"mine": {"value": "a"}, "gone": {}}, deletions=["gone"])
    rest.put(f"{task}/localVariables/more", value="b")
    rest.delete(f"{task}/localVariables/more")
    rest.error("GET", f"{task}/localVariables/more", 404)
    assert rest.get(f"{task}/localVariables").keys() == {"limit", "mine"}
    assert rest.get(f"{task}/localVariables/limit")["value"] == 250
    assert demo.get(f"/instances/{case}/variables")["variables"] == {"amount": 8, "new": True}
    assert rest.get("/task", taskVariables="mine_eq_a")[0]["name"] == "own"
    shown = rest.get(task, withTaskVariablesInReturn=True)["variables"]
    assert {name: each["value"] for name, each in shown.items()} == {
        "amount": 8,
        "new": True,
        "limit": 250,
        "mine": "a",
    }
    rest.call("POST", f"{task}/variables/note/data", 204, data={"valueType": "File"}, files={"data": ("n.txt", b"hi")})
    assert rest.get(f"{task}/variables/note/data") == b"hi"
    rest.delete(f"{task}/variables/note")
    live.forget()
    rest.post(f"{task}/complete", 204)
    assert demo.get(f"/instances/{case}/variables")["variables"] == {"amount": 8, "new": True, "granted": 250}


def test_variables_are_for_administrators_but_for_what_a_form_shows(
    rest: Rest, rest_as: Callable[..., Rest], case: str
) -> None:
    chen = rest_as("chen")
    task = task_of(rest, case)
    assert chen.get(f"{task}/variables") == {}
    chen.error("PUT", f"{task}/variables/amount", 403, json={"value": 1})
    rest_as("demo", "tasks").error("PUT", f"{task}/variables/amount", 403, json={"value": 1})
    rest.post(f"{task}/complete", 204)
    formed = task_of(rest, case)
    assert set(chen.get(f"{formed}/variables")) == {"amount"}
    assert chen.get(f"{formed}/form-variables")["amount"]["value"] == 7
    refused = chen.error("POST", f"{formed}/complete", 400, json={"variables": {"amount": {"value": "many"}}})
    assert "amount" in refused["message"]
    chen.post(f"{formed}/complete", 204, variables={"amount": {"value": 9}, "secret": {"value": "mine"}})
    held = rest.get(f"{task_of(rest, case)}/variables")
    assert (held["amount"]["value"], held["secret"]["value"]) == (9, "x")


def test_forms(rest: Rest, rest_as: Callable[..., Rest], case: str) -> None:
    task = task_of(rest, case)
    assert rest.get(f"{task}/form") == {"key": None, "camundaFormRef": None, "contextPath": None}
    rest.error("GET", f"{task}/deployed-form", 404)
    rest.error("GET", f"{task}/rendered-form", 400)
    rest.post(f"{task}/complete", 204)
    formed = task_of(rest, case)
    reference = {"key": "offer", "binding": "latest", "version": None}
    assert rest.get(f"{formed}/form")["camundaFormRef"] == rest.get(formed)["camundaFormRef"] == reference
    assert rest.get(f"{formed}/deployed-form") == FORM
    rest.post(f"{formed}/complete", 204, variables={"amount": {"value": 3}, "colour": {"value": "blue"}})
    fielded = task_of(rest, case)
    assert rest.get(f"{fielded}/form-variables", variableNames="colour,pieces") == {
        "colour": {"value": "blue", "type": "String", "valueInfo": {}}
    }
    page = rest.get(f"{fielded}/rendered-form").decode()
    assert '<option value="blue" selected="selected">&lt;Blue&gt;</option>' in page
    assert 'cam-variable-name="pieces" cam-variable-type="Long" min="1" required="required"' in page
    rest_as("chen").error("POST", f"{fielded}/submit-form", 400, json={"variables": {"pieces": {"value": 0}}})
    rest_as("chen").post(f"{fielded}/submit-form", 204, variables={"pieces": {"value": 2}, "colour": {"value": "red"}})
