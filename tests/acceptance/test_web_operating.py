"""What administrators do to running cases at their pages: suspending them, moving their tokens."""

import re

import pytest
from fastapi.testclient import TestClient

from process_server.bpmn import commands
from process_server.db import unit_of_work
from tests.acceptance.conftest import Sign
from tests.diagrams import end, flow, process, start, user

STEPS = process(
    start(),
    user("ask", 'camunda:candidateGroups="sales"'),
    f'<bpmn:subProcess id="send" name="Send it">{start("s2")}{user("pack")}{end("e2")}{flow("s2 > pack > e2")}'
    "</bpmn:subProcess>",
    '<bpmn:userTask id="sign" name="sign"><bpmn:multiInstanceLoopCharacteristics>'
    "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
    end(),
    flow("start > ask > send > sign > end"),
    key="steps",
)


@pytest.fixture
def demo(pages: Sign) -> TestClient:
    with unit_of_work() as session:
        commands.deploy(session, {"steps.bpmn": STEPS}, name="steps", actor="demo")
    return pages("demo")


@pytest.fixture
def case(demo: TestClient) -> str:
    sent = {"variables": {}, "business_key": "S-1"}
    answer = demo.post("/start/steps", json=sent, headers={"Accept": "application/json"})
    return str(answer.json()["redirect"]).removeprefix("/i/")


def token(demo: TestClient, case: str, step: str) -> str:
    page = demo.get(f"/i/{case}/move").text
    return next(found[1] for found in re.finditer(r'<option value="([^"]*)">([^<]*)', page) if found[2].strip() == step)


def move(demo: TestClient, case: str, source: str, to: str, reason: str = "it stood wrong") -> None:
    sent = {"token": token(demo, case, source) if source else "", "to": to, "reason": reason}
    assert demo.post(f"/i/{case}/move", data=sent).headers.get("Location") == f"/i/{case}"


def test_a_token_is_moved_and_the_timeline_says_why(demo: TestClient, case: str, pages: Sign) -> None:
    move(demo, case, "ask", "pack")
    shown = demo.get(f"/i/{case}").text
    assert "it stood wrong" in shown
    assert "“pack” begun, “ask” taken away" in shown
    move(demo, case, "pack", "sign")
    page = demo.get(f"/i/{case}/move").text
    assert "sign, all of them" in page
    assert page.count("\u2003sign</option>") == 2, "what repeats begins as a whole"
    move(demo, case, "sign, all of them", "-")
    assert "Cancelled" in demo.get(f"/i/{case}").text


def test_a_reason_is_asked_for_and_only_administrators_move(demo: TestClient, case: str, pages: Sign) -> None:
    sent = {"token": token(demo, case, "ask"), "to": "pack", "reason": " "}
    refused = demo.post(f"/i/{case}/move", data=sent)
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert demo.post(f"/i/{case}/move", data={"reason": "why not"}).status_code == 422
    assert demo.post(f"/i/{case}/move", data={"token": "x", "to": "pack", "reason": "y"}).status_code == 404
    chen = pages("chen")
    assert chen.get(f"/i/{case}/move").status_code == 403
    assert chen.post(f"/i/{case}/move", data=sent).status_code == 403
    assert "/move" not in chen.get(f"/i/{case}").text


def test_a_suspended_case_says_so_wherever_it_is_shown(demo: TestClient, case: str, pages: Sign) -> None:
    chen = pages("chen")
    task = re.search(r"/t/([0-9a-f-]{36})", chen.get(f"/i/{case}").text)
    assert task is not None
    assert demo.post(f"/i/{case}/suspend").status_code == 303
    for path in (f"/i/{case}", "/processes/steps", "/search?q=S-1"):
        assert "Suspended" in demo.get(path).text, path
    shown = chen.get(f"/t/{task[1]}").text
    assert "This case is suspended" in shown
    assert f"/t/{task[1]}/claim" not in shown
    assert chen.post(f"/t/{task[1]}/claim").status_code == 409
    assert demo.post(f"/i/{case}/activate").status_code == 303
    assert "suspended the case" in demo.get(f"/i/{case}").text
    assert chen.post(f"/t/{task[1]}/claim").status_code == 303


def test_a_version_is_suspended_now_or_later(demo: TestClient, case: str, pages: Sign) -> None:
    link = re.search(r"/definitions/[0-9a-f-]{36}/suspension", demo.get("/processes/steps").text)
    assert link is not None
    address = link[0]
    assert pages("chen").get(address).status_code == 403
    assert demo.post(address, data={"suspended": "true", "at": "2999-01-01T09:00"}).headers["Location"] == address
    assert "2999" in demo.get(address).text
    forget = re.search(rf"{address}/[0-9a-f-]{{36}}/forget", demo.get(address).text)
    assert forget is not None
    assert demo.post(forget[0]).status_code == 303
    assert demo.post(forget[0]).status_code == 404
    assert demo.post(address, data={"suspended": "true", "at": "soon"}).status_code == 422
    assert demo.post(address, data={"suspended": "true", "instances": "true"}).status_code == 303
    assert "This case is suspended" in demo.get(f"/i/{case}").text
    assert demo.post(address, data={"suspended": "false", "instances": "true"}).status_code == 303
    assert "This case is suspended" not in demo.get(f"/i/{case}").text
