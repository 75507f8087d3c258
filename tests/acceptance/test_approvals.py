"""Approvals as companies do them, over HTTP: added signers, delegation, stand-ins, going back, and how they meet."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from process_server import clock
from process_server.bpmn import commands
from process_server.bpmn.models import Timer
from process_server.bpmn.runtime import approvers
from process_server.db import unit_of_work
from process_server.identity.models import User
from tests.acceptance.client import Client
from tests.acceptance.conftest import Sign
from tests.diagrams import boundary, end, flow, process, start, timer, user

People = Callable[..., Client]


def properties(**named: str) -> str:
    """Extension properties; `approval__mode` is written `approval:mode`."""
    rows = "".join(
        f'<camunda:property name="{name.replace("__", ":")}" value="{value}"/>' for name, value in named.items()
    )
    return f"<bpmn:extensionElements><camunda:properties>{rows}</camunda:properties></bpmn:extensionElements>"


def approval(*, first: str = "", second: str = "", middle: str = "", key: str = "request") -> bytes:
    """apply (the initiator) > approve (wang) > archive (li)."""
    approve = user(
        "approve",
        'camunda:assignee="wang"',
        first or properties(outcome__variable="decision", approval__opinion="optional"),
    )
    return process(
        start(),
        user("apply", 'camunda:assignee="${initiator}"', properties(approval__submitter="true")),
        approve,
        middle,
        user("archive", 'camunda:assignee="li"', second),
        end(),
        flow("start > apply > approve > job > archive > end" if middle else "start > apply > approve > archive > end"),
        key=key,
    )


@pytest.fixture
def li(sign_in: People) -> Client:
    return sign_in("li")


@pytest.fixture
def begin(demo: Client) -> Callable[..., str]:
    """Deploy a process and start it as somebody; return the instance."""

    def started(who: Client, model: bytes, **variables: Any) -> str:
        demo.deploy({"model.bpmn": model})
        key = model.split(b'<bpmn:process id="')[1].split(b'"')[0].decode()
        return str(who.post("/instances", 201, definition_key=key, variables=variables)["id"])

    return started


@pytest.fixture
def task(demo: Client) -> Callable[..., str]:
    """Find an open task of a case, by its step and its assignee."""

    def found(case: str, element: str, person: str | None = None) -> str:
        items = demo.get("/tasks", instance=case, element=element)["items"]
        fitting = [each for each in items if person is None or each["assignee"] == person]
        assert fitting, items
        return str(fitting[0]["id"])

    return found


@pytest.fixture
def to_approve(begin: Callable[..., str], task: Callable[..., str], chen: Client) -> Callable[..., tuple[str, str]]:
    """Start a request as chen up to the approval; return the case and its task."""

    def prepared(model: bytes | None = None, **variables: Any) -> tuple[str, str]:
        case = begin(chen, model or approval(), **variables)
        chen.post(f"/tasks/{task(case, 'apply')}/complete", variables={"amount": "100.10"})
        return case, task(case, "approve")

    return prepared


def elements(demo: Client, case: str) -> list[str]:
    return sorted(each["element_id"] for each in demo.get("/tasks", instance=case)["items"])


def actions_of(client: Client, task_id: str) -> dict[str, bool]:
    return {each["action"]: each["allowed"] for each in client.get(f"/tasks/{task_id}/actions")["items"]}


def decisions(client: Client, case: str) -> list[tuple[str, str]]:
    return [(each["action"], each["actor"]) for each in client.get(f"/instances/{case}/decisions")["items"]]


@pytest.mark.requirement("PE-05")
def test_a_decision_keeps_who_when_what_and_what_was_seen(
    demo: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    form = {
        "type": "default",
        "id": "approval",
        "schemaVersion": 18,
        "components": [
            {"type": "number", "id": "f1", "key": "amount", "label": "金额", "serializeToString": True},
            {"type": "textfield", "id": "f2", "key": "decision", "label": "决定"},
        ],
    }
    step = properties(outcome__variable="decision", approval__reasons="price:价格;terms:条款")
    model = approval(first=step).replace(
        b'id="approve" name="approve"', b'id="approve" name="approve" camunda:formKey="approval"'
    )
    demo.deploy({"approval.form": json.dumps(form)})
    _, held = to_approve(model)
    refused = wang.error("POST", f"/tasks/{held}/complete", 422, json={"outcome": "reject", "reason": "weather"})
    assert [(each["field"], each["code"]) for each in refused["problems"]] == [("reason", "not_an_option")]
    wang.post(f"/tasks/{held}/complete", outcome="reject", opinion=" 太贵 ", reason="price")
    [decided] = wang.get(f"/tasks/{held}/decisions")["items"]
    assert (decided["action"], decided["actor"], decided["outcome"]) == ("reject", "wang", "reject")
    assert (decided["opinion"], decided["reason_code"]) == ("太贵", "price")
    assert decided["shown"] == {"amount": "100.10", "decision": "reject"}
    assert decided["form_definition_id"] is not None


@pytest.mark.requirement("PE-05")
def test_opinion_and_signature_are_demanded_by_the_server(
    wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    step = properties(approval__opinion="on_reject", approval__signature="required")
    _, held = to_approve(approval(first=step))
    refused = wang.error("POST", f"/tasks/{held}/complete", 422, json={"outcome": "reject"})
    assert [each["field"] for each in refused["problems"]] == ["opinion", "signature"]
    foreign = li.call("POST", "/files", 201, files={"file": ("sign.png", b"x")})["id"]
    said = {"outcome": "approve", "signature": foreign}
    assert wang.error("POST", f"/tasks/{held}/complete", 422, json=said)["problems"][0]["code"] == "unknown_file"
    own = wang.call("POST", "/files", 201, files={"file": ("sign.png", b"x")})["id"]
    wang.post(f"/tasks/{held}/complete", outcome="approve", signature=own)
    assert wang.get(f"/tasks/{held}/decisions")["items"][0]["signature_id"] == own


@pytest.mark.requirement("PE-18")
def test_a_delegated_task_comes_back_with_an_opinion(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/delegate", to="li", opinion="请看价格")
    assert {each["kind"] for each in li.get(f"/tasks/{held}/explain")["items"]} >= {"delegated"}
    wang.error("POST", f"/tasks/{held}/complete", 403, json={"outcome": "approve"})
    li.post(f"/tasks/{held}/complete", outcome="approve", opinion="价格合适", variables={"checked": True})
    back = wang.get(f"/tasks/{held}")
    assert (back["assignee"], back["owner"], back["delegation"], back["state"]) == ("wang", "wang", "resolved", "open")
    assert demo.get(f"/instances/{case}/variables")["variables"]["checked"] is True
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    assert decisions(wang, case)[1:] == [("delegate", "wang"), ("resolve", "li"), ("approve", "wang")]


@pytest.mark.requirement("PE-18")
def test_a_delegated_task_that_is_transferred_still_comes_back(
    wang: Client, li: Client, demo: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    _, held = to_approve()
    wang.post(f"/tasks/{held}/delegate", to="li")
    li.post(f"/tasks/{held}/transfer", to="demo")
    demo.post(f"/tasks/{held}/complete", opinion="fine")
    assert wang.get(f"/tasks/{held}")["assignee"] == "wang"


@pytest.mark.requirement("PE-03")
def test_a_signer_before_holds_the_task_until_they_have_signed(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    assert wang.get(f"/tasks/{held}")["state"] == "held"
    assert wang.error("POST", f"/tasks/{held}/complete", 409, json={})["code"] == "conflict"
    li.post(f"/tasks/{signer}/complete", outcome="approve", opinion="同意")
    assert wang.get(f"/tasks/{held}")["state"] == "open"
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-03")
@pytest.mark.parametrize("where", ["after", "beside"])
def test_signers_after_and_beside_decide_as_well(
    where: str, demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where=where)["tasks"]
    if where == "after":
        assert li.error("POST", f"/tasks/{signer}/complete", 409, json={"outcome": "approve"})["code"] == "conflict"
    wang.post(f"/tasks/{held}/complete", outcome="approve", variables={"price": 7})
    assert elements(demo, case) == ["approve"]
    li.post(f"/tasks/{signer}/complete", outcome="approve")
    assert elements(demo, case) == ["archive"]
    assert demo.get(f"/instances/{case}/variables")["variables"]["price"] == 7
    done = wang.get(f"/tasks/{held}")
    assert (done["state"], done["completed_by"], done["outcome"]) == ("completed", "wang", "approve")


@pytest.mark.requirement("PE-03")
def test_a_reject_of_a_pending_signer_rejects_the_task(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    first, second = wang.post(f"/tasks/{held}/signers", 201, people=["li", "demo"], where="before")["tasks"]
    li.post(f"/tasks/{first}/complete", outcome="reject", opinion="不行")
    assert demo.get(f"/tasks/{second}")["state"] == "cancelled"
    done = wang.get(f"/tasks/{held}")
    assert (done["state"], done["completed_by"], done["outcome"]) == ("completed", "li", "reject")
    assert demo.get(f"/instances/{case}/variables")["variables"]["decision"] == "reject"
    who = demo.error("POST", f"/tasks/{second}/complete", 409, json={})
    assert (who["code"], who["params"]) == ("already_completed", {"actor": "李娜", "user": "li"})


@pytest.mark.requirement("PE-03")
def test_a_reject_while_a_signer_is_pending_ends_the_signer_too(
    demo: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="beside")["tasks"]
    wang.post(f"/tasks/{held}/complete", outcome="reject")
    assert demo.get(f"/tasks/{signer}")["state"] == "cancelled"
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-03")
def test_removing_the_only_pending_signer_lets_the_task_go_on(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    li.error("DELETE", f"/tasks/{signer}/signers/{signer}", 403)
    wang.call("DELETE", f"/tasks/{held}/signers/{signer}", 204)
    assert wang.get(f"/tasks/{held}")["state"] == "open"
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="after")["tasks"]
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    wang.call("DELETE", f"/tasks/{held}/signers/{signer}", 204)
    assert elements(demo, case) == ["archive"]
    assert wang.get(f"/tasks/{held}")["outcome"] == "approve"


@pytest.mark.requirement("PE-03")
def test_a_boundary_timer_takes_pending_signers_with_it(
    demo: Client, wang: Client, begin: Callable[..., str], task: Callable[..., str], chen: Client
) -> None:
    model = process(
        start(),
        user("approve", 'camunda:assignee="wang"', properties(approval__opinion="optional")),
        boundary("late", "approve", timer("timeDuration", "P1D")),
        user("archive", 'camunda:assignee="li"'),
        end(),
        flow("start > approve > end", "late > archive > end"),
        key="timed",
    )
    case = begin(chen, model)
    held = task(case, "approve")
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    with clock.travel(timedelta(days=2)), unit_of_work() as session:
        due = session.query(Timer.id).filter(Timer.process_instance_id == UUID(case)).one()
        commands.fire_timer(session, due.id, UUID(case))
    assert elements(demo, case) == ["archive"]
    assert {demo.get(f"/tasks/{each}")["state"] for each in (held, signer)} == {"cancelled"}


@pytest.mark.requirement("PE-05")
def test_any_one_of_several_decides_and_the_others_learn_who(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang,li", approval__mode="any")
    case, _ = to_approve(approval(first=step))
    mine, yours = task(case, "approve", "wang"), task(case, "approve", "li")
    with ThreadPoolExecutor() as pool:
        answers = [
            pool.submit(client.call, "POST", f"/tasks/{held}/complete", None, json={"outcome": "approve"})
            for client, held in ((wang, mine), (li, yours))
        ]
    statuses = sorted(answer.result().status_code for answer in answers)
    assert statuses == [200, 409]
    [lost] = [answer.result().json()["error"] for answer in answers if answer.result().status_code == 409]
    assert lost["code"] == "already_completed"
    assert lost["params"]["user"] in ("wang", "li")
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-05")
def test_a_signer_is_added_beside_the_signers_of_a_countersign(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang,li", approval__mode="all")
    case, _ = to_approve(approval(first=step))
    mine, yours = task(case, "approve", "wang"), task(case, "approve", "li")
    assert wang.error("POST", f"/tasks/{mine}/signers", 409, json={"people": ["li"], "where": "beside"})
    [third] = wang.post(f"/tasks/{mine}/signers", 201, people=["demo"], where="beside")["tasks"]
    wang.post(f"/tasks/{mine}/complete", outcome="approve")
    li.post(f"/tasks/{yours}/complete", outcome="approve")
    assert elements(demo, case) == ["approve"]
    demo.call("DELETE", f"/tasks/{third}/signers/{third}", 204)
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-13")
def test_a_return_inside_a_countersign_ends_the_tasks_of_the_others(
    demo: Client, chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang,li", approval__mode="all")
    case, _ = to_approve(approval(first=step))
    mine, yours = task(case, "approve", "wang"), task(case, "approve", "li")
    assert [each["element_id"] for each in wang.get(f"/tasks/{mine}/targets")["items"]] == ["apply"]
    assert wang.post(f"/tasks/{mine}/return", opinion="请补充") == {"element_id": "apply"}
    assert demo.get(f"/tasks/{yours}")["state"] == "cancelled"
    again = demo.get("/tasks", instance=case)["items"]
    assert [(each["element_id"], each["assignee"]) for each in again] == [("apply", "chen")]
    assert chen.get("/notifications")["items"][0]["kind"] == "task_returned"
    chen.post(f"/tasks/{again[0]['id']}/complete", variables={"amount": "90"})
    assert sorted(each["assignee"] for each in demo.get("/tasks", instance=case)["items"]) == ["li", "wang"]


@pytest.mark.requirement("PE-13")
def test_a_return_may_come_straight_back(
    demo: Client, chen: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]], task: Any
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    archive = task(case, "archive")
    assert [each["element_id"] for each in li.get(f"/tasks/{archive}/targets")["items"]] == ["apply", "approve"]
    li.error("POST", f"/tasks/{archive}/return", 422, json={"to": "archive"})
    li.post(f"/tasks/{archive}/return", to="apply", resume=True)
    chen.post(f"/tasks/{task(case, 'apply')}/complete", variables={})
    assert elements(demo, case) == ["archive"]


def test_a_called_case_says_that_it_is_returned_within_itself_alone(
    demo: Client, chen: Client, wang: Client, li: Client, begin: Callable[..., str], task: Any, pages: Sign
) -> None:
    demo.deploy({"called.bpmn": approval(key="called")})
    call = '<bpmn:callActivity id="call" calledElement="called"/>'
    ask = user("ask", 'camunda:assignee="chen"')
    case = begin(chen, process(start(), ask, call, end(), flow("start > ask > call > end"), key="caller"))
    chen.post(f"/tasks/{task(case, 'ask')}/complete")
    (called,) = demo.get("/instances", definition_key="called")["items"]
    first = task(called["id"], "apply")
    offered = {each["action"]: each["why_not"] for each in chen.get(f"/tasks/{first}/actions")["items"]}
    assert offered["return"].startswith("“caller” called this case")
    assert chen.get(f"/tasks/{first}/targets")["items"] == []
    chen.post(f"/tasks/{first}/complete")
    sheet = pages("wang").get(f"/t/{task(called['id'], 'approve')}/do/return").text
    assert 'name="target" value="apply"' in sheet
    assert "“caller” called this case: it can be returned within itself alone." in sheet


def test_whoever_is_asked_reads_above_the_form_by_whom_and_what_they_wrote(
    wang: Client, li: Client, chen: Client, to_approve: Callable[..., tuple[str, str]], task: Any, pages: Sign
) -> None:
    def asked(who: str, held: str) -> str:
        page = pages(who).get(f"/t/{held}").text
        notice = page.partition('class="notice calm asked"')[2].partition("</div></div>")[0]
        return " ".join(re.sub("<[^>]*>", " ", notice.partition(">")[2]).split())

    case, held = to_approve()
    assert asked("wang", held) == ""
    wang.post(f"/tasks/{held}/delegate", to="li", opinion="The price?")
    assert asked("li", held) == "王伟 asks for your opinion; it then comes back to them. The price?"
    li.post(f"/tasks/{held}/complete", outcome="approve", opinion="Fair")
    assert asked("wang", held) == "李娜 gave this back to you: you decide. Fair"
    first, second = wang.post(f"/tasks/{held}/signers", 201, people=["li", "demo"], where="before", opinion="All?")[
        "tasks"
    ]
    assert asked("li", first) == asked("demo", second) == "王伟 asks you to sign as well. All?"
    li.post(f"/tasks/{first}/complete", outcome="approve")
    assert asked("demo", second) == "王伟 asks you to sign as well. All?"
    wang.call("DELETE", f"/tasks/{held}/signers/{second}", 204)
    wang.post(f"/tasks/{held}/return", to="apply", opinion="Say why")
    again = task(case, "apply")
    assert asked("chen", again) == "王伟 returned this to you. Say why"
    chen.post(f"/tasks/{again}/transfer", to="li")
    assert asked("li", again) == "陈静 handed this on to you."
    li.post(f"/tasks/{again}/complete")
    assert asked("wang", task(case, "approve")) == ""


FOUR_EYES = properties(approver__initiator="head", approver__by="user", approver__of="wang", outcome__variable="ok")


@pytest.mark.requirement("PE-18")
def test_nobody_makes_the_initiator_approve_their_own_request(
    chen: Client, wang: Client, demo: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    _, held = to_approve(approval(first=FOUR_EYES))
    for path, body in (
        ("transfer", {"to": "chen"}),
        ("delegate", {"to": "chen"}),
        ("signers", {"people": ["chen"], "where": "before"}),
    ):
        assert wang.error("POST", f"/tasks/{held}/{path}", 403, json=body)["code"] == "not_allowed"
    demo.error("POST", f"/tasks/{held}/assign", 403, json={"assignee": "chen"})
    wang.post("/stand-ins", 201, substitute_id="chen")
    chen.error("POST", f"/tasks/{held}/complete", 403, json={"outcome": "approve"})
    assert actions_of(chen, held)["complete"] is False
    chen.error("POST", f"/tasks/{held}/release", 403)
    wang.post(f"/tasks/{held}/complete", outcome="approve")


@pytest.mark.requirement("PE-18")
def test_an_offered_task_is_not_claimed_by_whoever_may_not_decide_it(
    chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    step = properties(approver__initiator="skip", approver__by="group", approver__of="sales")
    _, held = to_approve(approval(first=step))
    assert chen.error("POST", f"/tasks/{held}/claim", 403)["code"] == "not_allowed"
    wang.post(f"/tasks/{held}/claim")


def test_who_had_a_task_is_told_who_has_it_now(
    wang: Client, li: Client, chen: Client, demo: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    _, held = to_approve()
    demo.post(f"/tasks/{held}/transfer", to="li")
    for had in ("GET", f"/tasks/{held}"), ("POST", f"/tasks/{held}/complete"):
        error = wang.error(*had, 404, **({"json": {"outcome": "approve"}} if had[0] == "POST" else {}))
        assert (error["code"], error["params"]) == ("handed_on", {"person": "李娜"})
    li.post(f"/tasks/{held}/complete", outcome="approve")
    assert wang.error("GET", f"/tasks/{held}", 404)["params"] == {"person": "李娜"}


@pytest.mark.requirement("PE-18")
def test_a_stand_in_works_on_behalf_and_loses_sight_when_it_ends(
    wang: Client, li: Client, demo: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    li.error("GET", f"/tasks/{held}", 404)
    other = wang.post("/stand-ins", 201, substitute_id="li", process_keys=["request"])["id"]
    assert li.get(f"/tasks/{held}")["assignee"] == "wang"
    li.get(f"/instances/{case}")
    wang.call("DELETE", f"/stand-ins/{other}", 204)
    li.error("GET", f"/tasks/{held}", 404)
    li.error("GET", f"/instances/{case}", 404)
    li.error("POST", f"/tasks/{held}/complete", 403, json={})
    wang.post("/stand-ins", 201, substitute_id="li")
    li.post(f"/tasks/{held}/complete", outcome="approve")
    done = wang.get(f"/tasks/{held}")
    assert (done["completed_by"], done["on_behalf_of"]) == ("li", "wang")
    [decided] = wang.get(f"/tasks/{held}/decisions")["items"]
    assert (decided["actor"], decided["on_behalf_of"]) == ("li", "wang")


@pytest.mark.requirement("PE-18")
def test_a_stand_in_holds_from_its_begin_to_its_end(
    wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    _, held = to_approve()
    begins, ends = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    wang.post("/stand-ins", 201, substitute_id="li", starts_at=begins.isoformat(), ends_at=ends.isoformat())
    li.error("GET", f"/tasks/{held}", 404)
    with clock.travel(timedelta(minutes=90)):
        li.get(f"/tasks/{held}")
    with clock.travel(timedelta(hours=3)):
        li.error("GET", f"/tasks/{held}", 404)
    refused = li.error("POST", "/stand-ins", 403, json={"user_id": "wang", "substitute_id": "li"})
    assert refused["params"] == {"person": "王伟"}
    wang.error("POST", "/stand-ins", 422, json={"substitute_id": "wang"})
    wang.error("POST", "/stand-ins", 422, json={"substitute_id": "li", "process_keys": ["nothing"]})


def test_an_initiator_recalls_until_the_next_person_has_opened_it(
    demo: Client, chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    case, held = to_approve()
    wang.error("POST", f"/instances/{case}/recall", 403)
    assert actions_of(chen, held)["recall"] is True
    assert chen.post(f"/instances/{case}/recall") == {"element_id": "apply"}
    assert "amount" not in demo.get(f"/instances/{case}/variables")["variables"]
    assert demo.get(f"/tasks/{held}")["state"] == "cancelled"
    chen.post(f"/tasks/{task(case, 'apply')}/complete", variables={"amount": 5})
    again = task(case, "approve")
    wang.call("POST", f"/tasks/{again}/open", 204)
    assert chen.error("POST", f"/instances/{case}/recall", 409)["params"] == {"person": "王伟"}
    assert actions_of(chen, again)["recall"] is False


def test_a_decision_is_taken_back_a_moment_later(
    demo: Client, wang: Client, chen: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/complete", outcome="reject", variables={"note": "x"})
    chen.error("POST", f"/tasks/{held}/undo", 403)
    wang.call("POST", f"/tasks/{held}/undo", 204)
    assert demo.get(f"/instances/{case}/variables")["variables"] == {"amount": "100.10"}
    again = task(case, "approve", "wang")
    wang.post(f"/tasks/{again}/complete", outcome="approve")
    with clock.travel(timedelta(minutes=5)):
        assert "too late" in wang.error("POST", f"/tasks/{again}/undo", 409)["message"]


def test_what_a_service_task_has_done_is_not_taken_back(
    wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    job = '<bpmn:serviceTask id="job" camunda:type="external" camunda:topic="erp" />'
    _, held = to_approve(approval(middle=job))
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    refused = wang.error("POST", f"/tasks/{held}/undo", 409)
    assert refused["message"] == "Something has happened since that cannot be taken back."


def test_a_case_is_withdrawn_even_while_a_task_is_delegated(
    demo: Client, chen: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/delegate", to="li")
    wang.error("POST", f"/instances/{case}/withdraw", 403)
    chen.call("POST", f"/instances/{case}/withdraw", 204, json={"opinion": "不需要了"})
    assert demo.get(f"/tasks/{held}")["state"] == "cancelled"
    instance = chen.get(f"/instances/{case}")
    assert (instance["state"], instance["end_reason"]) == ("cancelled", "withdrawn")
    assert li.get("/notifications")["items"][0]["kind"] == "withdrawn"
    started = chen.get(f"/instances/{case}/start-values")
    assert (started["definition_key"], started["variables"]) == ("request", {"amount": "100.10"})


@pytest.mark.parametrize(("rule", "status"), [("always", 204), ("undecided", 409), ("never", 403)])
def test_the_model_says_until_when_a_case_is_withdrawn(
    rule: str, status: int, chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    said = properties(approval__withdraw=rule).encode()
    model = approval().replace(b'isExecutable="true" >', b'isExecutable="true" >' + said)
    assert said in model
    case, held = to_approve(model)
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    chen.call("POST", f"/instances/{case}/withdraw", status)


def test_a_copy_lets_somebody_look(
    wang: Client, li: Client, sign_in: People, to_approve: Callable[..., tuple[str, str]], begin: Any, chen: Client
) -> None:
    case, held = to_approve(approval(second=properties(approval__opinion="optional")))
    wang.post("/instances/" + case + "/copies", 201, people=["demo"])
    stranger = begin(chen, process(start(), user("only", 'camunda:assignee="wang"'), end(), flow("start > only > end")))
    li.error("GET", f"/instances/{stranger}", 404)
    wang.post(f"/instances/{stranger}/copies", 201, people=["li"], opinion="供参考")
    li.get(f"/instances/{stranger}")
    assert [(each["sender"], each["opinion"]) for each in li.get("/copies", unread=True)["items"]] == [
        ("wang", "供参考")
    ]
    assert li.post("/copies/read") == {"count": 1}
    assert li.get("/copies", unread=True)["items"] == []
    assert held


@pytest.mark.parametrize("moment", ["create", "complete"])
def test_the_model_sends_copies(moment: str, demo: Client, wang: Client, li: Client, to_approve: Any) -> None:
    step = properties(copy__users="${reader}", copy__groups="finance", copy__on=moment, approval__opinion="optional")
    case, held = to_approve(approval(first=step), reader="demo")
    assert len(demo.get("/copies")["items"]) == (moment == "create")
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    assert [each["sender"] for each in demo.get("/copies")["items"]] == [None]
    assert [each["process_instance_id"] for each in li.get("/copies")["items"]] == [case]
    assert li.get(f"/tasks/{held}")["state"] == "completed"  # the task the notification leads to


def test_asking_for_a_task_has_a_pause(chen: Client, wang: Client, to_approve: Any) -> None:
    _, held = to_approve()
    assert chen.post(f"/tasks/{held}/remind") == {"people": ["wang"]}
    refused = chen.call("POST", f"/tasks/{held}/remind", None)
    assert (refused.status_code, refused.headers["Retry-After"] > "3500") == (429, True)
    with clock.travel(timedelta(hours=2)):
        chen.post(f"/tasks/{held}/remind")
    assert wang.get("/notifications")["items"][0]["kind"] == "nudged"


def test_what_the_model_does_not_allow_nobody_does(
    demo: Client, wang: Client, chen: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    _, held = to_approve(approval(first=properties(approval__actions="remind")))
    for path, body in (
        ("transfer", {"to": "li"}),
        ("delegate", {"to": "li"}),
        ("signers", {"people": ["li"], "where": "after"}),
        ("return", {}),
    ):
        wang.error("POST", f"/tasks/{held}/{path}", 403, json=body)
    allowed = actions_of(wang, held)
    assert [name for name in ("complete", "transfer", "delegate", "add_signer", "return") if allowed[name]] == [
        "complete"
    ]
    demo.post(f"/tasks/{held}/transfer", to="li")  # somebody may be ill


@pytest.mark.requirement("PE-28")
def test_the_chain_says_who_decided_and_before_whom_it_stands(
    demo: Client, chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    chain = chen.get(f"/instances/{case}/chain")
    assert [each["actor"] for each in chain["decided"]] == ["chen"]
    assert [(each["element_id"], each["assignee"]) for each in chain["now"]] == [("approve", "wang")]
    expected = wang.post(f"/tasks/{held}/expected", variables={})
    assert [(step["element"], step["assignees"]) for step in expected["steps"]] == [("archive", ["li"])]
    assert expected["ends"] is True
    assert demo.get(f"/tasks/{held}")["state"] == "open"


def test_drafts_wait_for_whoever_wrote_them(
    wang: Client, chen: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    _, held = to_approve()
    wang.call("PUT", "/drafts", 200, json={"task_id": held, "values": {"price": 1.5}, "revision": 1})
    kept = wang.call("PUT", "/drafts", 200, json={"task_id": held, "values": {"price": 2}, "revision": 1})
    assert [each["values"] for each in wang.get("/drafts")["items"]] == [{"price": 2}]
    chen.error("GET", f"/drafts/{kept['id']}", 404)
    start_draft = wang.call("PUT", "/drafts", 200, json={"process_key": "request", "values": {"a": 1}})["id"]
    wang.call("PUT", "/drafts", 200, json={"process_key": "request", "draft_id": start_draft, "values": {"a": 2}})
    latest = wang.get(f"/drafts/{start_draft}")
    assert latest["values"] == {"a": 2}
    late = {"process_key": "request", "draft_id": start_draft, "values": {"a": 3}, "known": "2026-01-01T00:00:00Z"}
    elsewhere = wang.error("PUT", "/drafts", 409, json=late)["params"]["saved_at"]
    assert datetime.fromisoformat(elsewhere) == datetime.fromisoformat(latest["saved_at"])
    wang.call("PUT", "/drafts", 200, json=late | {"known": latest["saved_at"]})
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    assert [each["id"] for each in wang.get("/drafts")["items"]] == [start_draft]
    wang.call("DELETE", f"/drafts/{start_draft}", 204)


def test_following_a_case(chen: Client, wang: Client, li: Client, to_approve: Any) -> None:
    case, _ = to_approve()
    li.error("POST", f"/instances/{case}/watch", 404)
    wang.call("POST", f"/instances/{case}/watch", 204)
    assert wang.get(f"/instances/{case}/watch") == {"watched": True}
    wang.call("DELETE", f"/instances/{case}/watch", 204)
    assert wang.get(f"/instances/{case}/watch") == {"watched": False}


def test_who_was_offered_a_task_still_sees_its_case_and_files_after_somebody_took_it(
    chen: Client, wang: Client, begin: Callable[..., str], task: Callable[..., str], demo: Client, li: Client
) -> None:
    model = process(start(), user("a", 'camunda:candidateGroups="sales"'), end(), flow("start > a > end"), key="offer")
    case = begin(demo, model)
    held = task(case, "a")
    wang.post(f"/tasks/{held}/claim")
    chen.get(f"/tasks/{held}")
    chen.get(f"/instances/{case}")
    li.error("GET", f"/instances/{case}", 404)


@pytest.mark.requirement("PE-03")
def test_a_signer_asks_others_in_turn(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    [inner] = li.post(f"/tasks/{signer}/signers", 201, people=["demo"], where="after")["tasks"]
    li.post(f"/tasks/{signer}/complete", outcome="approve")
    assert [wang.get(f"/tasks/{held}")["state"], li.get(f"/tasks/{signer}")["state"]] == ["held", "held"]
    assert "signer" in {each["kind"] for each in demo.get(f"/tasks/{inner}/explain")["items"]}
    demo.post(f"/tasks/{inner}/complete", outcome="approve")
    assert [wang.get(f"/tasks/{held}")["state"], li.get(f"/tasks/{signer}")["state"]] == ["open", "completed"]
    [again] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    [deep] = li.post(f"/tasks/{again}/signers", 201, people=["demo"], where="before")["tasks"]
    demo.post(f"/tasks/{deep}/complete", outcome="reject")
    assert demo.get(f"/tasks/{held}")["outcome"] == "reject"
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-03")
def test_a_task_with_signers_after_it_comes_back_when_those_before_it_have_signed(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [after] = wang.post(f"/tasks/{held}/signers", 201, people=["demo"], where="after")["tasks"]
    [before] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    li.post(f"/tasks/{before}/complete", outcome="approve")
    assert [wang.get(f"/tasks/{held}")["state"], demo.get(f"/tasks/{after}")["state"]] == ["open", "held"]
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    demo.post(f"/tasks/{after}/complete", outcome="approve")
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-03")
def test_what_signers_have_decided_as_well_nobody_takes_back(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["demo"], where="after")["tasks"]
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    assert "waits for the signers" in wang.error("POST", f"/tasks/{held}/undo", 409)["message"]
    demo.post(f"/tasks/{signer}/complete", outcome="approve")
    assert "Others" in wang.error("POST", f"/tasks/{held}/undo", 409)["message"]
    assert demo.error("POST", f"/tasks/{signer}/undo", 409)["code"] == "conflict"
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-03")
@pytest.mark.parametrize("mode", ["single", "all"])
def test_a_decision_beside_the_form_does_not_contradict_the_form(
    mode: str, demo: Client, wang: Client, begin: Callable[..., str], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang", approval__mode=mode, outcome__variable="decision")
    case = begin(demo, process(start(), user("sign", "", step), end(), flow("start > sign > end"), key="plain"))
    sent = {"outcome": "approve", "variables": {"decision": "reject"}}
    refused = wang.error("POST", f"/tasks/{task(case, 'sign')}/complete", 422, json=sent)
    assert [(each["field"], each["code"]) for each in refused["problems"]] == [("outcome", "contradiction")]


@pytest.mark.requirement("PE-03")
def test_who_ended_a_task_is_named_to_those_concerned_alone(
    chen: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    assert li.error("POST", f"/tasks/{held}/complete", 403, json={})["message"] == "This task is not yours."
    chen.post(f"/instances/{case}/recall")
    assert wang.error("POST", f"/tasks/{held}/complete", 409, json={})["params"] == {"actor": "陈静", "user": "chen"}
    assert li.error("POST", f"/tasks/{held}/complete", 403, json={})["params"] == {}


@pytest.mark.requirement("PE-03")
def test_a_signer_is_removed_from_the_task_named(
    chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    _, held = to_approve()
    case = chen.post("/instances", 201, definition_key="request")["id"]
    chen.post(f"/tasks/{task(case, 'apply')}/complete")
    other = task(case, "approve")
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="after")["tasks"]
    wang.call("DELETE", f"/tasks/{other}/signers/{signer}", 404)
    wang.call("DELETE", f"/tasks/{held}/signers/{signer}", 204)


@pytest.mark.requirement("PE-03")
def test_nobody_is_handed_a_second_vote(
    demo: Client, wang: Client, li: Client, begin: Callable[..., str], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang,li,demo", approval__mode="all")
    case = begin(demo, process(start(), user("sign", "", step), end(), flow("start > sign > end"), key="votes"))
    li.post(f"/tasks/{task(case, 'sign', 'li')}/complete", outcome="approve")
    refused = wang.error("POST", f"/tasks/{task(case, 'sign', 'wang')}/transfer", 409, json={"to": "li"})
    assert "has decided this step already" in refused["message"]


@pytest.mark.requirement("PE-03")
def test_nobody_votes_twice_for_whoever_is_away(
    demo: Client, chen: Client, wang: Client, li: Client, begin: Callable[..., str], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang,li,demo", approval__mode="all")
    case = begin(demo, process(start(), user("sign", "", step), end(), flow("start > sign > end"), key="away"))
    of_wang, of_li = (task(case, "sign", who) for who in ("wang", "li"))
    wang.post("/stand-ins", 201, substitute_id="li")
    li.post("/stand-ins", 201, substitute_id="chen")
    wang.post("/stand-ins", 201, substitute_id="chen")
    refused = li.error("POST", f"/tasks/{of_wang}/complete", 409, json={"outcome": "approve"})
    assert "You decide this step yourself" in refused["message"]
    chen.post(f"/tasks/{of_li}/complete", outcome="approve")
    refused = chen.error("POST", f"/tasks/{of_wang}/complete", 409, json={"outcome": "approve"})
    assert "You have decided this step already" in refused["message"]
    wang.post(f"/tasks/{of_wang}/complete", outcome="approve")


@pytest.mark.requirement("PE-03")
def test_an_added_signer_delegates_and_changes_nothing_in_the_form(
    demo: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    li.error("POST", f"/tasks/{signer}/return", 403, json={})
    li.post(f"/tasks/{signer}/delegate", to="demo")
    demo.post(f"/tasks/{signer}/complete", outcome="reject", opinion="我不同意")
    assert li.get(f"/tasks/{signer}")["assignee"] == "li"
    li.post(f"/tasks/{signer}/complete", outcome="approve", variables={"amount": "1"})
    assert demo.get(f"/instances/{case}/variables")["variables"]["amount"] == "100.10"
    assert wang.get(f"/tasks/{held}")["state"] == "open"


@pytest.mark.requirement("PE-03")
def test_a_task_that_waits_for_signers_is_handed_on_and_waits_on(
    demo: Client, wang: Client, li: Client, chen: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    [signer] = wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="before")["tasks"]
    assert actions_of(wang, held)["transfer"] is True
    told = len(demo.get("/notifications")["items"])
    wang.post(f"/tasks/{held}/transfer", to="demo")
    waiting = demo.get(f"/tasks/{held}")
    assert (waiting["state"], waiting["assignee"]) == ("held", "demo")
    assert len(demo.get("/notifications")["items"]) == told  # it is not theirs to do yet
    li.post(f"/tasks/{signer}/complete", outcome="approve")
    assert len(demo.get("/notifications")["items"]) == told + 1
    [after] = demo.post(f"/tasks/{held}/signers", 201, people=["wang"], where="after")["tasks"]
    wang.post(f"/tasks/{after}/transfer", to="chen")  # a signer whose turn has not come hands on as well
    demo.post(f"/tasks/{held}/complete", outcome="approve")
    assert actions_of(demo, held)["transfer"] is False
    assert "is decided" in demo.error("POST", f"/tasks/{held}/transfer", 409, json={"to": "wang"})["message"]
    chen.post(f"/tasks/{after}/complete", outcome="approve")
    assert demo.get(f"/tasks/{held}")["completed_by"] == "demo"
    assert elements(demo, case) == ["archive"]


@pytest.mark.requirement("PE-03")
@pytest.mark.parametrize("deed", ["transfer", "delegate"])
def test_nobody_of_a_sequence_is_handed_a_second_vote(
    deed: str, demo: Client, wang: Client, li: Client, begin: Callable[..., str], task: Callable[..., str]
) -> None:
    step = properties(
        approver__by="user", approver__of="li,wang,chen", approval__mode="all", approval__order="sequential"
    )
    case = begin(demo, process(start(), user("sign", "", step), end(), flow("start > sign > end"), key="row"))
    li.post(f"/tasks/{task(case, 'sign', 'li')}/complete", outcome="approve")
    mine = task(case, "sign", "wang")
    for person, name in (("li", "李娜"), ("chen", "陈静")):  # the one has voted, the other has their turn later
        refused = wang.error("POST", f"/tasks/{mine}/{deed}", 409, json={"to": person})
        assert (refused["message"], refused["params"]) == (f"{name} decides this step already.", {"person": name})
    assert wang.post(f"/tasks/{mine}/signers", 201, people=["demo"], where="beside") == {"tasks": []}
    wang.error("POST", f"/tasks/{mine}/{deed}", 409, json={"to": "demo"})


@pytest.mark.requirement("PE-03")
def test_a_signer_added_late_hands_nobody_a_second_vote_and_is_removed_though_handed_on(
    demo: Client, wang: Client, li: Client, begin: Callable[..., str], task: Callable[..., str], chen: Client
) -> None:
    step = properties(approver__by="user", approver__of="wang,li", approval__mode="all")
    case = begin(demo, process(start(), user("sign", "", step), end(), flow("start > sign > end"), key="late"))
    li.post(f"/tasks/{task(case, 'sign', 'li')}/complete", outcome="approve")
    mine = task(case, "sign", "wang")
    [added] = wang.post(f"/tasks/{mine}/signers", 201, people=["demo"], where="beside")["tasks"]
    assert demo.error("POST", f"/tasks/{added}/transfer", 409, json={"to": "li"})["params"] == {"person": "李娜"}
    demo.post(f"/tasks/{added}/transfer", to="chen")
    wang.call("DELETE", f"/tasks/{mine}/signers/{added}", 204)
    assert demo.get(f"/tasks/{added}")["state"] == "cancelled"
    assert chen.get("/notifications")["items"][0]["kind"] == "signer_removed"


@pytest.mark.requirement("PE-03")
def test_a_signer_beside_a_sequence_is_removed_before_and_in_their_turn(
    demo: Client, wang: Client, li: Client, chen: Client, begin: Callable[..., str], task: Callable[..., str]
) -> None:
    step = properties(approver__by="user", approver__of="wang,li", approval__mode="all", approval__order="sequential")
    case = begin(demo, process(start(), user("sign", "", step), end(), flow("start > sign > end"), key="row_of_two"))
    mine = task(case, "sign", "wang")
    assert not actions_of(wang, mine)["remove_signer"]
    wang.post(f"/tasks/{mine}/signers", 201, people=["chen", "demo"], where="beside")
    added = wang.get(f"/tasks/{mine}/signers")["items"]
    assert added == [{"person": person, "task_id": None, "removable": True} for person in ("chen", "demo")]
    assert actions_of(wang, mine)["remove_signer"]
    li.error("DELETE", f"/tasks/{mine}/signers", 404, params={"person": "chen"})  # does not see it
    wang.error("DELETE", f"/tasks/{mine}/signers", 404, params={"person": "li"})  # the model asks her
    wang.call("DELETE", f"/tasks/{mine}/signers", 204, params={"person": "chen"})
    wang.error("DELETE", f"/tasks/{mine}/signers", 404, params={"person": "chen"})
    wang.post(f"/tasks/{mine}/complete", outcome="approve")
    hers = task(case, "sign", "li")
    li.error("DELETE", f"/tasks/{hers}/signers", 403, params={"person": "demo"})
    li.post(f"/tasks/{hers}/delegate", to="chen")  # who has no vote any more
    chen.post(f"/tasks/{hers}/complete", outcome="approve")
    li.post(f"/tasks/{hers}/complete", outcome="approve")
    late = task(case, "sign", "demo")
    wang.call("DELETE", f"/tasks/{mine}/signers/{late}", 204)
    assert demo.get(f"/instances/{case}")["state"] == "completed"
    variables = demo.get(f"/instances/{case}/variables")["variables"]
    assert (variables["sign_outcome"], variables["sign_approvals"]) == ("approve", 2)


def test_what_was_returned_to_its_initiator_can_be_withdrawn(
    chen: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]], task: Callable[..., str]
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    archive = task(case, "archive")
    li.post(f"/tasks/{archive}/return", to="approve")
    chen.error("POST", f"/instances/{case}/withdraw", 409)  # it stands before Wang, and Li has sent it back
    wang.post(f"/tasks/{task(case, 'approve')}/return", to="apply")
    chen.call("POST", f"/instances/{case}/withdraw", 204)


def test_what_was_taken_back_counts_no_more(
    chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    with unit_of_work() as session:
        assert approvers.approved(session, UUID(case)) == ("wang",)
    chen.error("POST", f"/instances/{case}/withdraw", 409)
    wang.call("POST", f"/tasks/{held}/undo", 204)
    with unit_of_work() as session:
        assert approvers.approved(session, UUID(case)) == ()
    chen.call("POST", f"/instances/{case}/withdraw", 204)


def test_a_case_is_not_recalled_from_who_has_asked_others_to_sign(
    chen: Client, wang: Client, to_approve: Callable[..., tuple[str, str]]
) -> None:
    case, held = to_approve()
    wang.post(f"/tasks/{held}/signers", 201, people=["li"], where="after")
    assert "at work on it already" in chen.error("POST", f"/instances/{case}/recall", 409)["message"]
    wang.post(f"/tasks/{held}/complete", outcome="approve")
    chen.error("POST", f"/instances/{case}/recall", 409)


def test_a_step_does_not_come_back_to_who_left_the_company(
    demo: Client, chen: Client, wang: Client, li: Client, to_approve: Callable[..., tuple[str, str]], task: Any
) -> None:
    step = properties(approver__by="user", approver__of="wang,li")
    case, held = to_approve(approval(first=step))
    li.post(f"/tasks/{held}/claim")
    li.post(f"/tasks/{held}/return", resume=True)
    with unit_of_work() as session:
        session.get_one(User, "li").active = False
    chen.post(f"/tasks/{task(case, 'apply')}/complete")
    assert demo.get(f"/tasks/{task(case, 'approve')}")["assignee"] == "wang"
