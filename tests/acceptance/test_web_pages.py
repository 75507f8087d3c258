"""What the pages allow to whom, and what they answer when something is refused."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from process_server.bpmn import commands, queries
from process_server.db import unit_of_work
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming
from tests import diagrams
from tests.acceptance.client import PASSWORD
from tests.acceptance.conftest import Sign, application


@pytest.fixture
def sign_in(pages: Sign) -> Sign:
    return pages


def start(client: TestClient, **variables: object) -> str:
    """Start a request; return its case."""
    sent = {"variables": {"title": "A chair", **variables}, "business_key": "R-1"}
    answer = client.post("/start/request", json=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["redirect"]).removeprefix("/i/")


def draft_of(client: TestClient, task: str) -> Any:
    """Return the draft that the form of a task opens with."""
    properties = client.get(f"/t/{task}").text.split('data-mount="form" data-props=\'')[1].split("'>")[0]
    return json.loads(properties)["kept"]["draft"]


def test_only_administrators_deploy_see_incidents_and_people(sign_in: Sign) -> None:
    chen = sign_in("chen")
    for path in ("/deploy", "/incidents", "/people"):
        assert chen.get(path).status_code == 403, path
        assert sign_in("demo").get(path).status_code == 200, path
    assert chen.post("/deploy", files={"files": ("a.bpmn", b"x")}).headers.get("Location", "/") != "/deploy"


def test_a_mistake_is_explained_to_its_last_word_in_the_language_of_the_reader(sign_in: Sign) -> None:
    model = diagrams.process(
        diagrams.start(),
        diagrams.user("empty", ""),
        diagrams.user("torn", 'camunda:assignee="${someone"'),
        diagrams.end(),
        diagrams.flow("start > torn > end"),
    )
    page = sign_in("demo").post("/deploy", files={"files": ("torn.bpmn", model)}, headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 422
    assert "缺少一个 }" in page.text
    assert page.text.index("缺少一个 }") < page.text.index("永远不会执行")  # what hinders comes first


def test_an_administrator_locks_somebody_out_on_the_page_of_people(sign_in: Sign) -> None:
    demo, chen = sign_in("demo"), sign_in("chen")
    assert chen.get("/account").status_code == 200
    assert "/people/demo/lock" not in demo.get("/people").text  # nobody locks themselves out
    page = demo.post("/people/chen/lock")
    assert page.headers["Location"] == "/people"
    assert chen.get("/account").headers["Location"].startswith("/sign-in")
    assert "/people/chen/unlock" in demo.get("/people").text
    demo.post("/people/chen/unlock")
    assert "/people/chen/lock" in demo.get("/people").text
    assert chen.get("/account").headers["Location"].startswith("/sign-in")  # has to sign in anew


def test_a_deployment_is_shown_and_deleted_with_what_is_chosen_for_its_cases(sign_in: Sign) -> None:
    demo, chen = sign_in("demo"), sign_in("chen")
    case = start(chen)
    with unit_of_work() as session:
        (held,) = queries.list_deployments(session)
    address = f"/deploy/{held['id']}"
    assert address in demo.get("/deploy").text
    assert "request" in demo.get(address).text
    assert chen.get(address).status_code == 403
    assert chen.post(f"{address}/delete", data={"instances": "cancel"}).status_code == 403
    refused = demo.post(f"{address}/delete", data={"instances": "refuse"})
    assert refused.status_code == 409
    assert "are kept" in refused.text
    assert demo.get(f"/i/{case}").status_code == 200
    assert demo.post(f"{address}/delete", data={"instances": "cancel"}).headers["Location"] == "/deploy"
    assert demo.get(f"/i/{case}").status_code == 404
    assert demo.get(address).status_code == 404


def test_a_case_is_seen_by_those_who_have_to_do_with_it(sign_in: Sign) -> None:
    chen, wang, li = sign_in("chen"), sign_in("wang"), sign_in("li")
    case = start(chen)
    assert chen.get(f"/i/{case}").status_code == 200
    assert wang.get(f"/i/{case}").status_code == 200  # of the legal group, which the task is offered to
    assert li.get(f"/i/{case}").status_code == 404
    for list_of_cases in ("/processes/request", "/processes/request?element=approve"):
        assert case in chen.get(list_of_cases).text
        assert case in wang.get(list_of_cases).text
    assert case not in li.get("/processes/request").text
    assert case not in li.get("/processes/request?element=approve").text
    assert case not in li.get("/search?q=R-1").text


def test_a_supervisor_sees_the_cases_the_team_is_at_work_on(sign_in: Sign) -> None:
    with unit_of_work() as session:
        session.execute(update(User).where(User.id == "wang").values(supervisor_id="li"))
    wang, li = sign_in("wang"), sign_in("li")
    case = start(sign_in("chen"))
    assert li.get(f"/i/{case}").status_code == 404
    task = wang.get(f"/i/{case}").text.split("/t/")[1][:36]
    wang.post(f"/t/{task}/claim")
    assert li.get(f"/i/{case}").status_code == 200
    assert case in li.get("/processes/request?element=approve").text


def test_a_form_is_refused_field_by_field_in_the_readers_language(sign_in: Sign) -> None:
    chen = sign_in("chen")
    headers = {"Accept": "application/json"}
    answer = chen.post("/start/request", json={"variables": {"title": "", "amount": "0"}}, headers=headers)
    assert answer.status_code == 422
    assert {problem["field"]: problem["message"] for problem in answer.json()["problems"]} == {
        "title": "Please fill this in.",
        "amount": "At least 1.",
    }


def test_the_second_to_complete_learns_who_was_first(sign_in: Sign) -> None:
    wang, demo = sign_in("wang"), sign_in("demo")
    case = start(wang)
    task = wang.get(f"/i/{case}").text.split("/t/")[1][:36]
    assert wang.post(f"/t/{task}/claim").status_code == 303
    headers = {"Accept": "application/json"}
    done = {"variables": {"decision": "approve"}}
    assert wang.post(f"/t/{task}/complete", json=done, headers=headers).json()["redirect"] == "/inbox"
    answer = demo.post(f"/t/{task}/complete", json=done, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["message"] == "This task is no longer open: 王伟 completed it."
    assert "Completed by 王伟" in demo.get(f"/t/{task}").text


def test_the_second_to_claim_reads_the_name_of_the_first_in_their_language(sign_in: Sign) -> None:
    with unit_of_work() as session:
        session.execute(update(User).where(User.id == "wang").values(name_en="Wang Wei"))
    wang, demo = sign_in("wang"), sign_in("demo")
    task = wang.get(f"/i/{start(wang)}").text.split("/t/")[1][:36]
    assert wang.post(f"/t/{task}/claim").status_code == 303
    answer = demo.post(f"/t/{task}/claim", headers={"HX-Request": "true"})
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["text"] == "Wang Wei has claimed this task already."


def test_an_administrator_sets_what_was_missing_and_tries_again(sign_in: Sign) -> None:
    price = '<bpmn:scriptTask id="price"><bpmn:script>total = amount * rate</bpmn:script></bpmn:scriptTask>'
    model = diagrams.process(diagrams.start(), price, diagrams.end(), diagrams.flow("start > price > end"))
    with unit_of_work() as session:
        commands.deploy(session, {"tiny.bpmn": model}, actor="demo")
        held = commands.latest(session, "tiny")
        admin = Principal("demo", "Demo", admin=True)
        case = commands.start_instance(session, held.id, {"amount": 2}, actor=admin).id
    demo = sign_in("demo")
    page = demo.get(f"/i/{case}").text
    retry = page.split('action="/incidents/')[1].split('"')[0]
    assert 'name="variable"' in page
    listed = demo.get("/inbox/started").text.split('id="rows"')[1].split("</tbody>")[0]
    assert ("Incident" in listed, "price" in listed, "Running" in listed) == (True, True, False)
    answer = demo.post(f"/incidents/{retry}", data={"variable": " rate ", "value": "1.1", "back": f"/i/{case}"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/i/{case}")
    with unit_of_work() as session:
        assert queries.get_variables(session, case) == {"amount": 2, "rate": Decimal("1.1"), "total": Decimal("2.2")}


def test_a_stale_page_does_not_overwrite_and_says_who_did_what(sign_in: Sign) -> None:
    wang = sign_in("wang")
    task = wang.get(f"/i/{start(wang)}").text.split("/t/")[1][:36]
    wang.post(f"/t/{task}/claim")
    by_script = {"Accept": "application/json"}
    assert wang.put(f"/t/{task}/draft", json={"values": {"note": "typed"}}, headers=by_script).status_code == 200
    assert draft_of(wang, task)["stale"] is False
    with unit_of_work() as session:
        claiming.reschedule(session, UUID(task), Principal("demo", "Demo", admin=True), {"priority": 80})
    draft = draft_of(wang, task)
    assert (draft["stale"], len(draft["since"])) == (True, 1)
    assert draft["since"][0].startswith("管理员 changed its dates (")
    sent = {"variables": {"decision": "approve"}, "revision": 2}
    answer = wang.post(f"/t/{task}/complete", json=sent, headers=by_script)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_revision")
    assert answer.json()["message"] == "管理员 changed its dates"


def test_files_go_to_those_who_may_see_the_case(sign_in: Sign) -> None:
    chen, wang, li = sign_in("chen"), sign_in("wang"), sign_in("li")
    uploaded = chen.post("/files", files={"file": ("报价.html", b"<script>alert(1)</script>")}).json()
    assert wang.get(f"/files/{uploaded['id']}").status_code == 403
    start(chen, attachment=[uploaded["id"]])
    answer = wang.get(f"/files/{uploaded['id']}")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert li.get(f"/files/{uploaded['id']}").status_code == 403


def test_who_is_signed_out_is_sent_to_sign_in_and_back(sign_in: Sign) -> None:
    nobody = TestClient(application(), follow_redirects=False)
    assert nobody.get("/inbox?due=overdue").headers["Location"] == "/sign-in?next=/inbox%3Fdue%3Doverdue"
    part = nobody.get("/counts", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox"})
    assert part.headers["HX-Redirect"] == "/sign-in?next=/inbox"
    scripted = nobody.post("/start/request", json={}, headers={"Accept": "application/json"})
    assert (scripted.status_code, scripted.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("path", ["/t/x", "/i/1", "/nowhere", "/inbox/nothing", "/processes/nothing", "/start/nothing"])
def test_what_is_not_there_is_not_found(sign_in: Sign, path: str) -> None:
    answer = sign_in("chen").get(path)
    assert answer.status_code == 404
    assert "Not found" in answer.text
    assert 'id="rail"' in answer.text  # and the way on


def test_what_an_address_asks_wrongly_is_named(sign_in: Sign) -> None:
    answer = sign_in("chen").get("/inbox?task=nothing")
    assert answer.status_code == 422
    assert "<code>task</code> This is not a valid value." in answer.text


def test_the_same_start_sent_twice_starts_once(sign_in: Sign) -> None:
    chen = sign_in("chen")
    sent = {"variables": {"title": "Once"}, "idempotency_key": "k-1"}
    headers = {"Accept": "application/json"}
    places = {chen.post("/start/request", json=sent, headers=headers).json()["redirect"] for _ in range(2)}
    assert len(places) == 1


def test_a_password_is_changed_only_by_who_knows_it(sign_in: Sign) -> None:
    chen = sign_in("chen")
    wrong = chen.post("/account/password", data={"present": "no", "new": "a long one", "again": "a long one"})
    assert (wrong.status_code, "This is not your present password." in wrong.text) == (422, True)
    unequal = chen.post("/account/password", data={"present": PASSWORD, "new": "a long one", "again": "another"})
    assert "The two do not match." in unequal.text
    short = chen.post("/account/password", data={"present": PASSWORD, "new": "short", "again": "short"})
    assert "Use 8 to 1000 characters." in short.text
    right = chen.post("/account/password", data={"present": PASSWORD, "new": "a long one", "again": "a long one"})
    assert right.headers["Location"] == "/account"


def test_a_token_is_shown_once_and_works_until_it_is_revoked(sign_in: Sign) -> None:
    chen = sign_in("chen")
    page = chen.post("/account/tokens", data={"name": "a script", "days": "30"}).text
    secret = page.split('data-copy="')[1].split('"')[0]
    assert secret not in chen.get("/account/tokens").text
    api = TestClient(application(), headers={"Authorization": f"Bearer {secret}"})
    assert api.get("/api/v1/tasks").status_code == 200
    token = page.split("/account/tokens/")[1].split("/revoke")[0]
    assert chen.post(f"/account/tokens/{token}/revoke").headers["Location"] == "/account/tokens"
    assert api.get("/api/v1/tasks").status_code == 401


def test_what_a_worker_told_of_its_failure_in_detail_is_shown_to_who_mends_it(sign_in: Sign) -> None:
    model = diagrams.process(
        diagrams.start(),
        '<bpmn:serviceTask id="ship" camunda:type="external" camunda:topic="ship" />',
        diagrams.end(),
        diagrams.flow("start > ship > end"),
        key="shipping",
    )
    boss = Principal("demo", "Demo", admin=True)
    order = commands.Order("w", (commands.Wanted(topic="ship", lock=timedelta(minutes=1)),))
    with unit_of_work() as session:
        commands.deploy(session, {"shipping.bpmn": model}, actor="demo")
        case = commands.start_instance(session, commands.latest(session, "shipping").id, {}, actor=boss).id
        (job,) = commands.fetch_and_lock(session, order)
        commands.fail_job(session, job.id, "no stock", worker="w", actor=boss, retries=0, details="at <line> 3")
    demo = sign_in("demo")
    for page in ("/incidents", f"/i/{case}"):
        assert "<pre>at &lt;line&gt; 3</pre>" in demo.get(page).text
