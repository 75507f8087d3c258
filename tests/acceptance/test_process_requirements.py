"""What is required of processes, each over HTTP with a process of its own: paths, countersigns, who, until when."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn import definitions, jobs
from process_server.bpmn.runtime import live
from tests.acceptance.client import Client
from tests.acceptance.test_approvals import properties
from tests.acceptance.test_lead_to_cash import CONTRACT, FOLLOW_UP, LEAD, Company, company, to_quote
from tests.diagrams import end, flow, process, start, timer, user

__all__ = ["company"]

SIGNERS = ("chen", "wang", "li")
FRIDAY_FIVE = datetime(2026, 11, 27, 9, tzinfo=UTC)  # 17:00 in Shanghai
MONDAY_FIVE = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
def signers(sign_in: Callable[..., Client]) -> dict[str, Client]:
    return {name: sign_in(name) for name in SIGNERS}


def begin(who: Client, model: bytes, demo: Client, **variables: Any) -> str:
    demo.deploy({"model.bpmn": model})
    key = model.split(b'<bpmn:process id="')[1].split(b'"')[0].decode()
    return str(who.post("/instances", 201, definition_key=key, variables=variables)["id"])


def opened(demo: Client, case: str) -> dict[str, str]:
    """Return the open tasks of a case by whom they are for, or by their step where they are for nobody."""
    return {each["assignee"] or each["element_id"]: each["id"] for each in demo.get("/tasks", instance=case)["items"]}


def standing(demo: Client, case: str) -> list[str]:
    return sorted(each["element_id"] for each in demo.get("/tasks", instance=case)["items"])


@pytest.mark.requirement("PE-03")
def test_three_steps_follow_one_another(demo: Client, chen: Client) -> None:
    steps = [user(name, 'camunda:assignee="chen"') for name in ("first", "second", "third")]
    case = begin(chen, process(start(), *steps, end(), flow("start > first > second > third > end")), demo)
    for name in ("first", "second", "third"):
        assert standing(demo, case) == [name]
        chen.post(f"/tasks/{opened(demo, case)['chen']}/complete")
    assert demo.get(f"/instances/{case}")["state"] == "completed"


@pytest.mark.requirement("PE-03")
def test_a_node_of_ones_own_is_worked_by_a_program_outside(demo: Client, sign_in: Callable[..., Client]) -> None:
    own = '<bpmn:serviceTask id="score" camunda:type="external" camunda:topic="score_customer" />'
    model = process(start(), own, user("look"), end(), flow("start > score > look > end"))
    case = begin(demo, model, demo, company="远景")
    worker = sign_in("li", "jobs")
    topics = [{"topic": "score_customer", "lock": "PT1M"}]
    (job,) = worker.post("/jobs/fetch-and-lock", worker="scoring", topics=topics)["jobs"]
    assert (job["element_id"], job["variables"]["company"]) == ("score", "远景")
    worker.post(f"/jobs/{job['id']}/complete", 204, worker="scoring", variables={"score": 87})
    assert standing(demo, case) == ["look"]
    assert demo.get(f"/instances/{case}/variables")["variables"]["score"] == 87


@pytest.mark.requirement("PE-03", "PE-04")
@pytest.mark.parametrize(("amount", "path"), [("99999.99", "short"), ("100000.00", "short"), ("100000.01", "long")])
def test_the_amount_chooses_the_branch(demo: Client, amount: str, path: str) -> None:
    flows = ("start > which > short > end", "which > long > end")
    which = '<bpmn:exclusiveGateway id="which" default="which_to_short" />'
    drawn = flow(*flows, which_to_long="=number(amount) > 100000")
    model = process(start(), which, user("short"), user("long"), end(), drawn)
    assert standing(demo, begin(demo, model, demo, amount=amount)) == [path]


def countersign(mode: str, **more: str) -> bytes:
    """Chen, Wang and Li are asked at once, then somebody looks at the result."""
    asked = properties(
        approver__by="user", approver__of=",".join(SIGNERS), approval__mode=mode, outcome__variable="decision", **more
    )
    return process(start(), user("sign", inside=asked), user("after"), end(), flow("start > sign > after > end"))


@pytest.mark.requirement("PE-03", "PE-05")
@pytest.mark.parametrize(
    ("mode", "more", "needed"),
    [("all", {}, 3), ("any", {}, 1), ("count", {"approval__threshold": "2"}, 2),
     ("ratio", {"approval__threshold": "0.66"}, 2)],
)  # fmt: skip
def test_a_countersign_of_three_ends_when_enough_have_approved(
    demo: Client, signers: dict[str, Client], mode: str, more: dict[str, str], needed: int
) -> None:
    case = begin(demo, countersign(mode, **more), demo)
    tasks = opened(demo, case)
    assert sorted(tasks) == sorted(SIGNERS)  # all open at once
    before = clock.now() - timedelta(seconds=1)
    for number, name in enumerate(SIGNERS[:needed], start=1):
        assert standing(demo, case) == ["sign"] * (4 - number)
        signers[name].post(f"/tasks/{tasks[name]}/complete", outcome="approve", opinion=f"同意 {number}")
    assert standing(demo, case) == ["after"]
    for name in SIGNERS[needed:]:  # theirs are gone
        signers[name].error("POST", f"/tasks/{tasks[name]}/complete", 409, json={"outcome": "approve"})
    made = [each for each in demo.get(f"/instances/{case}/decisions")["items"] if each["action"] == "approve"]
    assert [(each["actor"], each["opinion"]) for each in made] == [
        (name, f"同意 {number}") for number, name in enumerate(SIGNERS[:needed], start=1)
    ]
    assert all(before <= datetime.fromisoformat(each["at"]) <= clock.now() for each in made)


@pytest.mark.requirement("PE-03", "PE-05")
def test_one_reject_ends_a_countersign_of_all(demo: Client, signers: dict[str, Client]) -> None:
    case = begin(demo, countersign("all"), demo)
    tasks = opened(demo, case)
    signers["wang"].post(f"/tasks/{tasks['wang']}/complete", outcome="reject", opinion="太贵")
    assert standing(demo, case) == ["after"]
    assert demo.get(f"/instances/{case}/variables")["variables"]["sign_outcome"] == "reject"
    (made,) = demo.get(f"/instances/{case}/decisions")["items"]
    assert (made["action"], made["actor"], made["opinion"]) == ("reject", "wang", "太贵")


@pytest.mark.requirement("PE-06")
def test_a_lead_entered_by_form_starts_one_process_within_a_second(company: Company) -> None:
    marketing = company["lin.yue"]
    body = {"definition_key": "lead_to_cash", "business_key": "XS-77", "variables": LEAD}
    once = {"Idempotency-Key": "form-77"}
    began = time.process_time()
    case = marketing.call("POST", "/instances", 201, json=body, headers=once)["id"]
    assert time.process_time() - began < 1
    assert marketing.call("POST", "/instances", json=body, headers=once).json()["id"] == case
    (only,) = company["demo"].get("/instances", definition_key="lead_to_cash", business_key="XS-77")["items"]
    assert (only["id"], only["business_key"], only["state"]) == (case, "XS-77", "active")
    assert company.open() == ["follow_up"]


@pytest.mark.requirement("PE-11")
@pytest.mark.parametrize(("kind", "text"), [("timeDuration", "P3D"), ("timeDate", '=now() + duration("P3D")')])
def test_a_timer_due_while_the_server_was_down_fires_once(demo: Client, kind: str, text: str) -> None:
    wait = f'<bpmn:intermediateCatchEvent id="wait">{timer(kind, text)}</bpmn:intermediateCatchEvent>'
    case = begin(demo, process(start(), wait, user("after"), end(), flow("start > wait > after > end")), demo)
    with clock.travel(timedelta(days=2, hours=23)):
        assert jobs.fire_due_timers() == 0
    live.forget()  # nothing but the rows outlives a server
    definitions.forget()
    with clock.travel(timedelta(days=9)):
        assert [jobs.fire_due_timers(), jobs.fire_due_timers()] == [1, 0]
    assert standing(demo, case) == ["after"]


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in components:
        yield each
        yield from walk(each.get("components", []))


@pytest.mark.requirement("PE-12", "PE-14")
def test_a_deal_won_starts_one_contract_approval_with_its_name_and_amount(company: Company) -> None:
    lead = to_quote(company, "49000.00")
    held = company.task("negotiate")
    won = {"variables": {"negotiation_result": "won", "contract_amount": "120000.00", **CONTRACT}}
    company["sun.hao"].call("POST", f"/tasks/{held}/complete", 200, json=won)
    company["sun.hao"].error("POST", f"/tasks/{held}/complete", 409, json=won)  # won again starts nothing
    (approval,) = company["demo"].get("/instances", definition_key="contract_approval")["items"]
    assert approval["parent_id"] == lead
    shown = company["zhou.wei"].get(f"/tasks/{company.task('director_review')}/form")["form"]
    assert (shown["data"]["company"], shown["data"]["contract_amount"]) == (LEAD["company"], "120000.00")
    fields = {each.get("key"): each for each in walk(shown["schema"]["components"])}
    assert all(fields[name].get("readonly") or fields[name].get("disabled") for name in ("company", "contract_amount"))


@pytest.mark.requirement("PE-15")
@pytest.mark.parametrize(
    ("amount", "step"),
    [("99999.99", "request_quote"), ("100000.00", "request_quote"), ("100000.01", "review_opportunity")],
)
def test_an_opportunity_above_100000_is_reviewed(company: Company, amount: str, step: str) -> None:
    company.start("lin.yue", "lead_to_cash", "XS-1", **LEAD)
    company.do("sun.hao", "follow_up", **FOLLOW_UP, follow_up_result="convert")
    values = {"opportunity_name": "改造", "opportunity_stage": "analysis", "product_need": "机器人"}
    company.do("sun.hao", "convert", **values, opportunity_amount=amount, expected_close="2027-01-20")
    assert company.open() == [step]


@pytest.mark.requirement("PE-18")
@pytest.mark.parametrize(
    ("fallback", "found"), [("user:li", ("li", [])), ("group:finance", (None, ["finance"])), ("skip", None)]
)
def test_where_nobody_is_found_the_fallback_decides(demo: Client, fallback: str, found: Any) -> None:
    asked = properties(approver__by="group", approver__of="${nobody}", approver__none=fallback)
    model = process(start(), user("approve", inside=asked), user("after"), end(), flow("start > approve > after > end"))
    case = begin(demo, model, demo, nobody="no-such-group")
    (task,) = demo.get("/tasks", instance=case)["items"]
    if found is None:
        assert task["element_id"] == "after"
    else:
        assert task["element_id"] == "approve"
        assert (task["assignee"], task["candidate_groups"]) == found


@pytest.mark.requirement("PE-18")
def test_without_a_fallback_the_case_stops_visibly_and_no_task_lies_about(demo: Client) -> None:
    asked = properties(approver__by="group", approver__of="${nobody}")
    model = process(start(), user("approve", inside=asked), end(), flow("start > approve > end"))
    case = begin(demo, model, demo, nobody="no-such-group")
    assert standing(demo, case) == []
    (incident,) = demo.get("/incidents", instance_id=case)["items"]
    assert incident["element_id"] == "approve"


@pytest.mark.requirement("PE-19")
def test_eight_working_hours_from_friday_five_are_over_on_monday_at_five(demo: Client, chen: Client) -> None:
    hours = {"monday-friday": ["09:00-12:00", "13:00-18:00"]}
    demo.call("PUT", "/calendars/china", json={"name": "中国", "default": True, "country": "CN", "hours": hours})
    asked = properties(sla__due="PT8H", sla__time="working")
    model = process(start(), user("quote", 'camunda:assignee="chen"', asked), end(), flow("start > quote > end"))
    with clock.travel(FRIDAY_FIVE - clock.now()):
        case = begin(chen, model, demo)
        (task,) = chen.get("/tasks", instance=case)["items"]
        assert abs(datetime.fromisoformat(task["due_at"]) - MONDAY_FIVE) < timedelta(minutes=1)
    with clock.travel(MONDAY_FIVE + timedelta(minutes=1) - clock.now()):
        late = chen.get("/inbox/todo", filter="due:overdue")["items"]
        assert [each["task_id"] for each in late] == [task["id"]]


@pytest.mark.requirement("PE-20")
def test_a_gateway_nothing_fits_is_told_of_with_its_place(demo: Client) -> None:
    which = '<bpmn:exclusiveGateway id="which" name="多大?" />'
    drawn = flow("start > which > end", which_to_end="=amount > 10")
    case = begin(demo, process(start(), which, end(), drawn), demo, amount=5)
    (incident,) = demo.get("/incidents", instance_id=case)["items"]
    assert incident["element_id"] == "which"
    assert incident["message"]
    assert demo.get(f"/instances/{case}")["state"] == "active"
