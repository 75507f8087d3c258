"""Cases moved to another version in a batch, while tasks are completed and the worker is killed: what comes of it?

A server of its own. Each case has a task with a boundary timer, and beside it work for somebody outside; every fourth
task has a draft, every third is completed meanwhile. Afterwards the database is asked.

    .venv/bin/python -m bench.migrations --cases 2000
"""

import time

from sqlalchemy import text

from bench.batched import arguments, ask, begin, call, completing, deployed, opened, watch
from bench.servers import running
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


def main() -> None:
    """Move, complete, kill, and look what came of it."""
    asked = arguments(__doc__, port=8767, cases=2_000)
    port = asked.port
    with running(port) as server:
        one = deployed(ONE, "moved")
        tasks = begin(one, asked.cases)
        two = deployed(TWO, "moved")
        token, engine = opened(server)
        with engine.connect() as connection:
            before = set(connection.execute(text(KEPT)).all())
        versions = {"source": str(one), "target": str(two)}
        plan = call(port, token, "/migrations/plan", versions)
        batch = call(port, token, "/migrations", {**versions, "instructions": plan["instructions"]})["id"]
        began = time.monotonic()
        with completing(port, token, tasks):
            watch(server, engine, batch, asked.cases)
            print(f"{asked.cases} cases in {time.monotonic() - began:.0f} s")
        with engine.connect() as connection:
            after = set(connection.execute(text(KEPT)).all())
        print(f"timers and jobs: {len(before)} before, {len(after)} after, not the same: {len(after - before)}")
        ask(engine, QUESTIONS)


if __name__ == "__main__":
    main()
