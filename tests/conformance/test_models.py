"""Models as each family of tools writes them, driven over HTTP: ours, and those of any folder you name.

CONFORMANCE_MODELS=FOLDER .venv/bin/python -m pytest tests/conformance/test_models.py
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from process_server.embedded.postgres import Cluster
from tests.acceptance.client import Client
from tests.conformance.model import Model, read_model, read_models
from tests.conformance.run import difference
from tests.conformance.server import served

OURS = Path(__file__).parent / "models"
THEIRS = os.environ.get("CONFORMANCE_MODELS", "")


@pytest.fixture(scope="module")
def client(cluster: Cluster) -> Iterator[Client]:
    with served(cluster) as administrator:
        yield administrator


def scenarios(folder: Path) -> list[Any]:
    return [
        pytest.param(model, scenario, id=f"{model.name}: {scenario['name']}")
        for model in read_models(folder)
        for scenario in model.scenarios
    ]


@pytest.mark.parametrize(("model", "scenario"), scenarios(OURS))
def test_our_models_run_as_expected(client: Client, model: Model, scenario: dict[str, Any]) -> None:
    assert difference(client, model, scenario) is None


@pytest.mark.skipif(not THEIRS, reason="CONFORMANCE_MODELS names no folder")
@pytest.mark.parametrize(("model", "scenario"), scenarios(Path(THEIRS)) if THEIRS else [])
def test_models_from_elsewhere_run_as_expected(client: Client, model: Model, scenario: dict[str, Any]) -> None:
    assert difference(client, model, scenario) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"expect_active": ["done"]},
        {"expect_ended": False},
        {"expect_path": ["nowhere"]},
        {"expect_not_path": ["done"]},
        {"expect_counts": {"done": 2}},
        {"expect_variables": {"starter": "somebody else"}},
        {"expect_error": "incident"},
        {"steps": [{"complete": "check", "where": {"assignee": "nobody"}}]},
        {"steps": [{"message": "unheard of"}]},
    ],
)
def test_a_scenario_that_expects_something_else_is_told(client: Client, wrong: dict[str, Any]) -> None:
    model = read_model(OURS / "camunda-starter-is-assignee")
    assert difference(client, model, model.scenarios[0] | wrong) is not None
