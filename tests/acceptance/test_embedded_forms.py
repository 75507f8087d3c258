"""Forms that stand in the model itself, as Camunda 8 drew them for years."""

import json

from tests.acceptance.client import Client
from tests.bpmn_drawing import draw, extensions, user

FORM = {
    "type": "default",
    "schemaVersion": 4,
    "components": [{"type": "textfield", "id": "f1", "key": "city", "label": "City", "validate": {"required": True}}],
}
HELD = f'<zeebe:userTaskForm id="userTaskForm_1">{json.dumps(FORM)}</zeebe:userTaskForm>'
ASKED = user(extensions('<zeebe:formDefinition formKey="camunda-forms:bpmn:userTaskForm_1"/>'))


def test_a_form_in_the_model_is_shown_and_checked(demo: Client) -> None:
    deployed = demo.deploy({"m.bpmn": draw("start > a", a=ASKED, extra=extensions(HELD))})
    assert [form["key"] for form in deployed["forms"]] == ["userTaskForm_1"]
    assert deployed["warnings"] == []
    demo.post("/instances", 201, definition_key="P")
    (task,) = demo.get("/tasks")["items"]
    (field,) = demo.get(f"/tasks/{task['id']}/form")["form"]["schema"]["components"]
    assert field["key"] == "city"
    refused = demo.error("POST", f"/tasks/{task['id']}/complete", 422, json={"variables": {}})
    assert refused["problems"][0]["field"] == "city"


def test_a_form_in_the_model_that_is_none_is_refused(demo: Client) -> None:
    broken = draw("start > a", a=ASKED, extra=extensions(HELD.replace('"type"', "type", 1)))
    problems = demo.error("POST", "/deployments", 422, files=[("files", ("m.bpmn", broken))])["problems"]
    assert ("not_json", "m.bpmn") in [(problem["code"], problem["file"]) for problem in problems]
