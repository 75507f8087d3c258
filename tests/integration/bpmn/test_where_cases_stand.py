"""Where the cases of a version stand, those included that wait for a case they called, and how many run of each."""

from uuid import UUID

from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.identity.principal import SYSTEM
from tests.diagrams import end, flow, process, start, user

CALLED = process(start(), user("sign"), end(), flow("start > sign > end"), key="called")
CALLER = process(
    start(), '<bpmn:callActivity id="ask" calledElement="called"/>', end(), flow("start > ask > end"), key="caller"
)


def begin(session: Session) -> UUID:
    commands.deploy(session, {"called.bpmn": CALLED, "caller.bpmn": CALLER}, name="tests")
    return commands.start_instance(session, commands.latest(session, "caller").id, {}, actor=SYSTEM).id


def test_a_case_stands_where_it_waits_for_what_it_called(session: Session) -> None:
    case = begin(session)
    version = commands.latest(session, "caller").id
    assert queries.active_elements(session, definition_id=version) == {"ask": 1}
    assert queries.active_elements(session, instance_id=case) == {"ask": 1}
    assert [row["id"] for row in queries.instances_at(session, version, "ask", seen_by=SYSTEM)] == [case]


def test_each_version_counts_what_runs_of_it(session: Session) -> None:
    begin(session)
    old = commands.latest(session, "caller").id
    commands.deploy(session, {"caller.bpmn": CALLER.replace(b'id="ask"', b'id="ask" name="Ask"')}, name="tests")
    new = commands.latest(session, "caller").id
    assert queries.running_by_version(session, SYSTEM, "caller") == {old: 1}
    for _ in range(2):
        commands.start_instance(session, new, {}, actor=SYSTEM)
    assert queries.running_by_version(session, SYSTEM, "caller") == {old: 1, new: 2}
