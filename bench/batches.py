"""Cases suspended, let go on and modified by batches, while tasks are completed and parts of the server are killed.

A server of its own. Four clients try to complete a third of the tasks all the while: what is suspended refuses them,
and they come again. Afterwards the database is asked.

    .venv/bin/python -m bench.batches --cases 1000
"""

import time
from typing import Any

from sqlalchemy import text

from bench.batched import arguments, ask, begin, call, completing, deployed, opened, watch
from bench.servers import running
from tests.diagrams import boundary, end, flow, process, start, timer, user

MINE = 'camunda:assignee="admin"'
MODEL = process(
    start(),
    '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />',
    user("check", MINE),
    boundary("late", "check", timer("timeDuration", "PT5H")),
    user("stay", MINE),
    user("extra", MINE),
    end(),
    end("end_late"),
    flow("start > split > check > join", "split > stay > join > end", "late > end_late", "extra > end"),
    key="worked",
)
QUESTIONS = {
    "suspended": "SELECT count(*) FROM process_instance WHERE suspended_at IS NOT NULL",
    "cases by how often they were suspended": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM audit"
    " WHERE action = 'suspend' AND entity_type = 'process_instance' GROUP BY entity_id) told GROUP BY 1",
    "cases by tasks that were added": "SELECT n, count(*) FROM (SELECT count(t.id) AS n FROM process_instance i"
    " LEFT JOIN user_task t ON t.process_instance_id = i.id AND t.element_id = 'extra' GROUP BY i.id) added GROUP BY 1",
    "cases by how often their task was done": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM activity"
    " WHERE element_id = 'check' AND outcome = 'completed' GROUP BY process_instance_id) done GROUP BY 1",
    "tasks": "SELECT element_id, state, count(*) FROM user_task GROUP BY 1, 2",
    "timers without their task": "SELECT count(*) FROM timer WHERE NOT EXISTS (SELECT FROM user_task t"
    " WHERE t.process_instance_id = timer.process_instance_id AND t.element_id = 'check' AND t.state = 'open')",
    "incidents": "SELECT count(*) FROM incident",
}


def main() -> None:
    """Suspend, let go on, modify, complete, kill, and look what came of it."""
    asked = arguments(__doc__, port=8768, cases=1_000)
    port = asked.port
    with running(port) as server:
        version = deployed(MODEL, "worked")
        begin(version, asked.cases)
        token, engine = opened(server)
        with engine.connect() as connection:
            cases = [str(each) for each in connection.scalars(text("SELECT id FROM process_instance"))]
            checks = [
                str(each) for each in connection.scalars(text("SELECT id FROM user_task WHERE element_id = 'check'"))
            ]

        def do(what: str, once: str, path: str, body: dict[str, Any], api: str = "/api/v1") -> None:
            began, batch = time.monotonic(), call(port, token, path, body, api)["id"]
            watch(server, engine, batch, len(cases), once)
            print(f"{what}: {len(cases)} cases in {time.monotonic() - began:.0f} s", flush=True)

        instructions = [{"type": "startBeforeActivity", "activityId": "extra"}]
        body = {"processDefinitionId": f"worked:1:{version}", "processInstanceIds": cases, "instructions": instructions}
        with completing(port, token, checks):
            for kind, once in (("suspend", "postgres"), ("activate", "api")):
                do(kind, once, "/batches", {"kind": kind, "instances": cases})
            do("modify", "api", "/modification/executeAsync", body, "/engine-rest")
        ask(engine, QUESTIONS)


if __name__ == "__main__":
    main()
