"""What a step costs without HTTP: the engine with its codec, and the whole command with its SQL.

    .venv/bin/python -m bench.engine

Prints CPU milliseconds (this process alone; the database's own are in `approval.py`), each the median of many.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from process_server import config
from process_server.bpmn import commands
from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.host import NoHost
from process_server.bpmn.program import Program
from process_server.bpmn.runtime import live
from process_server.bpmn.waits import UserTaskWait
from process_server.db import new_id, unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity.principal import Principal
from process_server.migrations import migrate
from process_server.tasks.models import UserTask
from process_server.values import dump_json, load_json

MODEL = (Path(__file__).parent / "approval.bpmn").read_bytes()
ADMIN = Principal("bench", "Bench", admin=True)
LOOP = MODEL.replace(b'sourceRef="too_late" targetRef="escalated"', b'sourceRef="too_late" targetRef="enter_lead"')


def variables(size: int) -> dict[str, Any]:
    """About `size` bytes of business data."""
    made: dict[str, Any] = {"amount": 20_000, "company": "Harbour Machinery Ltd."}
    while len(dump_json(made)) < size:
        made[f"field_{len(made)}"] = {"value": "x" * 40, "number": len(made), "ok": True}
    return made


def cpu(work: Callable[[], object], times: int) -> float:
    """Median CPU milliseconds of one call."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)


def engine_step(program: Program, size: int) -> tuple[float, int]:
    """Load, complete, dump; return CPU ms and the bytes of the state."""
    given = {
        "instance_id": new_id(),
        "initiator": "bench",
        "business_key": "B-1",
        "host": NoHost(),
    }
    first = Execution.start(program, variables=variables(size), **given)
    state, stored = first.dump(), dump_json(first.variables)

    def step() -> None:
        execution = Execution.load(program, state, variables=load_json(stored), **given)
        token = next(wait.token for wait in execution.waits.values() if isinstance(wait, UserTaskWait))
        execution.complete(token, {"ok": True})
        execution.dump()
        dump_json(execution.variables)

    return cpu(step, 300), len(state)


def rework(program: Program, rounds: int) -> tuple[float, float]:
    """Send a case back again and again, loading and dumping each time; CPU ms of the first and the last 100 rounds."""
    given = {"instance_id": new_id(), "initiator": "bench", "business_key": "B-1", "host": NoHost()}
    execution = Execution.start(program, variables=variables(1000), **given)
    state, stored, spent = execution.dump(), dump_json(execution.variables), []
    for _ in range(rounds):
        began = time.process_time()
        execution = Execution.load(program, state, variables=load_json(stored), **given)
        waits = list(execution.waits.values())
        task = next((wait for wait in waits if isinstance(wait, UserTaskWait) and wait.element == "enter_lead"), None)
        if task is not None:
            execution.complete(task.token, {})
        else:
            execution.fire(next(wait.token for wait in waits if not isinstance(wait, UserTaskWait)))
        execution.visits.clear()
        state, stored = execution.dump(), dump_json(execution.variables)
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent[:100]), statistics.median(spent[-100:])


def command(kept: bool, times: int = 300) -> float:
    """CPU ms of completing a user task with its SQL, in one transaction, in this process."""
    with unit_of_work() as session:
        held = commands.latest(session, "approval")
    tasks = []
    for _ in range(times):
        with unit_of_work() as session:
            instance = commands.start_instance(session, held.id, variables(1000), actor=ADMIN).id
            tasks.append(
                session.execute(select(UserTask.id).where(UserTask.process_instance_id == instance)).scalar_one()
            )
    waiting = iter(tasks)
    if not kept:
        live.forget()

    def step() -> None:
        with unit_of_work() as session:
            commands.complete_user_task(session, next(waiting), {"ok": True}, actor=ADMIN)

    return cpu(step, times)


def main() -> None:
    """Print the figures."""
    program = read_processes(MODEL, "approval.bpmn")[0][0]
    for size in (1_000, 10_000, 100_000):
        spent, state = engine_step(program, size)
        print(f"engine and codec, {size // 1000:>3} KB of variables: {spent:.3f} ms CPU, state {state} bytes")
    first, last = rework(read_processes(LOOP, "loop.bpmn")[0][0], 3_000)
    print(f"3,000 rounds of rework: first 100 {first:.3f} ms, last 100 {last:.3f} ms, ratio {last / first:.2f}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cluster = Cluster(Path(folder))
        cluster.start()
        try:
            cluster.create_database("bench")
            os.environ["DATABASE_URL"] = cluster.url("bench")
            os.environ["BROKER_URL"] = "memory://"
            config.settings.cache_clear()
            migrate(create_engine(cluster.url("bench")))
            with unit_of_work() as session:
                commands.deploy(session, {"approval.bpmn": MODEL})
            command(True, 50)
            print(f"the whole command, instance kept in memory: {command(True):.2f} ms CPU")
            print(f"the whole command, instance loaded:         {command(False):.2f} ms CPU")
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
