"""The time a model gives its tasks: due in working time, warned, escalated, decided by itself, standing still."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, literal, select

from process_server import clock
from process_server.bpmn import commands, jobs
from process_server.bpmn.models import Activity, ProcessInstance
from process_server.bpmn.runtime import live
from process_server.calendars import store
from process_server.calendars.definition import CalendarDefinition
from process_server.db import Instant, unit_of_work
from process_server.errors import Conflict, InvalidInput, InvalidProcess, NotAllowed
from process_server.identity import stand_ins
from process_server.identity.models import Department, User
from process_server.tasks.deadlines import pausing, sla
from process_server.tasks.handling import claiming, handing
from process_server.tasks.jobs import remind_due_tasks
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.telling.notifications import count_unread, list_notifications
from tests.diagrams import end, flow, message, process, start, user
from tests.integration.crm import CHEN, DEMO, LIU, ZHOU, people

FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)  # 17:00 in Shanghai
MONDAY_FIVE = datetime(2026, 11, 30, 9, tzinfo=UTC)
RUNNING = timedelta(minutes=1)  # the clock goes on while a test runs
CHINA = CalendarDefinition(
    id="china", name="中国", default=True, country="CN", hours={"monday-friday": ["09:00-12:00", "13:00-18:00"]}
)


@pytest.fixture(autouse=True)
def friday_at_five(database: str) -> Iterator[None]:
    live.forget()
    store.forget()
    move_to(FRIDAY)
    with unit_of_work() as session:
        people(session)
        store.set_calendar(session, CHINA, actor=DEMO)
    yield
    live.forget()
    store.forget()


def move_to(instant: datetime) -> None:
    clock.advance(instant - clock.now())


def step(name: str = "quote", assignee: str = "chen", **properties: str) -> str:
    """A user task with properties: `sla_due` is sla:due, `outcome_variable` outcome:variable."""
    written = "".join(
        f'<camunda:property name="{key.replace("_", ":", 1)}" value="{value}" />' for key, value in properties.items()
    )
    inside = f"<bpmn:extensionElements><camunda:properties>{written}</camunda:properties></bpmn:extensionElements>"
    attributes = f'camunda:assignee="{assignee}"' if assignee else 'camunda:candidateGroups="sales"'
    return user(name, attributes, inside)


def begin(*elements: str, flows: str = "start > quote > end", **variables: object) -> UUID:
    content = process(start(), *elements, end(), flow(flows))
    with unit_of_work() as session:
        commands.deploy(session, {"tiny.bpmn": content})
    with unit_of_work() as session:
        held = commands.latest(session, "tiny")
        return commands.start_instance(session, held.id, dict(variables), actor=ZHOU).id


def row(element: str = "quote") -> UserTask:
    with unit_of_work() as session:
        return session.scalars(select(UserTask).where(UserTask.element_id == element)).one()


def told(person: str) -> list[str]:
    """What somebody was told, the newest last, without that tasks came."""
    with unit_of_work() as session:
        notes = list_notifications(session, person, limit=100)[0]
    return [note.kind for note in reversed(notes) if note.kind not in ("task_assigned", "task_offered")]


def state(element: str = "quote") -> str:
    with unit_of_work() as session:
        return sla.standing(session, row(element)).state


def listed() -> Any:
    """What the lists say of the only task."""
    with unit_of_work() as session:
        return session.execute(select(sla.state_column(literal(clock.now(), Instant())))).scalar_one()


def close(a: datetime | None, b: datetime) -> bool:
    return a is not None and abs(a - b) < RUNNING


@pytest.mark.requirement("PE-19")
def test_eight_working_hours_from_friday_evening_are_due_on_monday() -> None:
    begin(step(sla_due="PT8H", sla_time="working", sla_repeat="PT4H"))
    assert close(row().due_at, MONDAY_FIVE)
    assert row().calendar == "china"
    assert state() == "ok"
    with unit_of_work() as session:
        assert abs((sla.standing(session, row()).left or timedelta()) - timedelta(hours=8)) < RUNNING
    move_to(MONDAY_FIVE - timedelta(hours=2))  # 15:00: two of the last four working hours are left
    assert (state(), told("chen")) == ("warning", [])
    move_to(MONDAY_FIVE - timedelta(minutes=1))
    assert remind_due_tasks() == 0
    move_to(MONDAY_FIVE + timedelta(minutes=1))
    assert [remind_due_tasks(), remind_due_tasks()] == [1, 0]
    assert told("chen") == ["task_due"]
    assert told("liu") == ["task_escalated"]
    assert (state(), listed()) == ("overdue", "overdue")  # the supervisor was told, but no step of a chain was taken
    with unit_of_work() as session:
        assert row().due_at is not None
        left = sla.standing(session, row()).left
    assert left is not None
    assert left < timedelta()
    move_to(MONDAY_FIVE + timedelta(hours=18))  # Tuesday 11:00: two hours of Monday's and Tuesday's work later
    assert remind_due_tasks() == 0
    move_to(MONDAY_FIVE + timedelta(hours=20, minutes=5))  # Tuesday 13:05: four working hours after it was due
    assert remind_due_tasks() == 1
    assert told("chen") == ["task_due", "task_due"]
    move_to(MONDAY_FIVE + timedelta(days=10))  # what was missed is one reminder
    assert [remind_due_tasks(), remind_due_tasks()] == [1, 0]


def test_without_a_word_time_runs_day_and_night() -> None:
    begin(step(sla_due="PT8H"))
    assert close(row().due_at, FRIDAY + timedelta(hours=8))
    assert row().calendar is None


def test_a_step_names_its_calendar_or_follows_its_assignees_department() -> None:
    munich = CalendarDefinition(
        id="munich", name="M", time_zone="Europe/Berlin", departments=["de"], hours={"monday-friday": ["09:00-17:00"]}
    )
    with unit_of_work() as session:
        store.set_calendar(session, munich, actor=DEMO)
        session.execute(insert(Department).values(id="de", name="de"))
        session.get_one(User, "sun").department_id = "de"
    begin(
        step("quote", "sun", sla_due="PT1H", sla_time="working"),
        step("check", "chen", sla_due="PT1H", sla_time="working", sla_calendar="${where}"),
        flows="start > quote > check > end",
        where="munich",
    )
    assert close(row().due_at, FRIDAY + timedelta(hours=1))  # 10:00 in Berlin
    with unit_of_work() as session:
        commands.complete_user_task(session, row().id, {}, actor=DEMO)
    assert row("check").calendar == "munich"


def test_a_calendar_nobody_knows_is_an_incident_not_a_loss() -> None:
    begin(step(sla_due="PT1H", sla_time="working", sla_calendar="mars"))
    with unit_of_work() as session:
        assert session.scalars(select(UserTask)).all() == []
        assert session.scalars(select(ProcessInstance.state)).one() == "active"


@pytest.mark.parametrize(
    "properties",
    [
        {"sla_due": "P1M", "sla_time": "working"},
        {"sla_due": "PT1H", "sla_time": "working", "sla_escalate": "P1W supervisor"},
        {"sla_due": "PT1H", "sla_repeat": "often"},
        {"sla_due": "PT1H", "sla_time": "sometimes"},
    ],
)
def test_what_cannot_be_counted_is_not_deployed(properties: dict[str, str]) -> None:
    with pytest.raises(InvalidProcess):
        begin(step(**properties))


def test_a_warning_comes_when_the_model_says() -> None:
    begin(step(sla_due="PT8H", sla_time="working", sla_warn="0.75"))
    move_to(MONDAY_FIVE - timedelta(hours=2, minutes=1))
    assert remind_due_tasks() == 0
    move_to(MONDAY_FIVE - timedelta(hours=1, minutes=59))
    assert remind_due_tasks() == 1
    assert told("chen") == ["task_due_soon"]


def test_a_chain_escalates_step_by_step_and_hands_on() -> None:
    with unit_of_work() as session:
        session.execute(insert(Department).values(id="s", name="s", head_id="sun"))
        session.get_one(User, "chen").department_id = "s"
    chain = "PT4H supervisor; P1D department_head; P2D group:legal reassign"
    begin(step(sla_due="PT8H", sla_time="working", sla_escalate=chain))
    move_to(MONDAY_FIVE + timedelta(minutes=1))
    assert remind_due_tasks() == 1
    assert (state(), told("liu"), told("sun")) == ("overdue", [], [])
    move_to(MONDAY_FIVE + timedelta(hours=20, minutes=1))
    assert remind_due_tasks() == 1
    assert (state(), told("liu"), told("sun")) == ("escalated", ["task_escalated"], [])
    assert listed() == "escalated"
    move_to(MONDAY_FIVE + timedelta(days=1, minutes=1))
    remind_due_tasks()
    assert (told("sun"), row().assignee) == (["task_escalated"], "chen")
    move_to(MONDAY_FIVE + timedelta(days=2, minutes=1))
    remind_due_tasks()
    assert (row().assignee, row().candidate_groups) == ("sun", ["legal"])
    assert told("sun") == ["task_escalated", "task_reassigned"]
    with unit_of_work() as session:
        decision = session.scalars(select(TaskDecision)).one()
        assert (decision.action, decision.actor, decision.people) == ("transfer", "system", ["sun"])
        assert count_unread(session, "chen") == 1  # that it was due no longer asks Chen for anything


def late_by(*duration: timedelta) -> None:
    """Let a task that is due at once be late, and do what is to be done about it."""
    clock.advance(sum(duration, timedelta(minutes=1)))
    while remind_due_tasks():
        pass


CHAIN: dict[str, str] = {"sla_due": "PT1H", "sla_escalate": "PT4H supervisor"}


def test_who_is_locked_out_is_passed_over_in_a_chain() -> None:
    with unit_of_work() as session:
        session.get_one(User, "liu").supervisor_id = "sun"
        session.get_one(User, "liu").active = False
    begin(step(**CHAIN | {"sla_escalate": "PT4H supervisor reassign"}))
    late_by(timedelta(hours=5))
    assert (row().assignee, told("liu")) == ("sun", [])


def test_who_is_away_is_told_and_so_is_whom_they_report_to() -> None:
    with unit_of_work() as session:
        session.get_one(User, "liu").supervisor_id = "sun"
        stand_ins.create(session, "liu", "zhou", principal=LIU, process_keys=["another"])
    begin(step(**CHAIN))
    late_by(timedelta(hours=5))
    assert (told("liu"), told("sun")) == (["task_escalated"], [])  # they are away in another process alone
    with unit_of_work() as session:
        stand_ins.create(session, "liu", "zhou", principal=LIU, ends_at=clock.now() + timedelta(days=3))
        claiming.reschedule(session, row().id, CHEN, {"due_at": clock.now()})
    late_by(timedelta(hours=4))
    assert told("sun") == ["task_escalated"]


@pytest.mark.parametrize("chain", ["PT4H supervisor", "PT4H department_head reassign", "PT4H user:ghost"])
def test_where_nobody_is_above_administrators_are_told(chain: str) -> None:
    begin(step(assignee="sun", **CHAIN | {"sla_escalate": chain}))
    late_by(timedelta(hours=5))
    assert (state(), told("demo"), row().assignee) == ("escalated", ["task_escalated"], "sun")


def test_after_a_standstill_each_step_concerns_who_has_the_task_by_then() -> None:
    with unit_of_work() as session:
        session.get_one(User, "liu").supervisor_id = "sun"
    begin(step(sla_due="PT1H", sla_escalate="P1D supervisor reassign; PT4H user:zhou; P2D supervisor reassign"))
    late_by(timedelta(days=3))
    assert (row().assignee, told("zhou"), told("sun")) == ("sun", ["task_escalated"], ["task_reassigned"])
    with unit_of_work() as session:
        handed = session.scalars(select(TaskDecision.people).order_by(TaskDecision.at)).all()
    assert handed == [["liu"], ["sun"]]


def test_a_task_handed_on_after_it_escalated_goes_on_with_the_chain_of_who_has_it() -> None:
    begin(step(**CHAIN | {"sla_escalate": "PT4H supervisor; P1D supervisor"}))
    late_by(timedelta(hours=5))
    with unit_of_work() as session:
        handing.transfer(session, row().id, "sun", principal=LIU)
    assert state() == "escalated"
    late_by(timedelta(days=1))
    assert (told("liu"), told("demo")) == (["task_escalated"], ["task_escalated"])  # nobody is above Sun


def test_nobody_of_a_countersign_is_handed_the_late_vote_of_another() -> None:
    begin(
        step(
            assignee="",
            approver_by="user",
            approver_of="chen,liu",
            approval_mode="all",
            sla_due="PT1H",
            sla_escalate="PT4H supervisor reassign",
        )
    )
    late_by(timedelta(hours=5))
    with unit_of_work() as session:
        held = session.scalars(select(UserTask.assignee).order_by(UserTask.assignee)).all()
    assert held == ["chen", "liu"]
    assert "task_escalated" in told("liu")


def test_a_task_that_waits_for_signers_is_not_taken_from_who_decided_it() -> None:
    begin(step(approval_opinion="optional", **CHAIN | {"sla_escalate": "PT4H supervisor reassign"}))
    with unit_of_work() as session:
        commands.add_signers(session, row().id, ["zhou"], where="after", actor=CHEN)
    with unit_of_work() as session:
        task = session.scalars(select(UserTask.id).where(UserTask.parent_id.is_(None))).one()
        commands.complete_user_task(session, task, {}, actor=CHEN, outcome="approve")
    late_by(timedelta(hours=5))
    with unit_of_work() as session:
        assert session.get_one(UserTask, task).assignee == "chen"
    assert (told("chen"), told("zhou")) == ([], ["task_due"])  # Zhou keeps it waiting
    assert "task_escalated" in told("liu")


def test_a_calendar_that_changes_leaves_due_dates_and_moves_what_is_reckoned_later() -> None:
    begin(step(sla_due="PT16H", sla_time="working", sla_escalate="PT4H supervisor"))
    tuesday = MONDAY_FIVE + timedelta(days=1)
    assert close(row().due_at, tuesday)
    with unit_of_work() as session:
        pausing.pause(session, row().id, principal=CHEN, reason="客户要确认规格")
        holiday = CHINA.model_copy(update={"off": [date(2026, 11, 30)]})
        store.set_calendar(session, holiday, actor=DEMO)
    move_to(tuesday)  # eight hours of work later: Monday is none
    with unit_of_work() as session:
        pausing.resume(session, row().id, principal=CHEN)
    assert close(row().due_at, tuesday + timedelta(days=1))
    move_to(FRIDAY)
    begin(step("check", sla_due="PT8H", sla_time="working"), flows="start > check > end")
    assert close(row("check").due_at, MONDAY_FIVE + timedelta(days=1))
    with unit_of_work() as session:
        munich = CalendarDefinition(id="munich", name="M", default=True, hours={"monday-friday": ["09:00-17:00"]})
        store.set_calendar(session, munich, actor=DEMO)
        store.remove_calendar(session, "china", actor=DEMO)
    assert state("check") == "ok"  # what a task was counted by may be gone
    late_by(timedelta(days=10))
    assert "task_due" in told("chen")


def test_a_working_day_is_counted_by_the_wall_clock_where_clocks_change() -> None:
    berlin = CalendarDefinition(
        id="berlin",
        name="B",
        time_zone="Europe/Berlin",
        country="DE",
        regions=["德国"],
        hours={"monday-friday": ["09:00-17:00"]},
    )
    move_to(datetime(2027, 3, 25, 13, tzinfo=UTC))  # Thursday 14:00 in Berlin; Good Friday, Easter, and on Sunday DST
    with unit_of_work() as session:
        store.set_calendar(session, berlin, actor=DEMO)
    begin(step(sla_due="PT4H", sla_time="working", sla_calendar="德国", sla_warn="PT2H"))
    assert close(row().due_at, datetime(2027, 3, 30, 8, tzinfo=UTC))  # Tuesday 10:00: one hour more than in winter
    move_to(datetime(2027, 3, 25, 15, 1, tzinfo=UTC))
    assert remind_due_tasks() == 1
    assert told("chen") == ["task_due_soon"]


@pytest.mark.parametrize(("outcome", "value"), [("approve", True), ("reject", False)])
def test_what_nobody_decides_the_server_decides(outcome: str, value: bool) -> None:
    given = {"approval_approve": "true", "approval_reject": "false"}
    begin(
        step(
            sla_due="PT8H",
            sla_time="working",
            sla_timeout="PT4H",
            sla_timeout_outcome=outcome,
            outcome_variable="ok",
            **given,
        )
    )
    move_to(MONDAY_FIVE + timedelta(hours=19))
    assert jobs.decide_overdue_tasks() == 0
    move_to(MONDAY_FIVE + timedelta(hours=20, minutes=1))
    assert [jobs.decide_overdue_tasks(), jobs.decide_overdue_tasks()] == [1, 0]
    assert (row().state, row().completed_by, row().outcome) == ("completed", "system", outcome)
    with unit_of_work() as session:
        decision = session.scalars(select(TaskDecision)).one()
        assert (decision.action, decision.actor, decision.outcome) == ("timeout", "system", outcome)
        assert decision.on_behalf_of == row().assignee == "chen"
        instance = session.scalars(select(ProcessInstance)).one()
        assert (instance.state, instance.variables["ok"]) == ("completed", value)
        visit = session.scalars(select(Activity).where(Activity.element_id == "quote")).one()
        assert visit.actor == "system"


def test_without_a_due_date_a_timeout_counts_from_the_beginning() -> None:
    begin(step(sla_timeout="PT2H", outcome_variable="ok"))
    move_to(FRIDAY + timedelta(hours=2, minutes=1))
    assert jobs.decide_overdue_tasks() == 1
    assert row().outcome == "reject"
    assert "timed_out" in told("chen")


def test_who_decides_in_time_is_not_overruled() -> None:
    begin(step(sla_timeout="PT2H", outcome_variable="ok"))
    with unit_of_work() as session:
        commands.complete_user_task(session, row().id, {"ok": "yes"}, actor=CHEN)
    move_to(FRIDAY + timedelta(hours=3))
    jobs.decide_overdue_tasks()
    assert row().outcome == "yes"


class TestStandingStill:
    """While somebody outside has to answer, no time of a task passes."""

    def test_by_hand_with_a_reason(self) -> None:
        begin(step(sla_due="PT8H", sla_time="working", sla_escalate="PT4H supervisor"))
        move_to(MONDAY_FIVE - timedelta(hours=3))  # Monday 14:00: three working hours are left
        with unit_of_work() as session:
            pausing.pause(session, row().id, principal=CHEN, reason="客户要确认规格")
        assert (row().pause_reason, row().paused_by, state()) == ("客户要确认规格", "chen", "paused")
        move_to(MONDAY_FIVE + timedelta(days=3))
        assert remind_due_tasks() == 0
        with unit_of_work() as session:  # Thursday 17:00
            pausing.resume(session, row().id, principal=LIU)
        assert state() == "warning"
        assert close(row().due_at, datetime(2026, 12, 4, 3, tzinfo=UTC))  # Friday 11:00: one hour, then two
        move_to(datetime(2026, 12, 4, 3, 1, tzinfo=UTC))
        assert remind_due_tasks() == 1
        assert (state(), told("chen"), told("liu")) == ("overdue", ["task_due"], [])
        move_to(datetime(2026, 12, 4, 8, 1, tzinfo=UTC))
        assert remind_due_tasks() == 1
        assert told("liu") == ["task_escalated"]

    def test_it_needs_a_reason_and_who_may(self) -> None:
        begin(step(sla_due="PT8H"))
        with unit_of_work() as session:
            with pytest.raises(InvalidInput):
                pausing.pause(session, row().id, principal=CHEN, reason="  ")
            with pytest.raises(NotAllowed):
                pausing.pause(session, row().id, principal=ZHOU, reason="no")
            with pytest.raises(Conflict):
                pausing.resume(session, row().id, principal=CHEN)
            pausing.pause(session, row().id, principal=CHEN, reason="waits")
            with pytest.raises(Conflict):
                pausing.pause(session, row().id, principal=CHEN, reason="again")

    def test_while_a_step_of_the_model_waits_outside(self) -> None:
        properties = '<camunda:properties><camunda:property name="sla:pauses" value="true" /></camunda:properties>'
        waiting = (
            f'<bpmn:receiveTask id="ask" messageRef="answer"><bpmn:extensionElements>{properties}'
            "</bpmn:extensionElements></bpmn:receiveTask>"
        )
        content = process(
            start(),
            '<bpmn:parallelGateway id="both" />',
            step(sla_due="PT8H", sla_time="working"),
            waiting,
            step("late", sla_due="PT1H"),
            end(),
            flow("start > both > quote > end", "both > ask > late > end"),
            extra=message("answer"),
        )
        with unit_of_work() as session:
            commands.deploy(session, {"tiny.bpmn": content})
        with unit_of_work() as session:
            commands.start_instance(session, commands.latest(session, "tiny").id, {}, actor=ZHOU, business_key="A")
        assert state() == "paused"
        move_to(MONDAY_FIVE + timedelta(days=1))
        assert remind_due_tasks() == 0
        with unit_of_work() as session:
            commands.correlate_message(session, "answer", {}, business_key="A", actor=DEMO)
        assert close(row().due_at, MONDAY_FIVE + timedelta(days=2))
        assert (state(), state("late"), row().paused_at) == ("ok", "warning", None)

    def test_a_task_paused_by_hand_goes_on_by_hand_alone(self) -> None:
        properties = '<camunda:properties><camunda:property name="sla:pauses" value="true" /></camunda:properties>'
        content = process(
            start(),
            '<bpmn:parallelGateway id="both" />',
            step(sla_due="PT8H"),
            user("ask", 'camunda:assignee="sun"', f"<bpmn:extensionElements>{properties}</bpmn:extensionElements>"),
            end(),
            flow("start > both > quote > end", "both > ask > end"),
        )
        with unit_of_work() as session:
            commands.deploy(session, {"tiny.bpmn": content})
        with unit_of_work() as session:
            commands.start_instance(session, commands.latest(session, "tiny").id, {}, actor=ZHOU)
        with unit_of_work() as session:
            pausing.pause(session, row().id, principal=CHEN, reason="waits")
        clock.advance(timedelta(hours=3))
        with unit_of_work() as session:
            commands.complete_user_task(session, row("ask").id, {}, actor=DEMO)
        assert state() == "paused"
        clock.advance(timedelta(hours=3))
        with unit_of_work() as session:
            pausing.resume(session, row().id, principal=CHEN)
        assert close(row().due_at, FRIDAY + timedelta(hours=8 + 6))


def test_a_task_put_off_is_told_of_when_it_is_back() -> None:
    begin(step(sla_due="PT8H"))
    with unit_of_work() as session:
        claiming.reschedule(session, row().id, CHEN, {"follow_up_at": FRIDAY + timedelta(hours=2)})
    move_to(FRIDAY + timedelta(hours=1))
    assert remind_due_tasks() == 0
    move_to(FRIDAY + timedelta(hours=2, minutes=1))
    assert remind_due_tasks() == 1
    assert told("chen") == ["follow_up"]


def test_what_nobody_claims_is_told_of_again() -> None:
    begin(step(assignee=""))
    move_to(MONDAY_FIVE - timedelta(minutes=1))
    assert remind_due_tasks() == 0
    move_to(MONDAY_FIVE + timedelta(minutes=1))  # a working day later
    assert remind_due_tasks() == 1
    assert [told("chen"), told("zhou"), told("liu")] == [["offered_waiting"], ["offered_waiting"], []]


def test_moving_the_due_date_moves_the_whole_chain() -> None:
    begin(step(sla_due="PT8H", sla_escalate="PT4H supervisor", sla_timeout="P2D", outcome_variable="ok"))
    with unit_of_work() as session:
        claiming.reschedule(session, row().id, CHEN, {"due_at": FRIDAY + timedelta(days=5)})
    move_to(FRIDAY + timedelta(days=4))
    assert (remind_due_tasks(), jobs.decide_overdue_tasks()) == (0, 0)
    move_to(FRIDAY + timedelta(days=5, hours=5))
    assert (remind_due_tasks(), jobs.decide_overdue_tasks()) == (2, 0)
    assert (told("chen"), told("liu")) == (["task_due"], ["task_escalated"])
    move_to(FRIDAY + timedelta(days=7, hours=1))
    assert jobs.decide_overdue_tasks() == 1


def test_readers_are_told_in_their_language() -> None:
    named = '<camunda:properties><camunda:property name="name:en" value="Make a quote" /></camunda:properties>'
    inside = f"<bpmn:extensionElements>{named}</bpmn:extensionElements>"
    begin(f'<bpmn:userTask id="quote" name="报价" camunda:assignee="chen">{inside}</bpmn:userTask>')
    with unit_of_work() as session:
        [note], _ = list_notifications(session, "chen")
    assert note.text("en") == "Make a quote is yours to do"
    assert note.text("zh-CN").startswith("报价")
