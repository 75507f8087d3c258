"""Published clients of Camunda's whole API do a round each against this server, unchanged."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from process_server.app import create_app
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity import passwords, users
from process_server.identity.models import Group
from tests.acceptance.client import PASSWORD, Client
from tests.conformance.clients import installed
from tests.conformance.clients.running import Recorded, serving
from tests.conformance.server import served
from tests.diagrams import end, flow, process, start, user

HERE = Path(__file__).parent
PACKAGES = ("pycamunda==0.6.1", "camunda-client==0.15.0", "generic-camunda-client==7.18.0")
NAME = "administrator"
ENGINEER = UUID("0192f0c1-7d3a-7c11-8a55-2b1f3f0a9e01")  # camunda-client takes users for UUIDs
MODEL = process(
    start(),
    user("check", 'camunda:candidateGroups="sales" camunda:priority="60"'),
    '<bpmn:intermediateCatchEvent id="payment"><bpmn:messageEventDefinition messageRef="paid"/>'
    "</bpmn:intermediateCatchEvent>",
    '<bpmn:serviceTask id="reckon" camunda:expression="${amount + missing}" camunda:resultVariable="sum"/>',
    end(),
    flow("start > check > payment > reckon > end"),
    key="round",
    extra='<bpmn:message id="paid" name="paid"/>',
)


@pytest.fixture(scope="module")
def engine(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, str, Recorded, Path]]:
    """The administrator, the address of the API, what is recorded, and the model as a file."""
    model = tmp_path_factory.mktemp("model") / "round.bpmn"
    model.write_bytes(MODEL)
    with served(cluster, "rest_clients") as administrator:
        with unit_of_work() as session:
            users.find(session, NAME).password_hash = passwords.hash_password(PASSWORD)
            session.add(Group(id="sales", name="sales"))
            users.create_user(session, "helper", "Helper")
            users.create_user(session, str(ENGINEER), "Engineer", admin=True).password_hash = users.find(
                session, NAME
            ).password_hash
        with serving(create_app()) as (address, recorded):
            yield administrator, address, recorded, model


def round_of(
    script: str, engine: tuple[Client, str, Recorded, Path], *, deploys: bool = True, name: str = NAME
) -> dict[str, Any]:
    """Let a client do its round; return what it saw."""
    administrator, address, recorded, model = engine
    recorded.answers.clear()
    recorded.faults.clear()
    if not deploys:
        administrator.deploy({"round.bpmn": MODEL}, expected=None)
    more = [str(model)] if deploys else []
    done = subprocess.run(
        [sys.executable, str(HERE / script), address, name, PASSWORD, *more],
        env={"PYTHONPATH": str(installed.python(PACKAGES)), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert recorded.faults == []
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_pycamunda(engine: tuple[Client, str, Recorded, Path]) -> None:
    assert round_of("rest_pycamunda.py", engine) == {
        "version": "7.24.0",
        "deployed": ["round"],
        "case": ["K-1", True, False],
        "task": ["check", 60, True],
        "owned": NAME,
        "comment": ["看一下", True, NAME],
        "links": [f"assignee:{NAME}", "candidate:helper", "candidate:sales"],
        "local": {"note": "mine"},
        "delegated": "PENDING",
        "refused": True,
        "changed": ["Check it", True, 7],
        "completed": {"amount": 12, "approved": True},
        "waits": "payment",
        "correlated": ["Execution"],
        "variable": [3.5],
        "incident": ["reckon", True],
        "variables": ["amount", "approved", "more"],
        "left": 0,
    }
    assert [status for *_, status in engine[2].refused()] == [500]  # what is delegated is not completed


def test_camunda_client(engine: tuple[Client, str, Recorded, Path]) -> None:
    assert round_of("rest_camunda_client.py", engine, deploys=False, name=str(ENGINEER)) == {
        "case": ["K-2", [True]],
        "task": ["check", "check", 1],
        "links": [f"assignee:{ENGINEER}", "candidate:sales"],
        "changed": [8, str(ENGINEER), "check"],
        "variable": 12,
        "missing": None,
        "gone": True,
        "correlated": ["Execution"],
        "variables": {"amount": 13, "more": "x"},
        "tasks": [["check", "completed", str(ENGINEER)]],
        "cases": ["ACTIVE"],
        "kept": ["amount", "more"],
        "incidents": ["reckon"],
        "ended": True,
    }
    assert [status for *_, status in engine[2].refused()] == [404, 404]  # a variable and a task there are not


def test_generic_camunda_client(engine: tuple[Client, str, Recorded, Path]) -> None:
    assert round_of("rest_generic_client.py", engine) == {
        "version": "7.24.0",
        "deployed": ["round"],
        "case": "K-3",
        "task": ["check", "check", None, 1],
        "owned": NAME,
        "comment": [True],
        "attachment": ["model.bpmn", [True]],
        "links": [f"assignee:{NAME}", "candidate:sales"],
        "local": "x",
        "form": None,
        "completed": True,
        "correlated": ["Execution"],
        "tasks": [["check", "completed", NAME]],
        "variables": {"amount": 13, "note": "x", "approved": True},
        "passed": ["check", "payment", "start"],
        "state": ["ACTIVE", "K-3"],
        "incidents": ["reckon"],
        "tree": True,
    }
    assert engine[2].refused() == []
