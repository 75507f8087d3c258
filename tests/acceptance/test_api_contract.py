"""The API held to its OpenAPI document: whatever is sent, no fault of ours, no answer it does not describe."""

import pytest
from schemathesis.checks import not_a_server_error

from process_server.api.ground import openapi
from process_server.db import unit_of_work
from process_server.tasks.telling import gateways, mail
from tests.acceptance import contract
from tests.acceptance.client import Client
from tests.diagrams import boundary, end, flow, process, start, timer, user

EXAMPLES = 4  # of each kind for each operation: most of the time goes into inventing them
MODEL = process(
    start(),
    '<bpmn:parallelGateway id="split" />',
    user("a", 'camunda:candidateGroups="sales" camunda:dueDate="2030-01-01T00:00:00Z"'),
    boundary("late", "a", timer("timeDuration", "P3D")),
    '<bpmn:serviceTask id="work" camunda:type="external" camunda:topic="work" />',
    '<bpmn:exclusiveGateway id="which" />',
    end(),
    flow("start > split > a > end", "split > work > end", "split > which > end", "late > end", which_to_end="${x > 1}"),
    key="everything",
)


@pytest.fixture
def held(demo: Client) -> dict[str, str]:
    """Ids of what there is, by the name of the path parameter that means it."""
    deployment = demo.deploy({"everything.bpmn": MODEL})["id"]
    demo.post("/instances", 201, definition_key="everything", variables={"x": 1})
    instance = demo.post("/instances", 201, definition_key="everything", variables={"x": 1})["id"]
    demo.call("PUT", "/parameters/limit", 200, json={"value": 1})
    hours = {"monday-friday": ["09:00-18:00"]}
    for calendar, default in (("usual", True), ("other", False)):
        given = {"id": calendar, "name": calendar, "default": default, "hours": hours}
        demo.call("PUT", f"/calendars/{calendar}", 200, json=given)
    with unit_of_work() as session:
        mail.write_mail(session, ["chen@example.com"], "Hello", "")
        gateways.write_many(session, [gateways.Message("sms", "chen", "139", "Hello", "")])
    return {
        "which": "everything",
        "deployment_id": deployment,
        "resource_id": demo.get(f"/deployments/{deployment}")["resources"][0]["id"],
        "instance_id": instance,
        "task_id": demo.get("/tasks")["items"][0]["id"],
        "job_id": demo.get("/jobs")["items"][0]["id"],
        "incident_id": demo.get("/incidents")["items"][0]["id"],
        "file_id": demo.call("POST", "/files", 201, files={"file": ("a.txt", b"a")})["id"],
        "token_id": demo.post("/tokens", 201, name="other")["id"],
        "view_id": demo.post("/views", 201, name="mine", settings={"list": "todo"})["id"],
        "key": "limit",
        "calendar_id": "other",
        "mail_id": demo.get("/mails", state="pending")["items"][0]["id"],
        "message_id": demo.get("/messages-sent", state="pending")["items"][0]["id"],
    }


@pytest.mark.usefixtures("impatient")
def test_the_api_keeps_its_word(demo: Client, held: dict[str, str]) -> None:
    checks = [not_a_server_error, *contract.CONFORMING]
    for operation in contract.operations(openapi.PATH):
        contract.hold(operation, held, demo.headers, checks, examples=EXAMPLES)
