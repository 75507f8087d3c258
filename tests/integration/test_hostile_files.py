"""What hostile models do to the server: no more than an incident of an instance that can be cancelled."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from process_server import clock
from process_server.bpmn import commands, jobs, queries
from process_server.bpmn.commands import events
from process_server.bpmn.models import Incident, Job, ProcessInstance, Timer
from process_server.config import settings
from process_server.db import Session, unit_of_work
from process_server.errors import InvalidProcess, VariablesTooLarge
from process_server.identity import users
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask
from tests.bpmn_drawing import (
    SIGNAL,
    boundary,
    catch,
    draw,
    extensions,
    message,
    node,
    repeat,
    script,
    service,
    start,
    throw,
    timer,
    user,
)

ADMIN = Principal("admin", "Admin", admin=True)


@pytest.fixture
def small(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small budgets, so that the tests are quick."""
    users.create_user(session, "demo", "Demo")
    limits = {"max_steps": 400, "max_tokens": 300, "max_instances": 20, "max_call_depth": 10, "max_variables": 200_000}
    for name, limit in limits.items():
        monkeypatch.setattr(settings(), name, limit)


def deploy(session: Session, *models: bytes) -> None:
    commands.deploy(session, {f"m{number}.bpmn": model for number, model in enumerate(models)}, actor="admin")


def begin(session: Session, key: str = "P", **variables: Any) -> UUID:
    return commands.start_instance(session, commands.latest(session, key).id, variables, actor=ADMIN).id


def codes(session: Session) -> set[str]:
    return set(session.execute(select(Incident.code).where(Incident.resolved_at.is_(None))).scalars())


def stopped(session: Session) -> Any:
    return session.execute(
        select(Incident.id, Incident.process_instance_id).where(Incident.resolved_at.is_(None)).limit(1)
    ).one()


def count(session: Session, what: Any = ProcessInstance) -> int:
    return int(session.execute(select(func.count()).select_from(what)).scalar_one())


def named(model: bytes, key: str) -> bytes:
    return model.replace(b'<bpmn:process id="P"', f'<bpmn:process id="{key}"'.encode())


def caller(name: str) -> Any:
    return node("callActivity", calledElement=name)


NOTIFY = node(
    "sendTask",
    extensions(
        '<camunda:inputOutput><camunda:inputParameter name="to">demo</camunda:inputParameter>'
        '<camunda:inputParameter name="subject">s</camunda:inputParameter></camunda:inputOutput>'
    ),
    camunda_type="external",
    camunda_topic="notify",
)
ENDLESS = draw("start > xor1 > t > xor1", t=script("n = n + 1"))
CONTAINED = {
    "loop": (ENDLESS, {"n": 0}),
    "forks": (draw("start > xor1 > t", "t > xor1", "t > pass1", "pass1 > xor1", t=node("task")), {}),
    "recursion": (draw("start > c > end", c=caller("P")), {}),
    "forking recursion": (draw("start > c > end", "start > d > end", c=caller("P"), d=caller("P")), {}),
    "calls in a loop": (draw("start > xor1 > c > xor1", c=caller("Q")), {}),
    "messages to itself": (draw("start > t > end", "begun > t", t=throw(message(1)), begun=start(message(1))), {}),
    "signals to itself": (draw("start > t > end", "begun > t", t=throw(SIGNAL), begun=start(SIGNAL)), {}),
    "notifications in a loop": (draw("start > xor1 > n > xor1", n=NOTIFY), {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTAINED)
@pytest.mark.usefixtures("small")
def test_what_never_rests_becomes_an_incident(session: Session, kind: str) -> None:
    model, variables = CONTAINED[kind]
    deploy(session, model, named(draw("start > end"), "Q"))
    began = time.monotonic()
    begin(session, **variables)
    assert time.monotonic() - began < 60
    assert codes(session) == {"runs_away"}
    commands.retry_incident(session, stopped(session).id, actor=ADMIN)
    assert codes(session) == {"runs_away"}
    instance = stopped(session).process_instance_id
    commands.cancel_instance(session, instance, actor=ADMIN)
    assert queries.get_instance(session, instance)["state"] == "cancelled"


def test_recursion_that_waits_on_its_way_is_limited_as_well(small: None, session: Session) -> None:
    """Each level is another command: how deep it is stands in the rows."""
    deploy(session, draw("start > a > c > end", c=caller("P")))
    begin(session)
    for _ in range(30):
        task = session.execute(select(UserTask.id).where(UserTask.state == "open")).scalar()
        if task is None:
            break
        commands.complete_user_task(session, task, {}, actor=ADMIN)
    assert codes(session) == {"runs_away"}
    assert count(session) == settings().max_call_depth + 1


def cardinality(text: str) -> Any:
    return user(
        f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>{text}</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def cycle(text: str) -> bytes:
    return draw("start > a", "t > b", t=boundary("a", timer(text, "timeCycle")))


GROWING = script("n = n + 1; execution.setVariable('v' + string(n), text + n)", "juel")
SLOW = script("=count(for i in 1..100000, j in 1..100000 return 1)", "feel")
INPUT = '<camunda:inputParameter name="y">${text}x</camunda:inputParameter>'
MANY_INPUTS = user(
    extensions(f"<camunda:inputOutput>{INPUT}</camunda:inputOutput>")
    + repeat("<bpmn:loopCardinality>200</bpmn:loopCardinality>")
)
UNKEEPABLE = {
    "10^8 instances": (draw("start > a", a=cardinality("100000000")), "too_many_instances"),
    "10^30 instances": (draw("start > a", a=cardinality("=10**30")), "too_many_instances"),
    "no number of instances": (draw("start > a", a=cardinality("=\"many\"")), "expression_failed"),
    "zero cycle": (cycle("R/PT0S"), "invalid_expression"),
    "negative cycle": (cycle("R/-PT5S"), "invalid_expression"),
    "negative duration": (draw("start > t > b", t=catch(timer("-PT5S"))), "invalid_expression"),
    "endless duration": (draw("start > t > b", t=catch(timer("P999999999Y"))), "invalid_expression"),
    "NUL": (draw("start > t > b", t=script('="a\\u0000b"', "feel", camunda_resultVariable="x")), "expression_failed"),
    "long message name": (draw("start > r > b", r=catch('<bpmn:messageEventDefinition messageRef="L"/>'),
                               definitions='<bpmn:message id="L" name="${text}${text}"/>'), "expression_failed"),
    "long assignee": (draw("start > a", a=user(camunda_assignee="${text}${text}")), "expression_failed"),
    "long topic": (draw("start > a", a=service("${text}${text}")), "expression_failed"),
    "priority beyond bounds": (draw("start > a", a=user(camunda_priority="${100000}")), "expression_failed"),
    "job priority no number": (draw("start > a", a=service("t", camunda_taskPriority="${'x'}")), "expression_failed"),
    "growing variables": (draw("start > xor1 > t > xor1", t=GROWING), "variables_too_large"),
    "many instances with large inputs": (draw("start > a", a=MANY_INPUTS), "variables_too_large"),
    "slow scripts": (draw("start > xor1 > t > xor1", t=SLOW), "expression_failed"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNKEEPABLE)
def test_what_cannot_be_meant_or_kept_becomes_an_incident(small: None, session: Session, kind: str) -> None:
    model, code = UNKEEPABLE[kind]
    deploy(session, model)
    began = time.monotonic()
    instance = begin(session, text="x" * 2_000, n=0)
    assert time.monotonic() - began < 60
    assert codes(session) == {code}
    commands.cancel_instance(session, instance, actor=ADMIN)


FLOODS = {
    "every millisecond": "R/PT0.001S",
    "every nothing": "R/PT0S",
    "backwards": "R/-PT1S",
    "every microsecond until": "R1000000000/PT0.000001S",
    "not a time": "soon",
    "code": "${''.class.forName('java.lang.Runtime')}",
    "variables": "${interval}",
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_of_timer_starts_is_refused_with_its_place(session: Session, kind: str) -> None:
    with pytest.raises(InvalidProcess) as refused:
        deploy(session, draw("begun > a", begun=start(timer(FLOODS[kind], "timeCycle"))))
    (problem,) = [problem for problem in refused.value.problems if problem["severity"] == "error"]
    assert (problem["element"], problem["file"], bool(problem["line"])) == ("begun", "m0.bpmn", True)
    assert count(session, Timer) == 0


def test_a_start_timer_without_a_time_never_fires(session: Session) -> None:
    deploy(session, draw("begun > a", begun=start("<bpmn:timerEventDefinition/>")))
    assert count(session, Timer) == 0


def test_variables_too_large_are_refused_before_anything_is_done(small: None, session: Session) -> None:
    deploy(session, draw("start > a > end"))
    with pytest.raises(VariablesTooLarge):
        begin(session, text="x" * 300_000)
    instance = begin(session, text="x" * 150_000)
    with pytest.raises(VariablesTooLarge):
        commands.set_variables(session, instance, {"more": "x" * 60_000}, actor=ADMIN)
    commands.set_variables(session, instance, {"text": "y" * 190_000}, actor=ADMIN)
    assert queries.get_instance(session, instance)["state"] == "active"


def test_an_answer_too_large_to_keep_fails_the_job_for_good(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "max_variables", 1_000)
    monkeypatch.setattr("process_server.connectors.run", lambda *_, **__: {"body": "x" * 2_000})
    url = '<camunda:inputOutput><camunda:inputParameter name="url">http://h</camunda:inputParameter></camunda:inputOutput>'
    call = node("serviceTask", extensions(url), camunda_type="external", camunda_topic="http")
    with unit_of_work() as session:
        deploy(session, draw("start > s > end", s=call))
        begin(session)
    assert jobs.run_job()
    assert not jobs.run_job()
    with unit_of_work() as session:
        assert session.execute(select(Job.retries)).scalar_one() == 0
        assert count(session, Incident) == 1


def test_a_start_that_breaks_holds_up_no_other(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    every_hour = start(timer("R/PT1H", "timeCycle"))
    with unit_of_work() as session:
        deploy(session, draw("begun > a", begun=every_hour), named(draw("begun > a", begun=every_hour), "Q"))
        broken = commands.latest(session, "P").id
    whole = events.definition

    def breaks(session: Session, definition_id: UUID) -> Any:
        if definition_id == broken:
            raise RuntimeError("unreadable")
        return whole(session, definition_id)

    monkeypatch.setattr(events, "definition", breaks)
    clock.advance(timedelta(hours=1, seconds=1))
    jobs.fire_due_timers()
    with unit_of_work() as session:
        assert count(session) == 1
