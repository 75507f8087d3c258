"""Cases moved to another version in a batch, while tasks are completed and the worker is killed: what comes of it?

A server of its own. Each case has a task with a boundary timer, and beside it work for somebody outside; every fourth
task has a draft, every third is completed meanwhile. Afterwards the database is asked.

    .venv/bin/python -m bench.migrations --cases 2000
"""

import argparse
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from bench.killed import kill
from bench.servers import Server, running
from process_server import db
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.identity import tokens
from process_server.identity.principal import SYSTEM
from process_server.tasks.handling import drafts
from tests.diagrams import boundary, end, flow, process, start, timer, user

MINE = 'camunda:assignee="admin"'
ELEMENTS = (
    start(),
    '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />',
    user("check", MINE),
    boundary("late", "check", timer("timeDuration", "PT5H")),
    '<bpmn:serviceTask id="job" camunda:type="external" camunda:topic="work" />',
    end(),
    end("end_late"),
)
WAYS = ("start > split > check > join", "split > job > join", "late > end_late")
ONE = process(*ELEMENTS, flow(*WAYS, "join > end"), key="moved")
TWO = process(*ELEMENTS, user("sign", MINE), flow(*WAYS, "join > sign > end"), key="moved")
QUESTIONS = {
    "cases by version": "SELECT d.version, count(*) FROM process_instance i JOIN process_definition d"
    " ON d.id = i.definition_id GROUP BY 1",
    "cases by how often they were moved": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM audit"
    " WHERE action = 'migrate' AND entity_type = 'process_instance' GROUP BY entity_id) moved GROUP BY 1",
    "cases by how often their task was done": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM activity"
    " WHERE element_id = 'check' AND outcome = 'completed' GROUP BY process_instance_id) done GROUP BY 1",
    "tasks": "SELECT element_id, state, count(*) FROM user_task GROUP BY 1, 2",
    "what waits under another version than its case": "SELECT count(*) FROM (SELECT process_instance_id, definition_id"
    " FROM timer UNION ALL SELECT process_instance_id, definition_id FROM job UNION ALL SELECT process_instance_id,"
    " definition_id FROM user_task WHERE state = 'open') w JOIN process_instance i ON i.id = w.process_instance_id"
    " WHERE i.definition_id <> w.definition_id",
    "drafts of open tasks": "SELECT count(*) FROM draft JOIN user_task t ON t.id = draft.user_task_id"
    " WHERE t.state = 'open'",
    "incidents": "SELECT count(*) FROM incident",
}
KEPT = "SELECT process_instance_id, id, due_at FROM timer UNION ALL SELECT process_instance_id, id, NULL FROM job"


def deployed(model: bytes, key: str = "moved") -> UUID:
    """Deploy a version; return its id."""
    with unit_of_work() as session:
        commands.deploy(session, {f"{key}.bpmn": model}, actor="admin")
        return commands.latest(session, key).id


def begin(version: UUID, cases: int) -> list[str]:
    """Start cases, with a draft for every fourth task; return the tasks."""
    for first in range(0, cases, 100):
        with unit_of_work() as session:
            for number in range(first, min(first + 100, cases)):
                commands.start_instance(session, version, {"n": number}, actor=SYSTEM)
    with unit_of_work() as session:
        tasks = list(session.scalars(text("SELECT id FROM user_task ORDER BY id")))
        for task in tasks[::4]:
            drafts.save(session, "admin", {"note": f"half of {task}"}, task_id=task)
    return [str(task) for task in tasks]


def call(port: int, token: str, path: str, body: dict[str, Any], api: str = "/api/v1") -> Any:
    """Send a request to an API; return what is answered."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{api}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        said = answer.read()
    return json.loads(said) if said else None


def complete(port: int, token: str, tasks: list[str], said: Counter[str]) -> None:
    """Complete tasks, one after the other, however often it takes."""
    for task in tasks:
        while True:
            try:
                call(port, token, f"/tasks/{task}/complete", {"variables": {}})
                said["completed"] += 1
                break
            except urllib.error.HTTPError as error:
                refusal = json.loads(error.read())["error"]["code"]
                said[refusal] += 1
                if refusal == "already_completed":  # by us: the answer went down with the server
                    break
                time.sleep(0.5)
            except OSError as error:
                said[str(error)] += 1
                time.sleep(0.5)


def watch(server: Server, engine: Engine, batch: str, cases: int, once: str = "postgres") -> None:
    """Kill the worker, and once another part, while the batch is at work; return when it is done."""
    marks = [cases // 5, cases // 3, cases // 2]
    states_of_items = text("SELECT state, count(*) FROM batch_item WHERE batch_id = :batch GROUP BY 1")
    while True:
        time.sleep(1)
        if server.process.poll() is not None:
            raise SystemExit("the server gave up: so few cases are done faster than what was killed starts again")
        try:
            with engine.connect() as connection:
                rows = connection.execute(states_of_items, {"batch": batch}).all()
                states: dict[str, int] = {row[0]: row[1] for row in rows}
        except OperationalError:
            continue
        if marks and states.get("done", 0) >= marks[0]:
            marks.pop(0)
            for part in ("worker", once) if len(marks) == 1 else ("worker",):
                kill(server, part)
        if not states.get("pending"):
            print(f"the batch: {states}")
            return


def main() -> None:
    """Move, complete, kill, and look what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8767)
    parser.add_argument("--cases", type=int, default=2_000)
    arguments = parser.parse_args()
    port, said = arguments.port, Counter[str]()
    with running(port) as server:
        one = deployed(ONE)
        tasks = begin(one, arguments.cases)
        two = deployed(TWO)
        with unit_of_work() as session:
            token = tokens.create_token(session, "admin", "bench")[1]
        db.engine().dispose()
        engine = create_engine(server.database_url(), poolclass=NullPool)
        with engine.connect() as connection:
            before = set(connection.execute(text(KEPT)).all())
        versions = {"source": str(one), "target": str(two)}
        plan = call(port, token, "/migrations/plan", versions)
        batch = call(port, token, "/migrations", {**versions, "instructions": plan["instructions"]})["id"]
        began = time.monotonic()
        chosen = random.sample(tasks, len(tasks) // 3)
        parts = [(port, token, chosen[n::4], said) for n in range(4)]
        hands = [threading.Thread(target=complete, args=part, daemon=True) for part in parts]
        for hand in hands:
            hand.start()
        watch(server, engine, batch, arguments.cases)
        print(f"{arguments.cases} cases in {time.monotonic() - began:.0f} s")
        for hand in hands:
            hand.join()
        print(f"what was answered to who completed: {dict(said)}")
        with engine.connect() as connection:
            after = set(connection.execute(text(KEPT)).all())
            print(f"timers and jobs: {len(before)} before, {len(after)} after, not the same: {len(after - before)}")
            for question, query in QUESTIONS.items():
                print(f"{question}: {[tuple(row) for row in connection.execute(text(query))]}")


if __name__ == "__main__":
    main()
