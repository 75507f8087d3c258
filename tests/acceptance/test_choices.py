"""What a diagram leaves open is asked of a person, with a form."""

from tests.acceptance.client import Client
from tests.bpmn_drawing import draw, extensions, user

NAMED = extensions('<camunda:properties><camunda:property name="name:en" value="Send it back"/></camunda:properties>')
OPEN = draw("start > xor", "xor > a", "xor > b", a=user(name="同意"), b=user(NAMED, name="退回"))


def test_who_started_the_case_is_asked_which_way_to_go(demo: Client, chen: Client) -> None:
    demo.deploy({"open.bpmn": OPEN})
    chen.post("/instances", 201, definition_key="P")
    (task,) = chen.get("/tasks")["items"]
    assert (task["element_id"], task["assignee"]) == ("xor", "chen")
    shown = chen.call("GET", f"/tasks/{task['id']}/form", 200, headers={"Accept-Language": "en"})["form"]
    (field,) = shown["schema"]["components"]
    assert (field["label"], [option["label"] for option in field["values"]]) == (
        "What comes next",
        ["同意", "Send it back"],
    )
    assert chen.error("POST", f"/tasks/{task['id']}/complete", 422, json={"variables": {}})["code"] == "unknown_choice"
    chen.post(f"/tasks/{task['id']}/complete", variables={"flow": "xor_b"})
    assert [each["element_id"] for each in demo.get("/tasks")["items"]] == ["b"]
