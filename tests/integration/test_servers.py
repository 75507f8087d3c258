"""Servers that are not ours: the services of docker-compose.yml run on any PostgreSQL and any broker."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from process_server.cli import cli
from process_server.embedded import binaries
from process_server.embedded.child import spawn, wait_or_kill
from process_server.embedded.postgres import Cluster
from tests.integration.installation import PATIENCE, free_port

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "process-server"}


def commands() -> dict[str, Any]:
    return dict(get_command(cli).commands)  # type: ignore[attr-defined]


def test_every_part_of_the_server_has_a_service() -> None:
    assert {service["command"][0] for service in OURS.values()} >= {"migrate", "setup", "api", "worker", "beat"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_runs_a_command_that_there_is(name: str) -> None:
    assert OURS[name]["command"][0] in commands()


@pytest.mark.parametrize("name", ["api", "worker", "beat"])
def test_a_health_check_is_a_command_that_there_is(name: str) -> None:
    kind, program, command, *_ = OURS[name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "process-server")
    assert command in commands()


def test_every_variable_set_for_a_service_is_a_setting() -> None:
    from process_server.config import Settings

    names = {field.alias or f"PROCESS_SERVER_{name.upper()}" for name, field in Settings.model_fields.items()}
    assert {variable for service in OURS.values() for variable in service["environment"]} <= names


@pytest.fixture(scope="module")
def foreign() -> Iterator[dict[str, str]]:
    """A PostgreSQL and a Valkey that listen on TCP and know nothing of us, as the environment that names them."""
    with tempfile.TemporaryDirectory(prefix="ps-") as home:
        cluster = Cluster(Path(home), durable=False, port=free_port())
        cluster.start()
        cluster.create_database("elsewhere")
        port = str(free_port())
        command = [str(binaries.broker_binary()), "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", home]
        broker = spawn(command, log=Path(home) / "broker.log")
        try:
            yield {
                "DATABASE_URL": f"postgresql+psycopg2://process_server:secret@127.0.0.1:{cluster.port}/elsewhere",
                "BROKER_URL": f"redis://127.0.0.1:{port}/0",
                "PROCESS_SERVER_PORT": str(free_port()),
                "PROCESS_SERVER_DATA": f"{home}/data",
                "PROCESS_SERVER_DEMO": "false",
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)),
            }
        finally:
            broker.kill()
            wait_or_kill(broker, 5)
            cluster.stop()


def run(service: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "process_server.cli", *OURS[service]["command"]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def health(environment: dict[str, str]) -> tuple[int, str]:
    try:
        url = f"http://127.0.0.1:{environment['PROCESS_SERVER_PORT']}/health"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def test_the_services_start_on_foreign_servers(foreign: dict[str, str], tmp_path: Path) -> None:
    migrated, set_up = run("migrate", foreign), run("setup", foreign)
    assert (migrated.returncode, set_up.returncode) == (0, 0), migrated.stderr + set_up.stderr
    assert re.search(r"admin, password \S{16}", set_up.stdout)
    running = {
        name: spawn(
            [sys.executable, "-m", "process_server.cli", *OURS[name]["command"]],
            env=foreign,
            log=tmp_path / f"{name}.log",
        )
        for name in ("api", "worker", "beat")
    }
    try:
        end = time.monotonic() + PATIENCE
        while (seen := health(foreign))[0] != 200:
            assert time.monotonic() < end, seen
            time.sleep(0.2)
        for name in running:
            check = OURS[name]["healthcheck"]["test"][2:]
            command = [sys.executable, "-m", "process_server.cli", *check]
            assert subprocess.run(command, env=foreign, timeout=PATIENCE, check=False).returncode == 0, name
        running["beat"].terminate()
        running["beat"].wait(PATIENCE)
        assert running["beat"].returncode == 0
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            wait_or_kill(process, 20)
