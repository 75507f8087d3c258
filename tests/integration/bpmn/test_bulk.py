"""Acting on many tasks at once: each row by itself, failures named, one batch."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from process_server.bpmn import commands, queries
from process_server.bpmn.commands import Bulk, do_in_bulk
from process_server.clock import now
from process_server.db import table_of, unit_of_work
from process_server.errors import AlreadyCompleted, InvalidInput, NotAllowed, NotFound, StaleRevision
from process_server.identity import audit
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.models import TaskDecision, UserTask
from tests.diagrams import end, flow, process, start, user
from tests.integration.crm import people

CHEN, LIU = Principal("chen", "陈静", frozenset({"sales"})), Principal("liu", "刘强", frozenset({"sales-director"}))


def properties(**values: str) -> str:
    inner = "".join(
        f'<camunda:property name="{key.replace("_", ":")}" value="{value}"/>' for key, value in values.items()
    )
    return f"<bpmn:extensionElements><camunda:properties>{inner}</camunda:properties></bpmn:extensionElements>"


FORM = (
    b'{"type":"default","id":"amounts","schemaVersion":18,"components":['
    b'{"type":"number","id":"amount","key":"amount","label":"A"},'
    b'{"type":"textfield","id":"decision","key":"decision","label":"D"},'
    b'{"type":"textfield","id":"why","key":"why","label":"W","validate":{"required":true}}]}'
)
FORM_REF = 'camunda:formRef="amounts" camunda:formRefBinding="latest"'
BULK = properties(approval_bulk="true", outcome_variable="decision")
DEFINITION = process(
    start(),
    user("check", 'camunda:candidateGroups="sales"', BULK),
    user("alone", 'camunda:assignee="chen"'),
    user("filled", f'camunda:assignee="chen" {FORM_REF}', BULK),
    end(),
    flow("start > check > alone > filled > end"),
    key="many",
)


@pytest.fixture
def tasks(database: str) -> list[UUID]:
    """Three tasks of `check`, of cases about 100, 20.5 and nothing."""
    with unit_of_work() as session:
        people(session)
        commands.deploy(session, {"many.bpmn": DEFINITION, "amounts.form": FORM})
        definition = queries.list_definitions(session, key="many")[0]["id"]
        for amount in (100, Decimal("20.5"), None):
            commands.start_instance(session, definition, {"amount": amount}, actor=SYSTEM)
    with unit_of_work() as session:
        return list(session.scalars(select(UserTask.id).order_by(UserTask.id)))


def at(element: str) -> list[UUID]:
    with unit_of_work() as session:
        return list(
            session.scalars(select(UserTask.id).where(UserTask.element_id == element, UserTask.state == "open"))
        )


def errors(outcome: commands.Outcome) -> list[type | None]:
    return [type(row.error) if row.error else None for row in outcome.rows]


def test_one_that_fails_leaves_the_others_done(tasks: list[UUID]) -> None:
    with unit_of_work() as session:
        commands.complete_user_task(session, tasks[1], {}, actor=CHEN)
    done = do_in_bulk(unit_of_work, Bulk("approve", (*tasks, uuid4()), opinion="ok"), CHEN)
    assert errors(done) == [None, AlreadyCompleted, None, NotFound]
    assert len(at("alone")) == 3
    with unit_of_work() as session:
        decisions = table_of(TaskDecision)
        rows = session.execute(select(decisions).where(decisions.c.batch_id == done.batch)).all()
        lines = [audit.entries_of(session, "user_task", task)[0] for task in (tasks[0], tasks[2])]
        assert audit.entries_of(session, "user_task", tasks[1]) == []
    assert [(row.action, row.outcome, row.opinion) for row in rows] == [("approve", "approve", "ok")] * 2
    assert [(line.actor, line.action, line.detail) for line in lines] == [
        ("chen", "bulk", {"done": "approve", "batch": str(done.batch)})
    ] * 2


def test_rejecting_sets_the_variable_the_model_names(tasks: list[UUID]) -> None:
    assert errors(do_in_bulk(unit_of_work, Bulk("reject", tuple(tasks[:1])), CHEN)) == [None]
    with unit_of_work() as session:
        case = session.get_one(UserTask, tasks[0]).process_instance_id
        assert queries.get_variables(session, case)["decision"] == "reject"


def test_only_steps_the_model_allows_are_decided_together(tasks: list[UUID]) -> None:
    do_in_bulk(unit_of_work, Bulk("approve", tuple(tasks)), CHEN)
    assert errors(do_in_bulk(unit_of_work, Bulk("approve", tuple(at("alone"))), CHEN)) == [NotAllowed] * 3


def test_a_form_that_still_needs_something_is_not_approved_blindly(tasks: list[UUID]) -> None:
    with unit_of_work() as session:
        commands.complete_user_task(session, tasks[0], {}, actor=CHEN)
    with unit_of_work() as session:
        commands.complete_user_task(session, at("alone")[0], {}, actor=CHEN)
    [filled] = at("filled")
    [row] = do_in_bulk(unit_of_work, Bulk("approve", (filled,)), CHEN).rows
    assert isinstance(row.error, InvalidInput)
    assert [problem["field"] for problem in row.error.problems] == ["why"]


@pytest.mark.parametrize(
    ("ask", "column", "expected"),
    [
        (Bulk("claim", ()), "assignee", "chen"),
        (Bulk("snooze", (), until=now() + timedelta(days=400)), "follow_up_at", None),
        (Bulk("transfer", (), to="zhou"), "assignee", "zhou"),
    ],
)
def test_every_task_is_acted_on(tasks: list[UUID], ask: Bulk, column: str, expected: object) -> None:
    if ask.action != "claim":
        do_in_bulk(unit_of_work, Bulk("claim", tuple(tasks)), CHEN)
    asked = Bulk(ask.action, tuple(tasks), to=ask.to, until=ask.until)
    assert errors(do_in_bulk(unit_of_work, asked, CHEN)) == [None] * 3
    with unit_of_work() as session:
        for task in tasks:
            assert getattr(session.get_one(UserTask, task), column) == (expected or ask.until)


def test_claimed_tasks_are_given_back_read_and_copied(tasks: list[UUID]) -> None:
    do_in_bulk(unit_of_work, Bulk("claim", tuple(tasks)), CHEN)
    for ask in (
        Bulk("mark_read", tuple(tasks)),
        Bulk("copy", tuple(tasks), people=("sun",)),
        Bulk("release", tuple(tasks)),
    ):
        assert errors(do_in_bulk(unit_of_work, ask, CHEN)) == [None] * 3, ask.action


def test_what_changed_since_it_was_seen_is_left_alone(tasks: list[UUID]) -> None:
    do_in_bulk(unit_of_work, Bulk("claim", tuple(tasks)), CHEN)
    ask = Bulk("approve", tuple(tasks), revisions={tasks[0]: 1, tasks[1]: 2})
    assert errors(do_in_bulk(unit_of_work, ask, CHEN)) == [StaleRevision, None, None]


@pytest.mark.parametrize(
    "ask",
    [
        Bulk("approve", ()),
        Bulk("approve", tuple(uuid4() for _ in range(201))),
        Bulk("transfer", (uuid4(),)),
        Bulk("copy", (uuid4(),)),
        Bulk("snooze", (uuid4(),)),
        Bulk("delete", (uuid4(),)),  # type: ignore[arg-type]
    ],
)
def test_what_no_task_could_be_done_with_is_refused_at_once(ask: Bulk) -> None:
    with pytest.raises(InvalidInput):
        do_in_bulk(unit_of_work, ask, CHEN)


def test_totals_sum_what_the_person_may_see(tasks: list[UUID]) -> None:
    with unit_of_work() as session:
        found = queries.totals(session, tasks, SYSTEM)
        assert (found.count, found.decidable, found.sums) == (3, 3, {"amount": Decimal("120.5")})
        mine = queries.totals(session, tasks, CHEN)
        assert (mine.count, mine.decidable, mine.sums) == (3, 3, {})  # their step has no form that shows the amount
        assert queries.totals(session, tasks, LIU).count == 0
