"""The API of Camunda 7 held to its OpenAPI document: whatever is sent, no fault of ours, no answer it does not name."""

import os
from typing import Any

import pytest
from schemathesis import Case, GenerationMode

from process_server.api.engine_rest.wire.errors import FAULT
from tests.acceptance import contract
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.acceptance.engine_rest.test_deployments import DECISION, deploy
from tests.acceptance.test_api_contract import MODEL

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "1"))  # of each kind for each operation: inventing them takes long


def no_fault_of_ours(context: Any, response: Any, case: Case) -> None:
    """Camunda says 500 of what the state does not allow as well: a fault of ours has a type of its own."""
    assert response.status_code < 500 or response.json()["type"] != FAULT, response.text


@pytest.fixture
def held(rest: Rest, demo: Client) -> dict[str, dict[str, str]]:
    """Ids of what there is, by the resource and the name of the path parameter that means it."""
    made = deploy(rest, {"everything.bpmn": MODEL, "discount.dmn": DECISION})
    (definition,) = made["deployedProcessDefinitions"]
    (decision,) = made["deployedDecisionDefinitions"]
    for _ in range(2):
        instance = rest.post(f"/process-definition/{definition}/start", variables={"x": {"value": 1}})["id"]
    resources = rest.get(f"/deployment/{made['id']}/resources")
    task = demo.get("/tasks")["items"][0]["id"]
    return {
        "deployment": {"id": made["id"], "resourceId": resources[0]["id"]},
        "process-definition": {"id": definition, "key": "everything"},
        "decision-definition": {"id": decision, "key": "discount"},
        "process-instance": {"id": instance, "varName": "x"},
        "execution": {"id": instance, "varName": "x"},
        "task": {"id": task, "varName": "x"},
        "external-task": {"id": demo.get("/jobs")["items"][0]["id"]},
        "incident": {"id": demo.get("/incidents")["items"][0]["id"]},
        "user": {"id": "chen"},
        "group": {"id": "sales"},
    }


@pytest.mark.usefixtures("impatient")
def test_the_api_keeps_its_word(rest: Rest, held: dict[str, dict[str, str]]) -> None:
    for operation in contract.operations("/engine-rest/openapi.json"):
        if "/tenant-id/" in operation.path:
            continue  # twins of the others that find nothing
        modes = contract.BOTH if operation.method in ("post", "put") else [GenerationMode.POSITIVE]
        real = held.get(operation.path.split("/")[1], {})
        checks = [no_fault_of_ours, *contract.CONFORMING]
        contract.hold(operation, real, rest.headers, checks, examples=EXAMPLES, modes=modes)
