"""External tasks while everything is killed: is each completed once, and how many a second are?

A server of its own; 50 worker processes: published clients, unchanged, and plain loops. Meanwhile workers, the API, the
server's own worker, the broker and PostgreSQL are killed, again and again. Afterwards the database is asked.

    .venv/bin/python -m bench.killed --tasks 10000 --workers 50
"""

import argparse
import contextlib
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import psutil
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from bench.servers import Server, running
from process_server import db
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.identity import tokens
from process_server.identity.principal import SYSTEM
from tests.conformance.clients import installed

MODEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
                  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="http://bench">
  <bpmn:process id="errand" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:task id="after" /><bpmn:endEvent id="end" />
    <bpmn:serviceTask id="work" camunda:type="external" camunda:topic="errand" />
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="work" />
    <bpmn:sequenceFlow id="b" sourceRef="work" targetRef="after" />
    <bpmn:sequenceFlow id="c" sourceRef="after" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>"""
VICTIMS = ("api", "worker", "postgres", "api", "broker")
KINDS = ("camunda", "camunda", "operaton", "plain", "plain")
QUESTIONS = {
    "cases completed": "SELECT count(*) FROM process_instance WHERE state = 'completed'",
    "cases not completed": "SELECT count(*) FROM process_instance WHERE state <> 'completed'",
    "work done": "SELECT count(*) FROM activity WHERE element_id = 'work' AND outcome = 'completed'",
    "next step done": "SELECT count(*) FROM activity WHERE element_id = 'after' AND outcome = 'completed'",
    "cases in which a step was done twice": "SELECT count(*) FROM (SELECT 1 FROM activity WHERE element_id IN"
    " ('work', 'after') GROUP BY process_instance_id, element_id HAVING count(*) > 1) twice",
    "jobs left": "SELECT count(*) FROM job",
    "incidents": "SELECT count(*) FROM incident",
}
SIZE = text(
    "SELECT (SELECT count(*) FROM process_instance WHERE state = 'completed'),"
    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
)


@dataclass
class Workers:
    """Worker processes, of which any may be killed."""

    address: str
    token: str
    notes: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    def start(self) -> None:
        """Start one more."""
        kind = KINDS[self.started % len(KINDS)]
        self.started += 1
        environment = os.environ | {"PYTHONPATH": str(installed.python())}
        script = str(Path(__file__).with_name("killed_worker.py"))
        command = [sys.executable, script, kind, self.address, self.token, str(self.notes)]
        with self.notes.with_suffix(".log").open("ab") as log:
            self.running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def kill_one(self) -> None:
        """Kill one, and start another in its place."""
        victim = self.running.pop(random.randrange(len(self.running)))
        victim.kill()
        victim.wait()
        self.start()

    def kill_all(self) -> None:
        """Kill all that are left."""
        for each in self.running:
            each.kill()
            each.wait()


def parts(server: Server) -> dict[str, psutil.Process]:
    """Return what may be killed of a server, by name."""
    found = {}
    for child in psutil.Process(server.process.pid).children():
        with contextlib.suppress(psutil.Error):
            words = " ".join(child.cmdline())
            for name, mark in (
                ("api", "cli api"),
                ("worker", "cli worker --processes"),
                ("broker", "valkey"),
                ("postgres", "bin/postgres"),
            ):
                if mark in words:
                    found[name] = child
    return found


def kill(server: Server, name: str) -> None:
    """Kill a part of a server the hard way."""
    with contextlib.suppress(psutil.Error, KeyError):
        parts(server)[name].kill()
        print(f"  {name} was killed", flush=True)


def progress(url: str) -> tuple[int, int] | None:
    """Return how many cases are completed, and how many connections the database has; None while it is away."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            done, connections = connection.execute(SIZE).one()
            return int(done), int(connections)
    except OperationalError:
        return None


def until_done(url: str, tasks: int, seconds: float) -> Iterator[int]:
    """Yield, every other second while the database is there, how many are done, until all are."""
    began = shown = time.monotonic()
    while time.monotonic() < began + seconds:
        time.sleep(2)
        seen = progress(url)
        if seen is not None and time.monotonic() > shown + 10:
            shown = time.monotonic()
            print(f"{time.monotonic() - began:.0f} s: {seen[0]} done, {seen[1]} connections", flush=True)
        if seen is not None and seen[0] >= tasks:
            return
        if seen is not None:
            yield seen[0]


def main() -> None:
    """Work, kill, and look what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8768)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=900.0, help="after which it is given up")
    parser.add_argument(
        "--kills", type=int, default=20, help="of parts of the server, evenly; 0: kill no worker either"
    )
    arguments = parser.parse_args()
    with running(arguments.port) as server:
        with unit_of_work() as session:
            commands.deploy(session, {"errand.bpmn": MODEL})
            definition = commands.latest(session, "errand").id
            token = tokens.create_token(session, "admin", "bench", scopes=["jobs"])[1]
        for first in range(0, arguments.tasks, 100):
            with unit_of_work() as session:
                for _ in range(min(100, arguments.tasks - first)):
                    commands.start_instance(session, definition, {"customer": "Harbour Machinery Ltd."}, actor=SYSTEM)
        db.engine().dispose()
        url, notes = server.database_url(), server.data / "notes"
        workers = Workers(f"http://127.0.0.1:{arguments.port}/engine-rest", token, notes)
        began = time.monotonic()
        victims, spared = cycle(VICTIMS), arguments.tasks // (arguments.kills + 1)
        try:
            for _ in range(arguments.workers):
                workers.start()
            for done in until_done(url, arguments.tasks, arguments.seconds):
                if arguments.kills:
                    workers.kill_one()
                    if done >= spared:
                        spared = done + arguments.tasks // (arguments.kills + 1)
                        kill(server, next(victims))
        finally:
            workers.kill_all()
        took = time.monotonic() - began
        print(f"{arguments.tasks} tasks in {took:.0f} s: {arguments.tasks / took:.0f} a second")
        told = Counter(notes.read_text().split())
        print(
            f"workers started: {workers.started}; told of as completed: {len(told)}, twice: {len(told) - told.total()}"
        )
        with create_engine(url).connect() as connection:
            for question, query in QUESTIONS.items():
                print(f"{question}: {connection.execute(text(query)).scalar_one()}")
        said = notes.with_suffix(".log").read_text(errors="replace").splitlines()
        complaints = Counter(line[:140] for line in said if line.startswith("HTTP Error") or "Exception(" in line)
        print(f"what workers complained about: {complaints.most_common(12)}")
        log = (server.data / "home/log/api-1.log").read_text(errors="replace").splitlines()
        faults = Counter(line[:140] for line in log if re.match(r"[a-zA-Z0-9_.]+(Error|Exception)\b", line))
        print(f"what the API noted: {faults.most_common(12)}")


if __name__ == "__main__":
    main()
