"""The API of Camunda 7 held to its OpenAPI document: whatever is sent, no fault of ours, no answer it does not name."""

import os
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, strategies
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from process_server.api.engine_rest.wire.errors import FAULT
from process_server.app import app
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.acceptance.engine_rest.test_deployments import DECISION, deploy
from tests.acceptance.test_api_contract import MODEL

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "1"))  # of each kind for each operation: inventing them takes long


def no_fault_of_ours(context: Any, response: Any, case: Case) -> None:
    """Camunda says 500 of what the state does not allow as well: a fault of ours has a type of its own."""
    assert response.status_code < 500 or response.json()["type"] != FAULT, response.text


CHECKS = [
    no_fault_of_ours,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def operations() -> list[Any]:
    schema = schemathesis.openapi.from_asgi("/engine-rest/openapi.json", app)
    every = [found.ok() for found in schema.get_all_operations()]
    return [each for each in every if "/tenant-id/" not in each.path]  # twins of the others that find nothing


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
    for operation in operations():
        real = held.get(operation.path.split("/")[1], {})
        for mode in GenerationMode if operation.method in ("post", "put") else [GenerationMode.POSITIVE]:
            try:
                _hold(rest, real, operation, mode)
            except hypothesis.errors.Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # nothing of it can be wrong


def _hold(rest: Rest, real: dict[str, str], operation: Any, mode: GenerationMode) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), known=strategies.booleans())
    def holds(case: Case, known: bool) -> None:
        if known:
            case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
        case.call_and_validate(headers=rest.headers, checks=CHECKS)

    holds()
