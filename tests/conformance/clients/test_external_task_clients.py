"""Workers written with the published clients do their work against this server, unchanged."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from process_server.api.processes import long_polling
from process_server.app import create_app
from process_server.bpmn import commands, queries
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity import passwords, users
from process_server.identity.principal import SYSTEM
from tests.acceptance.client import PASSWORD, Client
from tests.conformance.clients import installed
from tests.conformance.clients.running import Recorded, serving
from tests.conformance.server import served, untouched
from tests.diagrams import boundary, end, flow, process, start, user

HERE = Path(__file__).parent
NAME = "administrator"

ERRAND = process(
    start(),
    '<bpmn:serviceTask id="work" camunda:type="external" camunda:topic="${topic}"><bpmn:extensionElements>'
    '<camunda:properties><camunda:property name="queue" value="fast" /></camunda:properties><camunda:inputOutput>'
    '<camunda:outputParameter name="noted">${note}</camunda:outputParameter></camunda:inputOutput>'
    "</bpmn:extensionElements></bpmn:serviceTask>",
    boundary("lost", "work", '<bpmn:errorEventDefinition errorRef="lost_error" />'),
    user("search"),
    end(),
    end("end_lost"),
    flow("start > work > end", "lost > search > end_lost"),
    extra='<bpmn:error id="lost_error" name="lost" errorCode="LOST" />',
    key="errand",
)

GIVEN = {
    "a_text": "长城",
    "an_integer": 12,
    "a_long": 5_000_000_000,
    "a_double": Decimal("1.25"),
    "a_truth": False,
    "nothing": None,
    "a_moment": datetime(2030, 1, 1, 10, 0, tzinfo=UTC),
    "a_list": [1, "zwei", {"drei": 3}],
    "an_object": {"name": "上海", "lines": [{"amount": Decimal("9.5")}]},
}


@pytest.fixture(scope="module")
def engine(cluster: Cluster) -> Iterator[tuple[Client, str, Recorded]]:
    """The administrator, the address of the API of Camunda, and what is recorded."""
    with served(cluster, "clients") as administrator:
        with unit_of_work() as session:
            users.find(session, NAME).password_hash = passwords.hash_password(PASSWORD)
        with serving(create_app()) as (address, recorded):
            yield administrator, address, recorded


@pytest.fixture
def case(engine: tuple[Client, str, Recorded]) -> Iterator[tuple[Client, str, Recorded]]:
    with untouched():
        engine[0].deploy({"errand.bpmn": ERRAND})
        engine[2].answers.clear()
        yield engine


def begin(topic: str, **variables: Any) -> UUID:
    with unit_of_work() as session:
        held = commands.latest(session, "errand")
        given = {"topic": topic, "note": None, **variables}
        return commands.start_instance(session, held.id, given, actor=SYSTEM, business_key=f"K-{topic}").id


def variables_of(instance: UUID) -> dict[str, Any]:
    with unit_of_work() as session:
        return queries.get_variables(session, instance)


def until(holds: Callable[[], bool], worker: subprocess.Popen[str]) -> None:
    end_ = time.monotonic() + 60
    while not holds():
        assert worker.poll() is None, worker.communicate()
        assert time.monotonic() < end_, "the worker does not get on"
        time.sleep(0.02)


def work(
    command: list[str], environment: dict[str, str], administrator: Client, more: tuple[str, ...]
) -> dict[str, UUID]:
    """Let a worker do everything there is, then one job that comes while it waits; return the instances."""
    topics = ("flaky", "hopeless", "risky", *more)
    instances = {"echo": begin("echo", **GIVEN), **{topic: begin(topic) for topic in topics}}
    running = subprocess.Popen(
        command, env=os.environ | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        until(lambda: len(administrator.get("/jobs")["items"]) == 1, running)  # the hopeless one
        until(lambda: len(long_polling._desk._queue) == 1, running)
        instances["late"] = begin("late")
        out, err = running.communicate(timeout=120)
        assert running.returncode == 0, out + err
    finally:
        running.kill()
    return instances


def check(administrator: Client, instances: dict[str, UUID], recorded: Recorded, script: str) -> None:
    echoed = variables_of(instances["echo"])
    (paper,) = echoed["paper"]
    assert administrator.call("GET", f"/files/{paper['id']}").content == Path(script).read_bytes()
    assert paper["name"] == Path(script).name
    for name, value in GIVEN.items():
        assert echoed[f"same_{name}"] == value, name
    assert echoed["moment"] == datetime(2030, 1, 1, 10, 0, tzinfo=UTC)
    assert (echoed["text"], echoed["whole"], echoed["large"]) == ("语言", 7, 5_000_000_000)
    assert (echoed["fraction"], echoed["truth"], echoed["nothing"]) == (Decimal("1.25"), True, None)
    assert (echoed["list"], echoed["queue"], echoed["key"]) == ([1, {"two": 2}], "fast", "K-echo")
    assert (echoed["noted"], echoed["note"]) == ("local", None)
    flaky = variables_of(instances["flaky"])
    assert (flaky["told"], flaky["details"], flaky["left"]) == ("again", "a trace", 1)
    assert variables_of(instances["late"])["came"] == "late"
    (incident,) = administrator.get("/incidents")["items"]
    assert (incident["message"], incident["process_instance_id"]) == ("gone", str(instances["hopeless"]))
    assert [task["element_id"] for task in administrator.get("/tasks")["items"]] == ["search"]
    assert variables_of(instances["risky"])["where"] == "Hamburg"
    assert recorded.faults == []
    assert recorded.refused() == []


def gone() -> bool:
    """Say whether nobody waits any more, soon after the client has ended in the middle of a poll."""
    end_ = time.monotonic() + 60
    while long_polling._desk._queue and time.monotonic() < end_:
        time.sleep(0.02)
    return not long_polling._desk._queue


def test_the_client_for_javascript(case: tuple[Client, str, Recorded]) -> None:
    administrator, address, recorded = case
    script = str(HERE / "external_task_worker.mjs")
    command = ["node", script, str(installed.javascript()), address, NAME, PASSWORD]
    instances = work(command, {}, administrator, ("locks",))
    check(administrator, instances, recorded, script)
    assert administrator.get(f"/instances/{instances['locks']}")["state"] == "completed"
    assert gone()


@pytest.mark.parametrize("package", ["camunda", "operaton"])
def test_the_clients_for_python(case: tuple[Client, str, Recorded], package: str) -> None:
    administrator, address, recorded = case
    script = str(HERE / "external_task_worker.py")
    command = [sys.executable, script, package, address, NAME, PASSWORD]
    instances = work(command, {"PYTHONPATH": str(installed.python())}, administrator, ())
    check(administrator, instances, recorded, script)
    assert gone()
