"""Finding who decides in a real organisation, steps passed by themselves, and what is expected to come next."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from process_server import clock
from process_server.bpmn import commands, queries
from process_server.bpmn.commands import complete_user_task
from process_server.bpmn.queries.peek import peek
from process_server.bpmn.runtime import live, preview
from process_server.db import Session
from process_server.documents import sheet
from process_server.errors import NotAllowed
from process_server.identity import users
from process_server.identity.models import Department, Group
from process_server.identity.principal import Principal
from process_server.tasks.models import TaskDecision
from tests.bpmn_drawing import boundary, catch, draw, extensions, message, node, service, timer, user
from tests.integration.bpmn.test_commands import ADMIN, begin, deploy, tasks
from tests.unit.bpmn.test_approving import step

PEOPLE = {  # id: department, supervisor, groups
    "boss": ("company", None, []),
    "vera": ("sales", "boss", ["board"]),
    "egon": ("east", None, ["board"]),
    "sam": ("east", None, ["board", "crew"]),
    "tim": ("east", "sam", ["crew"]),
    "uwe": ("east", "tim", ["crew"]),
    "left": ("east", "vera", ["board", "crew"]),
}


@pytest.fixture(autouse=True)
def organisation(session: Session) -> Iterator[None]:
    for group in ("board", "crew", "void"):
        session.add(Group(id=group, name=group))
    for department, parent, head in (("company", None, "boss"), ("sales", "company", None), ("east", "sales", "egon")):
        session.add(Department(id=department, name=department, parent_id=parent, head_id=head))
        session.flush()
    for person, (department, supervisor, groups) in PEOPLE.items():
        users.create_user(
            session, person, person, department_id=department, supervisor_id=supervisor, groups=groups,
            active=person != "left",
        )  # fmt: skip
    session.flush()
    live.forget()
    yield
    live.forget()


def principal(person: str) -> Principal:
    return Principal(person, person, frozenset(PEOPLE[person][2]))


def offered(session: Session, instance: UUID) -> list[tuple[str | None, list[str], list[str]]]:
    return [(task.assignee, task.candidate_users, task.candidate_groups) for task in tasks(session, instance)]


def one(session: Session, initiator: str = "uwe", /, **properties: str) -> list[Any]:
    deploy(session, draw("start > t > z > end", t=step(**properties)))
    return offered(session, begin(session, "P", principal(initiator)))


@pytest.mark.requirement("PE-03")
@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"approver_by": "user", "approver_of": "sam,left,nobody"}, ("sam", [], [])),
        ({"approver_by": "group", "approver_of": "board"}, (None, [], ["board"])),
        ({"approver_by": "department", "approver_of": "sales"}, ("vera", [], [])),
        ({"approver_by": "department_head"}, ("egon", [], [])),
        ({"approver_by": "department_head", "approver_levels": "2"}, ("boss", [], [])),
        ({"approver_by": "department_head", "approver_levels": "3", "approver_of": "east"}, ("boss", [], [])),
        ({"approver_by": "department_head", "approver_levels": "1-3"}, (None, ["egon", "boss"], [])),
        ({"approver_by": "supervisor"}, ("tim", [], [])),
        ({"approver_by": "supervisor", "approver_levels": "2"}, ("sam", [], [])),
        ({"approver_by": "supervisor", "approver_levels": "1-3"}, (None, ["tim", "sam", "egon"], [])),
        ({"approver_by": "supervisor", "approver_of": "left"}, ("vera", [], [])),
        ({"approver_by": "least_loaded", "approver_of": "crew"}, ("sam", [], [])),
    ],
)
def test_the_organisation_knows_who_decides(session: Session, properties: dict[str, str], expected: Any) -> None:
    assert one(session, **properties) == [expected]


@pytest.mark.parametrize(
    "properties",
    [
        {"approver_by": "supervisor", "approver_of": "boss"},
        {"approver_by": "supervisor", "approver_levels": "9"},
        {"approver_by": "department_head", "approver_levels": "4"},
        {"approver_by": "department", "approver_of": "nowhere"},
        {"approver_by": "round_robin", "approver_of": "void"},
        {"approver_by": "least_loaded", "approver_of": "void"},
    ],
)
def test_where_nobody_is_found_the_step_goes_to_whom_the_model_says(
    session: Session, properties: dict[str, str]
) -> None:
    assert one(session, **properties, approver_none="user:sam") == [("sam", [], [])]


def test_turns_go_round_whatever_is_restarted(session: Session) -> None:
    deploy(session, draw("start > t > end", t=step(approver_by="round_robin", approver_of="crew")))
    found = []
    for _ in range(4):
        live.forget()
        found += offered(session, begin(session, "P"))
    assert [assignee for assignee, _, _ in found] == ["sam", "tim", "uwe", "sam"]


def test_who_approved_before_passes_and_it_is_written_down(session: Session) -> None:
    steps = {name: step(approver_by="user", approver_of="sam", approver_repeat="pass") for name in ("a", "b", "c")}
    deploy(session, draw("start > a > b > c > end", **steps))
    instance = begin(session, "P", principal("tim"))
    complete_user_task(session, tasks(session, instance)[0].id, {"decision": "approve"}, actor=principal("sam"))
    rows = session.execute(
        select(TaskDecision.element_id, TaskDecision.action, TaskDecision.actor, TaskDecision.reason_code)
        .where(TaskDecision.process_instance_id == instance)
        .order_by(TaskDecision.at, TaskDecision.id)
    ).all()
    assert rows == [("a", "approve", "sam", None), ("b", "skip", "system", "repeat"), ("c", "skip", "system", "repeat")]


def test_who_approved_before_is_told_among_those_who_sign(session: Session) -> None:
    first = step(approver_by="user", approver_of="sam", approval_reasons="late:太晚")
    sign = step(approver_by="user", approver_of="sam,tim", approver_repeat="pass", approval_mode="all",
                approval_reasons="price:价格过低")  # fmt: skip
    deploy(session, draw("start > a > b > end", a=first, b=sign))
    instance = begin(session, "P", principal("uwe"))
    complete_user_task(session, tasks(session, instance)[0].id, {}, outcome="approve", actor=principal("sam"))
    [left] = tasks(session, instance)
    assert left.assignee == "tim"
    told = sheet.compose(session, instance, "en").opinions
    assert [(each.person, each.result, each.reason) for each in told] == [
        ("sam", "Approved", ""),
        ("", "Passed by itself", "sam approved an earlier step"),
    ]
    complete_user_task(session, left.id, {}, outcome="reject", reason="price", actor=principal("tim"))
    last = sheet.compose(session, instance, "zh-CN").opinions[-1]
    assert (last.result, last.reason) == ("拒绝", "价格过低")


def test_the_earlier_approval_may_lie_in_another_command(session: Session) -> None:
    steps = {name: step(approver_by="user", approver_of="sam", approver_repeat="pass") for name in ("a", "c")}
    deploy(session, draw("start > a > m > c > end", m=step(approver_by="user", approver_of="tim"), **steps))
    for verdict, left in (("approve", []), ("reject", ["c"])):
        instance = begin(session, "P", principal("uwe"))
        for person, decision in (("sam", "approve"), ("tim", verdict)):
            clock.advance(timedelta(seconds=1))
            complete_user_task(session, tasks(session, instance)[0].id, {"decision": decision}, actor=principal(person))
        assert [task.element_id for task in tasks(session, instance)] == left


def test_whom_the_model_names_has_to_be_there(session: Session) -> None:
    known = step(
        approver_by="user", approver_of="sam", approver_none="group:board", copy_groups="crew", copy_users="${x}"
    )
    missing = step(
        approver_by="department",
        approver_of="moon",
        approver_none="user:nobody",
        copy_groups="crew,stars",
        sla_calendar="lunar",
        sla_escalate="PT1H user:ghost; PT2H group:board; PT3H supervisor",
    )
    found = deploy(session, draw("start > a > b > end", a=known, b=missing)).warnings
    assert sorted(
        (problem["element"], problem["code"], problem["params"]["key"])
        for problem in found
        if problem["code"].startswith("missing_")
    ) == [
        ("b", "missing_calendar", "lunar"),
        ("b", "missing_department", "moon"),
        ("b", "missing_group", "stars"),
        ("b", "missing_user", "ghost"),
        ("b", "missing_user", "nobody"),
    ]


def forecast(session: Session, instance: UUID, person: str = "sam", **values: Any) -> preview.Forecast:
    task = tasks(session, instance)[0]
    return preview.expected(session, peek(session, instance), task.id, values, actor=person)


def counted(session: Session) -> list[Any]:
    names = ("process_instance", "user_task", "activity", "task_decision", "notification", "rotation", "job", "timer")
    return [
        session.execute(text(f"SELECT count(*), md5(string_agg(t::text, '')) FROM {name} t")).one() for name in names
    ]


@pytest.mark.requirement("PE-11")
def test_what_comes_next_is_told_and_nothing_is_touched(session: Session) -> None:
    model = draw(
        "start > a > xor1 > b [${amount > 100}]",
        "b > c > s > d > end",
        "xor1 > d [default]",
        "late > x > end2",
        a=user(camunda_assignee="sam"),
        b=step(approver_by="round_robin", approver_of="crew"),
        c=step(approver_by="group", approver_of="crew", approval_mode="all", approval_order="sequential"),
        s=service(),
        d=user(camunda_candidateGroups="board", camunda_dueDate="P2D"),
        late=boundary("b", timer("P1D")),
    )
    deploy(session, model)
    instance = begin(session, "P")
    before, noted = counted(session), dict(session.info)
    big = forecast(session, instance, amount=500)
    assert [(found.element, found.assignees, found.candidate_groups) for found in big.steps] == [
        ("b", ["sam"], ()),
        ("c", ["sam", "tim", "uwe"], ()),
        ("d", [], ("board",)),
    ]
    assert (big.ends, big.doubts, all(found.certain for found in big.steps)) == (True, [], True)
    due = big.steps[-1].due
    assert due is not None
    assert abs(due - clock.now() - timedelta(days=2)) < timedelta(minutes=1)
    assert [found.element for found in forecast(session, instance, amount=50).steps] == ["d"]
    assert counted(session) == before
    assert dict(session.info) == noted
    complete_user_task(session, tasks(session, instance)[0].id, {"amount": 500}, actor=ADMIN)
    assert offered(session, instance) == [("sam", [], [])]


def test_what_follows_a_called_case_is_what_its_caller_goes_on_with(session: Session) -> None:
    check = step(approver_by="user", approver_of="tim", outcome_variable="decision")
    call = node("callActivity", extensions('<camunda:out variables="all"/>'), calledElement="Q")
    deploy(session, draw("start > check > end", check=check).replace(b'process id="P"', b'process id="Q"'))
    caller = draw(
        "start > call > xor1 > file [${decision == 'approve'}] > end",
        "xor1 > mend [default] > end2",
        call=call,
        file=user(camunda_assignee="sam"),
        mend=user(camunda_assignee="uwe"),
    )
    deploy(session, caller)
    parent = begin(session, "P")
    [task] = [each for row in queries.instance_tree(session, parent) for each in tasks(session, row["id"])]
    found = queries.expected(session, task.id, {}, principal("tim"))
    assert [(each.element, each.assignees, each.certain) for each in found.steps] == [("file", ["sam"], True)]
    assert (found.ends, found.doubts) == (True, [])


def test_what_nobody_can_know_is_said(session: Session) -> None:
    asks = node("serviceTask", camunda_type="external", camunda_topic="rate", camunda_resultVariable="rate")
    ways = ("start > a > s > xor1 > b [${rate > 5}]", "b > heard > end", "xor1 > end2 [default]")
    model = draw(*ways, a=user(camunda_assignee="sam"), s=asks, heard=catch(message()))
    deploy(session, model)
    found = forecast(session, begin(session, "P", rate=9))
    assert [(each.element, each.certain) for each in found.steps] == [("b", False)]
    assert [(doubt.element, doubt.reason, doubt.names) for doubt in found.doubts] == [
        ("xor1", "values", ("rate",)),
        ("heard", "event", ()),
    ]


def test_a_forecast_stops_where_it_cannot_go_on(session: Session) -> None:
    deploy(session, draw("start > a > t > end", a=user(camunda_assignee="sam"), t=user(camunda_assignee="${missing}")))
    found = forecast(session, begin(session, "P"))
    assert ([doubt.reason for doubt in found.doubts], found.ends) == (["incident"], False)
    deploy(session, draw("start > a > xor1 > b > xor1", b=user(camunda_assignee="tim"), a=user(camunda_assignee="sam")))
    endless = forecast(session, begin(session, "P"))
    assert [step.element for step in endless.steps] == ["b"]
    assert endless.doubts[-1].reason == "length"


def test_a_forecast_of_a_long_process_is_cut(session: Session) -> None:
    names = [f"t{number}" for number in range(preview.MOST_STEPS + 2)]
    deploy(
        session, draw(" > ".join(["start", *names, "end"]), **{name: user(camunda_assignee="sam") for name in names})
    )
    found = forecast(session, begin(session, "P"))
    assert len(found.steps) == preview.MOST_STEPS
    assert (found.doubts[-1].reason, found.ends) == ("length", False)


def test_a_decision_that_is_not_made_yet_counts_as_approval(session: Session) -> None:
    ways = ("start > t > xor1 > b [${decision == 'approve'}]", "xor1 > c [default]", "b > end", "c > end")
    deploy(session, draw(*ways, t=step(approver_by="user", approver_of="sam")))
    instance = begin(session, "P")
    assert [found.element for found in forecast(session, instance).steps] == ["b"]
    assert [found.element for found in forecast(session, instance, decision="reject").steps] == ["c"]


def test_other_branches_are_played_on_but_are_no_news(session: Session) -> None:
    deploy(session, draw("start > and1 > a > and2 > z > end", "and1 > b > and2", a=user(camunda_assignee="sam")))
    assert [found.element for found in forecast(session, begin(session, "P")).steps] == ["z"]


def test_a_start_is_foretold(session: Session) -> None:
    deploy(session, draw("start > t > z > end", t=step(approver_by="supervisor")))
    found = queries.expected_from_start(session, commands.latest(session, "P").id, {}, principal("uwe"))
    assert [each.assignees for each in found.steps] == [["tim"], []]
    assert found.ends
    assert session.execute(text("SELECT count(*) FROM process_instance")).scalar_one() == 0


def test_a_start_is_foretold_to_who_may_start_it(session: Session) -> None:
    content = draw(
        "start > t > end", t=user(camunda_assignee="sam"), attributes=' camunda:candidateStarterGroups="board"'
    )
    deploy(session, content)
    held = commands.latest(session, "P")
    assert queries.expected_from_start(session, held.id, {}, principal("sam")).ends
    with pytest.raises(NotAllowed):
        queries.expected_from_start(session, held.id, {}, principal("tim"))
