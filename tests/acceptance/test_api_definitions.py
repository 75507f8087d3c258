"""Deploying over HTTP, and reading what is deployed."""

import pytest
from fastapi import Request

from process_server.api.ground.parts import Parts
from process_server.config import settings
from process_server.errors import TooLarge
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

APPROVAL = process(start(), user("a"), end(), flow("start > a > end"), key="approval")
CHANGED = process(start(), user("a"), user("b"), end(), flow("start > a > b > end"), key="approval")
BROKEN = process(start(), user("a"), flow("start > nowhere"), key="broken")


@pytest.mark.requirement("PE-01")
def test_a_file_is_deployed_once(demo: Client) -> None:
    first = demo.deploy({"approval.bpmn": APPROVAL})
    assert first["changed"]
    assert [(p["key"], p["version"], p["new"]) for p in first["processes"]] == [("approval", 1, True)]
    again = demo.deploy({"approval.bpmn": APPROVAL}, 200)
    assert not again["changed"]
    assert again["id"] == first["id"]
    assert demo.deploy({"approval.bpmn": CHANGED})["processes"][0]["version"] == 2


def test_what_cannot_be_deployed_names_file_and_line(demo: Client) -> None:
    files = [("files", ("good.bpmn", APPROVAL)), ("files", ("broken.bpmn", BROKEN)), ("files", ("x.bpmn", b"<no"))]
    error = demo.error("POST", "/deployments", 422, files=files)
    assert error["code"] == "invalid_process"
    wrong = [problem for problem in error["problems"] if problem["severity"] == "error"]
    assert {problem["file"] for problem in wrong} == {"broken.bpmn", "x.bpmn"}
    assert all(problem["message"] and problem["line"] and problem["column"] for problem in wrong)
    assert demo.get("/definitions")["items"] == []


def test_everything_wrong_is_told_in_one_answer_in_the_language_of_the_reader(demo: Client) -> None:
    broken = BROKEN.replace(b"</bpmn:process>", b'<bpmn:userTask id="own" camunda:assignee="${x +}"/></bpmn:process>')
    broken = broken.replace(b"</bpmn:process>", b'<bpmn:callActivity id="call" calledElement="gone"/></bpmn:process>')
    files = [("files", ("bad.bpmn", broken)), ("files", ("x.zip", b"PK"))]
    for language, sentence in (("en", "There is no process gone."), ("zh-CN", "没有流程 gone。")):
        error = demo.error("POST", "/deployments", 422, files=files, headers={"Accept-Language": language})
        problems = {problem["code"]: problem for problem in error["problems"]}
        assert problems.keys() >= {"dangling_flow", "invalid_expression", "missing_process", "archive"}
        assert problems["missing_process"]["message"] == sentence
        assert (problems["missing_process"]["element"], problems["missing_process"]["file"]) == ("call", "bad.bpmn")


def test_one_file_too_large_is_refused_though_all_together_may_be_larger(
    demo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "max_model", 100_000)
    files = [("files", ("a.bpmn", b" " * 100_001)), ("files", ("b.bpmn", APPROVAL))]
    assert demo.error("POST", "/deployments", 413, files=files)["params"] == {"limit": 100_000}
    each = [("files", (f"{number}.txt", b" " * 90_000)) for number in range(3)]
    demo.call("POST", "/deployments", 201, files=[*each, ("files", ("b.bpmn", APPROVAL))])


def test_a_file_too_large_is_refused_while_it_arrives() -> None:
    parts = Parts(
        Request({"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=x")]}), 100_000
    )
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.bpmn"\r\n\r\n'
    for _ in range(3):  # each file counts for itself
        parts.watch(head + b" " * 90_000 + b"\r\n")
    parts.watch(head + b" " * 90_000)
    with pytest.raises(TooLarge):
        parts.watch(b" " * 20_000)


@pytest.mark.parametrize("names", [["a.bpmn", "a.bpmn"], [""]])
def test_files_need_names_of_their_own(demo: Client, names: list[str]) -> None:
    demo.error("POST", "/deployments", 422, files=[("files", (name, APPROVAL)) for name in names])


def test_a_name_that_cannot_be_stored_is_refused(demo: Client) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\0b.bpmn"\r\n\r\n'
        + APPROVAL
        + b"\r\n--x--\r\n"
    )
    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    assert demo.error("POST", "/deployments", 422, content=body, headers=sent)["problems"][0]["code"] == "characters"


def test_a_deployment_without_files_is_refused(demo: Client) -> None:
    demo.error("POST", "/deployments", 422, data={"name": "x"})
    demo.error("POST", "/deployments", 422, json={"files": []})
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    demo.error("POST", "/deployments", 422, content=b"no form", headers=broken)


def test_files_too_large_are_refused_while_they_arrive(demo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("process_server.api.ground.routing.FORM_OVERHEAD", -25 * 1024 * 1024 + 500)
    assert demo.error("POST", "/deployments", 413, files=[("files", ("a", b"x" * 600))])["code"] == "too_large"


def test_only_administrators_deploy(chen: Client) -> None:
    chen.error("POST", "/deployments", 403, files=[("files", ("approval.bpmn", APPROVAL))])


def test_deployments_are_listed_page_by_page(demo: Client) -> None:
    made = [demo.deploy({"approval.bpmn": file})["id"] for file in (APPROVAL, CHANGED, APPROVAL)]
    page = demo.get("/deployments", limit=2)
    assert [item["id"] for item in page["items"]] == [made[2], made[1]]
    rest = demo.get("/deployments", limit=2, cursor=page["next"])
    assert [item["id"] for item in rest["items"]] == [made[0]]
    assert rest["next"] is None


def test_a_deployment_shows_its_files_byte_for_byte(demo: Client) -> None:
    made = demo.deploy({"合同/approval.bpmn": APPROVAL})
    shown = demo.get(f"/deployments/{made['id']}")
    assert [resource["name"] for resource in shown["resources"]] == ["合同/approval.bpmn"]
    answer = demo.call("GET", f"/deployments/{made['id']}/resources/{shown['resources'][0]['id']}")
    assert answer.content == APPROVAL
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert demo.call("GET", "/definitions/approval/xml").content == APPROVAL


def test_a_definition_is_found_by_id_and_by_key(demo: Client) -> None:
    demo.deploy({"approval.bpmn": APPROVAL})
    demo.deploy({"approval.bpmn": CHANGED})
    newest = demo.get("/definitions/approval")
    assert newest["version"] == 2
    assert demo.get(f"/definitions/{newest['id']}") == newest
    assert demo.get("/definitions", key="approval")["items"] == [newest]
    versions = demo.get("/definitions/approval/versions")["items"]
    assert [version["version"] for version in versions] == [2, 1]
    assert demo.get("/definitions", latest=False)["items"] == versions
    demo.error("GET", "/definitions/other", 404)


def test_what_instances_are_kept_of_cannot_be_deleted(demo: Client) -> None:
    made = demo.deploy({"approval.bpmn": APPROVAL})
    instance = demo.post("/instances", 201, definition_key="approval")
    assert demo.error("DELETE", f"/deployments/{made['id']}", 409)["code"] == "conflict"
    other = demo.deploy({"approval.bpmn": CHANGED})
    demo.call("DELETE", f"/deployments/{other['id']}", 204)
    assert demo.get("/definitions/approval")["id"] == instance["definition_id"]


def test_a_suspended_version_is_not_started(demo: Client, chen: Client) -> None:
    demo.deploy({"approval.bpmn": APPROVAL})
    chen.error("POST", "/definitions/approval/suspend", 403)
    demo.post("/definitions/approval/suspend", 204)
    assert demo.get("/definitions/approval")["suspended"]
    assert demo.error("POST", "/instances", 409, json={"definition_key": "approval"})["code"] == "not_active"
    demo.post("/definitions/approval/activate", 204)
    demo.post("/instances", 201, definition_key="approval")


def test_figures_of_every_element(demo: Client) -> None:
    demo.deploy({"approval.bpmn": APPROVAL})
    for _ in range(2):
        demo.post("/instances", 201, definition_key="approval")
    figures = demo.get("/definitions/approval/statistics")["elements"]
    assert {"element_id": "a", "visited": 0, "waiting": 2, "incidents": 0} in figures
    assert {"element_id": "start", "visited": 2, "waiting": 0, "incidents": 0} in figures


@pytest.mark.requirement("PE-11")
def test_a_start_tells_what_would_follow(demo: Client) -> None:
    definition = demo.deploy({"approval.bpmn": CHANGED})["processes"][0]["id"]
    told = demo.call("POST", f"/definitions/{definition}/expected", 200, json={"variables": {"amount": "5"}})
    assert [(step["element"], step["kind"], step["certain"]) for step in told["steps"]] == [
        ("a", "userTask", True),
        ("b", "userTask", True),
    ]
    assert (told["ends"], told["doubts"]) == (True, [])
    assert demo.get("/instances")["items"] == []
