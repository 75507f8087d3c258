"""How late timers fire: 10,000 of them due within one minute, on a server of its own.

.venv/bin/python -m bench.timers --timers 10000
"""

import argparse
import time
from datetime import timedelta

from sqlalchemy import create_engine, text

from bench.servers import running
from process_server import clock
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.identity.principal import SYSTEM

MODEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
                  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="http://bench">
  <bpmn:process id="waiting" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:endEvent id="end" />
    <bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>
      <bpmn:timeDate xsi:type="bpmn:tFormalExpression">${due}</bpmn:timeDate>
    </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="wait" />
    <bpmn:sequenceFlow id="b" sourceRef="wait" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>"""

LATENESS = text("""
    SELECT count(*) AS fired,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY late) AS p50,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY late) AS p95,
           percentile_disc(0.99) WITHIN GROUP (ORDER BY late) AS p99, max(late) AS most
    FROM (SELECT extract(epoch FROM a.left_at - (i.variables #>> '{due,$datetime}')::timestamptz)::float AS late
          FROM activity a JOIN process_instance i ON i.id = a.process_instance_id
          WHERE a.element_id = 'wait') AS fired
""")


def main() -> None:
    """Print by how many seconds the timers were late."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8767)
    parser.add_argument("--timers", type=int, default=10_000)
    arguments = parser.parse_args()
    with running(arguments.port) as server:
        began = clock.now()
        with unit_of_work() as session:
            commands.deploy(session, {"waiting.bpmn": MODEL})
            definition = commands.latest(session, "waiting").id
        first = began + timedelta(seconds=20 + arguments.timers / 150)
        for number in range(arguments.timers):
            due = first + timedelta(minutes=1) * number / arguments.timers
            with unit_of_work() as session:
                commands.start_instance(session, definition, {"due": due}, actor=SYSTEM)
        left = (first - clock.now()).total_seconds()
        print(f"{arguments.timers} timers armed, the first is due in {left:.0f} s", flush=True)
        time.sleep(max(0.0, left) + 75)
        with create_engine(server.database_url()).connect() as connection:
            row = connection.execute(LATENESS).one()
        late = f"p50 {row.p50:.2f} s, p95 {row.p95:.2f}, p99 {row.p99:.2f}, at most {row.most:.2f}"
        print(f"{row.fired} fired; late by {late}")


if __name__ == "__main__":
    main()
