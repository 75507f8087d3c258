"""Commands on real rows: what a process waits for is a row, and acting on the row moves the process."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from process_server import clock
from process_server.bpmn import commands, queries
from process_server.bpmn.commands import Order, Wanted
from process_server.bpmn.models import Incident, Job, ProcessInstance, Subscription, Timer
from process_server.db import Session
from process_server.errors import (
    AlreadyCompleted,
    DuplicateStart,
    InvalidProcess,
    NotActive,
    NotAllowed,
    NotCorrelated,
)
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask
from tests.diagrams import boundary, end, flow, message, on_message, process, start, timer, user

ADMIN = Principal("admin", "Admin", admin=True)
LEGAL = Principal("li", "Li", frozenset({"legal"}))

APPROVAL = process(
    start(),
    user("enter", 'camunda:assignee="${initiator}"'),
    '<bpmn:exclusiveGateway id="size" default="size_to_legal" />',
    user("director", 'camunda:candidateGroups="director"'),
    user("legal", 'camunda:candidateGroups="legal"'),
    end(),
    flow(
        "start > enter > size > director > legal > end",
        "size > legal",
        size_to_director="${amount &gt; 50000}",
    ),
    key="approval",
)


def deploy(session: Session, content: bytes, name: str = "tiny.bpmn") -> commands.Deployed:
    return commands.deploy(session, {name: content}, actor="admin")


def begin(session: Session, key: str = "tiny", actor: Principal = ADMIN, **variables: Any) -> UUID:
    held = commands.latest(session, key)
    return commands.start_instance(session, held.id, variables, actor=actor, business_key="K-1").id


def tasks(session: Session, instance: UUID) -> list[UserTask]:
    query = select(UserTask).where(UserTask.process_instance_id == instance, UserTask.state == "open")
    return list(session.scalars(query.order_by(UserTask.element_id).execution_options(populate_existing=True)))


def complete(session: Session, instance: UUID, element: str, actor: Principal = ADMIN, **values: Any) -> None:
    task = next(task for task in tasks(session, instance) if task.element_id == element)
    commands.complete_user_task(session, task.id, values, actor=actor)


def state(session: Session, instance: UUID) -> str:
    return str(session.execute(select(ProcessInstance.state).where(ProcessInstance.id == instance)).scalar_one())


@pytest.mark.parametrize(("amount", "next_step"), [("50000.00", "legal"), ("50000.01", "director")])
def test_an_exact_amount_decides_the_way(session: Session, amount: str, next_step: str) -> None:
    deploy(session, APPROVAL)
    instance = begin(session, "approval")
    complete(session, instance, "enter", amount=Decimal(amount))
    assert [task.element_id for task in tasks(session, instance)] == [next_step]


def test_an_instance_runs_to_its_end_and_leaves_its_history(session: Session) -> None:
    deploy(session, APPROVAL)
    instance = begin(session, "approval")
    assert [task.assignee for task in tasks(session, instance)] == ["admin"]
    complete(session, instance, "enter", amount=1)
    complete(session, instance, "legal", actor=LEGAL)
    assert state(session, instance) == "completed"
    visits = queries.activity_history(session, [instance])
    assert [visit["element_id"] for visit in visits] == ["start", "enter", "size", "legal", "end"]
    assert visits[3]["actor"] == "li"


def test_only_candidates_complete_and_only_once(session: Session) -> None:
    deploy(session, APPROVAL)
    instance = begin(session, "approval")
    complete(session, instance, "enter", amount=1)
    task = tasks(session, instance)[0]
    with pytest.raises(NotAllowed):
        commands.complete_user_task(session, task.id, {}, actor=Principal("wang", "Wang", frozenset({"sales"})))
    commands.complete_user_task(session, task.id, {}, actor=LEGAL)
    with pytest.raises(AlreadyCompleted, match="li"):
        commands.complete_user_task(session, task.id, {}, actor=LEGAL)


def test_deploying_the_same_file_again_makes_no_new_version(session: Session) -> None:
    first, again = deploy(session, APPROVAL), deploy(session, APPROVAL)
    assert again.id == first.id
    assert not again.changed
    changed = deploy(session, APPROVAL.replace(b"50000", b"60000"))
    assert [entry["version"] for entry in changed.processes] == [2]


def test_running_instances_stay_on_their_version(session: Session) -> None:
    deploy(session, APPROVAL)
    instance = begin(session, "approval")
    deploy(session, APPROVAL.replace(b"50000", b"10"))
    complete(session, instance, "enter", amount=20_000)
    assert [task.element_id for task in tasks(session, instance)] == ["legal"]


def test_a_broken_model_is_refused_whole_and_located(session: Session) -> None:
    broken = APPROVAL.replace(b'targetRef="legal"', b'targetRef="nowhere"', 1)
    with pytest.raises(InvalidProcess) as refused:
        commands.deploy(session, {"good.bpmn": process(start(), end(), flow("start > end")), "bad.bpmn": broken})
    errors = [problem for problem in refused.value.problems if problem["severity"] == "error"]
    assert errors[0]["file"] == "bad.bpmn"
    assert errors[0]["line"]
    assert queries.list_definitions(session) == []


WITH_TIMER = process(
    start(),
    user("work"),
    boundary("remind", "work", timer("timeDuration", "P3D"), interrupting=False),
    user("reminded"),
    end(),
    end("end_reminder"),
    flow("start > work > end", "remind > reminded > end_reminder"),
)


@pytest.mark.requirement("PE-11")
def test_a_timer_fires_at_its_instant_and_not_before(session: Session) -> None:
    deploy(session, WITH_TIMER)
    instance = begin(session)
    with clock.travel(timedelta(days=2, hours=23, minutes=59)):
        assert not commands.fire_timers(session)
    with clock.travel(timedelta(days=3, minutes=1)):
        assert commands.fire_timers(session)
        assert not commands.fire_timers(session)
    assert [task.element_id for task in tasks(session, instance)] == ["reminded", "work"]


def test_completing_the_task_disarms_its_timer(session: Session) -> None:
    deploy(session, WITH_TIMER)
    instance = begin(session)
    complete(session, instance, "work")
    assert session.execute(select(func.count()).select_from(Timer)).scalar_one() == 0
    assert state(session, instance) == "completed"


def test_a_message_finds_its_instance_by_business_key(session: Session) -> None:
    deploy(
        session,
        process(
            start(),
            f'<bpmn:intermediateCatchEvent id="paid">{on_message("payment")}</bpmn:intermediateCatchEvent>',
            end(),
            flow("start > paid > end"),
            extra=message("payment"),
        ),
    )
    instance = begin(session)
    with pytest.raises(NotCorrelated):
        commands.correlate_message(session, "payment", {}, actor=ADMIN, business_key="another")
    commands.correlate_message(session, "payment", {"sum": 5}, actor=ADMIN, business_key="K-1")
    assert state(session, instance) == "completed"
    assert queries.get_variables(session, instance)["sum"] == 5
    assert session.execute(select(func.count()).select_from(Subscription)).scalar_one() == 0


def test_a_message_starts_a_process(session: Session) -> None:
    deploy(
        session,
        process(
            start(inside=on_message("order")), user("work"), end(), flow("start > work > end"), extra=message("order")
        ),
    )
    running = commands.correlate_message(session, "order", {"item": "pump"}, actor=ADMIN, business_key="O-7")
    assert [task.element_id for task in tasks(session, running.id)] == ["work"]


CALLER = process(
    start(),
    '<bpmn:callActivity id="call" calledElement="callee"><bpmn:extensionElements>'
    '<camunda:in source="amount" target="sum" /><camunda:out source="result" target="verdict" />'
    "</bpmn:extensionElements></bpmn:callActivity>",
    boundary("refused", "call", '<bpmn:errorEventDefinition errorRef="no" />'),
    user("after"),
    user("handle"),
    end(),
    end("end_refused"),
    flow("start > call > after > end", "refused > handle > end_refused"),
    extra='<bpmn:error id="no" name="no" errorCode="NO" />',
)
CALLEE = process(
    start(),
    user("inner"),
    '<bpmn:exclusiveGateway id="ok" default="ok_to_done" />',
    end("done"),
    end("failed", '<bpmn:errorEventDefinition errorRef="no" />'),
    flow("start > inner > ok > done", "ok > failed", ok_to_failed="${result == 'bad'}"),
    key="callee",
    extra='<bpmn:error id="no" name="no" errorCode="NO" />',
)


def called(session: Session, instance: UUID) -> UUID:
    query = select(ProcessInstance.id).where(ProcessInstance.parent_id == instance)
    return session.execute(query).scalar_one()


def test_a_called_process_is_an_instance_of_its_own_and_hands_back_its_result(session: Session) -> None:
    commands.deploy(session, {"caller.bpmn": CALLER, "callee.bpmn": CALLEE})
    instance = begin(session, amount=7)
    child = called(session, instance)
    assert queries.get_variables(session, child) == {"sum": 7}
    complete(session, child, "inner", result="good", other="stays inside")
    assert state(session, child) == "completed"
    assert [task.element_id for task in tasks(session, instance)] == ["after"]
    assert queries.get_variables(session, instance) == {"amount": 7, "verdict": "good"}


def test_an_error_of_a_called_process_reaches_its_callers_boundary(session: Session) -> None:
    commands.deploy(session, {"caller.bpmn": CALLER, "callee.bpmn": CALLEE})
    instance = begin(session, amount=7)
    child = called(session, instance)
    complete(session, child, "inner", result="bad")
    assert [task.element_id for task in tasks(session, instance)] == ["handle"]
    assert state(session, child) == "cancelled"


def test_cancelling_cancels_what_was_called(session: Session) -> None:
    commands.deploy(session, {"caller.bpmn": CALLER, "callee.bpmn": CALLEE})
    instance = begin(session, amount=7)
    child = called(session, instance)
    commands.cancel_instance(session, instance, actor=ADMIN)
    assert state(session, instance) == state(session, child) == "cancelled"
    assert tasks(session, child) == []


def test_cancelling_what_was_called_is_an_incident_of_its_caller(session: Session) -> None:
    commands.deploy(session, {"caller.bpmn": CALLER, "callee.bpmn": CALLEE})
    instance = begin(session, amount=7)
    first = called(session, instance)
    commands.cancel_instance(session, first, actor=ADMIN)
    (incident,) = queries.list_incidents(session, instance_id=instance)
    assert (incident["element_id"], incident["code"]) == ("call", "called_process_cancelled")
    commands.retry_incident(session, incident["id"], actor=ADMIN)
    query = select(ProcessInstance.id).where(ProcessInstance.parent_id == instance, ProcessInstance.state == "active")
    second = session.execute(query).scalar_one()
    complete(session, second, "inner", result="good")
    assert [task.element_id for task in tasks(session, instance)] == ["after"]


def test_a_missing_called_process_is_an_incident_that_can_be_retried(session: Session) -> None:
    report = commands.deploy(session, {"caller.bpmn": CALLER})
    assert [warning["code"] for warning in report.warnings] == ["missing_process"]
    instance = begin(session, amount=7)
    incident = queries.list_incidents(session, instance_id=instance)[0]
    assert (incident["element_id"], incident["code"]) == ("call", "not_found")
    commands.deploy(session, {"callee.bpmn": CALLEE})
    commands.retry_incident(session, incident["id"], actor=ADMIN)
    assert queries.list_incidents(session, instance_id=instance) == []
    complete(session, called(session, instance), "inner", result="good")


def test_a_missing_variable_is_an_incident_that_a_person_mends(session: Session) -> None:
    deploy(session, APPROVAL)
    instance = begin(session, "approval")
    complete(session, instance, "enter")
    incident = queries.list_incidents(session, instance_id=instance)[0]
    assert incident["element_id"] == "size"
    assert "amount" in incident["message"]
    commands.retry_incident(session, incident["id"], actor=ADMIN, variables={"amount": 5})
    assert [task.element_id for task in tasks(session, instance)] == ["legal"]
    assert session.scalars(select(Incident.resolved_by)).all() == ["admin"]


WITH_JOB = process(
    start(),
    '<bpmn:serviceTask id="ship" camunda:type="external" camunda:topic="shipping" />',
    boundary("lost", "ship", '<bpmn:errorEventDefinition errorRef="lost_error" />'),
    user("search"),
    end(),
    end("end_lost"),
    flow("start > ship > end", "lost > search > end_lost"),
    extra='<bpmn:error id="lost_error" name="lost" errorCode="LOST" />',
)


SHIPPING = (Wanted(topic="shipping", lock=timedelta(minutes=5)),)


def test_a_worker_fetches_fails_and_completes_a_job(session: Session) -> None:
    deploy(session, WITH_JOB)
    instance = begin(session, item="pump")
    (job,) = commands.fetch_and_lock(session, Order("w1", SHIPPING))
    assert job.variables == {"item": "pump"}
    assert commands.fetch_and_lock(session, Order("w2", SHIPPING)) == []
    commands.fail_job(session, job.id, "no stock", worker="w1", actor=ADMIN, retry_in=timedelta(minutes=1))
    with clock.travel(timedelta(minutes=2)):
        (again,) = commands.fetch_and_lock(session, Order("w2", SHIPPING))
        assert (again.id, again.retries, again.error) == (job.id, job.retries - 1, "no stock")
        commands.complete_job(session, job.id, {"parcel": "P1"}, worker="w2", actor=ADMIN)
    assert state(session, instance) == "completed"
    assert queries.get_variables(session, instance)["parcel"] == "P1"
    assert session.execute(select(func.count()).select_from(Job)).scalar_one() == 0


def test_a_job_without_retries_is_an_incident_until_it_is_given_new_ones(session: Session) -> None:
    deploy(session, WITH_JOB)
    instance = begin(session)
    (job,) = commands.fetch_and_lock(session, Order("w1", SHIPPING))
    commands.fail_job(session, job.id, "broken", worker="w1", actor=ADMIN, retries=0)
    incident = queries.list_incidents(session, instance_id=instance)[0]
    assert (incident["element_id"], incident["message"]) == ("ship", "broken")
    assert commands.fetch_and_lock(session, Order("w1", SHIPPING)) == []
    commands.retry_incident(session, incident["id"], actor=ADMIN)
    assert [job.id for job in commands.fetch_and_lock(session, Order("w1", SHIPPING))] == [job.id]


def test_a_worker_raises_a_bpmn_error(session: Session) -> None:
    deploy(session, WITH_JOB)
    instance = begin(session)
    (job,) = commands.fetch_and_lock(session, Order("w1", SHIPPING))
    commands.raise_job_error(session, job.id, "LOST", "gone", {"where": "Hamburg"}, worker="w1", actor=ADMIN)
    assert [task.element_id for task in tasks(session, instance)] == ["search"]


@pytest.mark.requirement("PE-32")
def test_an_idempotency_key_starts_once(session: Session) -> None:
    deploy(session, APPROVAL)
    held = commands.latest(session, "approval")
    first = commands.start_instance(session, held.id, {}, actor=ADMIN, idempotency_key="abc")
    with pytest.raises(DuplicateStart) as refused:
        commands.start_instance(session, held.id, {}, actor=ADMIN, idempotency_key="abc")
    assert refused.value.params["instance"] == first.id


def test_a_suspended_definition_cannot_be_started(session: Session) -> None:
    deploy(session, APPROVAL)
    held = commands.latest(session, "approval")
    commands.suspend_definition(session, held.id, True, actor=ADMIN)
    with pytest.raises(NotActive):
        begin(session, "approval")
    commands.suspend_definition(session, held.id, False, actor=ADMIN)
    assert begin(session, "approval")


def test_a_timer_start_event_starts_by_itself_and_newer_versions_take_over(session: Session) -> None:
    daily = process(start(inside=timer("timeCycle", "R/PT24H")), user("work"), end(), flow("start > work > end"))
    deploy(session, daily)
    deploy(session, daily.replace(b"PT24H", b"PT12H"))
    assert session.execute(select(func.count()).select_from(Timer)).scalar_one() == 1
    with clock.travel(timedelta(hours=12, minutes=1)):
        assert commands.fire_next_start(session)
        assert not commands.fire_next_start(session)
    assert session.execute(select(func.count()).select_from(ProcessInstance)).scalar_one() == 1


def test_history_cannot_be_read_out_of_another_partition(session: Session) -> None:
    from process_server.bpmn.runtime import history

    made = history.ensure_partitions(session)
    assert made == sorted(made)
    assert history.ensure_partitions(session) == []
    deploy(session, APPROVAL)
    begin(session, "approval")
    name = f"activity_{clock.now():%Y_%m}"
    assert session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() == 1


def test_a_process_made_to_be_called_is_not_started_by_people(session: Session) -> None:
    hidden = (
        '<bpmn:extensionElements><camunda:properties><camunda:property name="startable" value="false" />'
        "</camunda:properties></bpmn:extensionElements>"
    )
    deploy(session, process(hidden, start(), user("work"), end(), flow("start > work > end")))
    with pytest.raises(NotAllowed, match="other processes"):
        begin(session, actor=LEGAL)
    assert begin(session)
