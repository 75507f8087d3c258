"""What the measurements of batches share: cases of a version, clients that complete tasks meanwhile, and kills."""

import argparse
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from bench.killed import kill
from bench.servers import Server
from process_server import db
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.identity import tokens
from process_server.identity.principal import SYSTEM
from process_server.tasks.handling import drafts


def arguments(description: str | None, *, port: int, cases: int) -> argparse.Namespace:
    """Read the port and the number of cases from the command line."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--cases", type=int, default=cases)
    return parser.parse_args()


def deployed(model: bytes, key: str) -> UUID:
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


@contextmanager
def completing(port: int, token: str, tasks: Sequence[str]) -> Iterator[None]:
    """Let four clients complete a third of the tasks meanwhile; say at the end what they were answered."""
    said, chosen = Counter[str](), random.sample(tasks, len(tasks) // 3)
    hands = [threading.Thread(target=complete, args=(port, token, chosen[n::4], said), daemon=True) for n in range(4)]
    for hand in hands:
        hand.start()
    yield
    for hand in hands:
        hand.join()
    print(f"what was answered to who completed: {dict(said)}")


def opened(server: Server) -> tuple[str, Engine]:
    """Return a token of the administrator, and the database to be asked while it may be killed."""
    with unit_of_work() as session:
        token = tokens.create_token(session, "admin", "bench")[1]
    db.engine().dispose()
    return token, create_engine(server.database_url(), poolclass=NullPool)


def ask(engine: Engine, questions: dict[str, str]) -> None:
    """Print what came of it."""
    with engine.connect() as connection:
        for question, query in questions.items():
            print(f"{question}: {[tuple(row) for row in connection.execute(text(query))]}")
