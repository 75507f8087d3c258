"""Working user tasks over HTTP: find, claim, fill in, hand on, complete, comment."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from process_server import db
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user
from tests.statements import statements

FORM = {
    "type": "default",
    "id": "lead",
    "schemaVersion": 18,
    "components": [
        {
            "type": "textfield",
            "id": "f1",
            "key": "customer",
            "label": "客户名称",
            "properties": {"label:en": "Customer"},
            "validate": {"required": True},
        },
        {"type": "number", "id": "f2", "key": "amount", "label": "金额", "decimalDigits": 2, "serializeToString": True},
        {"type": "textfield", "id": "f3", "key": "origin", "label": "来源", "readonly": True},
        {"type": "textfield", "id": "f4", "key": "decision", "label": "决定"},
    ],
}
LEAD = process(
    start(),
    user(
        "enter",
        'camunda:candidateGroups="sales" camunda:formRef="lead" camunda:formRefBinding="latest" camunda:priority="70"',
    ),
    user("check", 'camunda:assignee="li" camunda:dueDate="2030-01-31T09:00:00Z"'),
    end(),
    flow("start > enter > check > end"),
    key="lead",
)


@pytest.fixture
def li(sign_in: Callable[..., Client]) -> Client:
    return sign_in("li")


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"lead.bpmn": LEAD, "lead.form": json.dumps(FORM)})


def enter(demo: Client, **variables: Any) -> str:
    """Start an instance; return the id of its first task."""
    instance = demo.post("/instances", 201, definition_key="lead", business_key="L-1", variables=variables)["id"]
    return str(demo.get("/tasks", instance=instance)["items"][0]["id"])


def test_a_task_shows_what_it_is_and_where_it_belongs(demo: Client, chen: Client) -> None:
    task = chen.get(f"/tasks/{enter(demo)}")
    assert task["candidate_groups"] == ["sales"]
    assert task["assignee"] is None
    assert (task["process_key"], task["business_key"], task["initiator"]) == ("lead", "L-1", "demo")
    assert task["priority"] == 70
    assert task["state"] == "open"


def test_lists_are_mine_and_my_groups(demo: Client, chen: Client, li: Client) -> None:
    task = enter(demo)
    assert [row["id"] for row in chen.get("/tasks", list="claimable")["items"]] == [task]
    assert chen.get("/tasks", list="mine")["items"] == []
    assert li.get("/tasks")["items"] == []
    chen.post(f"/tasks/{task}/claim")
    assert [row["id"] for row in chen.get("/tasks", list="mine")["items"]] == [task]
    assert chen.get("/tasks/count", list="claimable") == {"count": 0}
    chen.post(f"/tasks/{task}/complete", variables={"customer": "远航"})
    assert [row["id"] for row in chen.get("/tasks", list="done")["items"]] == [task]
    assert [row["element_id"] for row in li.get("/tasks", list="mine")["items"]] == ["check"]


def test_tasks_are_filtered_sorted_and_paged(demo: Client) -> None:
    made = [enter(demo) for _ in range(3)]
    demo.call("PATCH", f"/tasks/{made[1]}", 200, json={"priority": 90})

    def ids(**query: Any) -> list[str]:
        return [row["id"] for row in demo.get("/tasks", **query)["items"]]

    assert ids(sort="-priority")[0] == made[1]
    assert ids(priority_from=80) == [made[1]]
    assert ids(candidate_group="sales", sort="created") == made
    assert ids(candidate_group="legal") == []
    assert ids(element="check") == []
    assert ids(process_key="lead", business_key="L-1", unassigned=True, text="ent", sort="created") == made
    assert ids(created_before="2020-01-01T00:00:00Z") == []
    page = demo.get("/tasks", sort="created", limit=2)
    assert [row["id"] for row in page["items"]] == made[:2]
    assert ids(sort="created", limit=2, cursor=page["next"]) == made[2:]
    demo.error("GET", f"/tasks?sort=due&cursor={page['next']}", 422)
    assert demo.get("/tasks/count", candidate_group="sales") == {"count": 3}


def test_variables_come_with_tasks_for_administrators(demo: Client, chen: Client) -> None:
    enter(demo, amount=50000.01)
    assert demo.get("/tasks", with_variables=True)["items"][0]["variables"] == {"amount": 50000.01}
    assert demo.get("/tasks")["items"][0]["variables"] is None
    chen.error("GET", "/tasks?with_variables=true", 403)


def test_of_two_who_claim_one_is_told_who_was_faster(demo: Client, chen: Client, wang: Client) -> None:
    task = enter(demo)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda who: who.call("POST", f"/tasks/{task}/claim"), (chen, wang)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer.json()["error"] for answer in answers if answer.status_code == 409)
    assert lost["code"] == "already_claimed"
    assert lost["params"]["user"] == demo.get(f"/tasks/{task}")["assignee"]


def test_who_a_task_is_not_offered_to_does_not_know_of_it(demo: Client, li: Client) -> None:
    task = enter(demo)
    for method, path in (("GET", ""), ("GET", "/form"), ("GET", "/comments"), ("POST", "/claim"), ("POST", "/release")):
        li.error(method, f"/tasks/{task}{path}", 404)
    li.error("POST", f"/tasks/{task}/complete", 403)
    li.error("PATCH", f"/tasks/{task}", 404, json={"priority": 1})


def test_a_task_is_given_back_and_handed_on(demo: Client, chen: Client, li: Client) -> None:
    task = enter(demo)
    assert chen.post(f"/tasks/{task}/claim")["revision"] == 2
    assert chen.post(f"/tasks/{task}/release", revision=2) == {"id": task, "revision": 3}
    chen.error("POST", f"/tasks/{task}/release", 409)
    chen.post(f"/tasks/{task}/assign", assignee="li")
    assert li.get("/tasks", list="mine")["items"][0]["id"] == task
    assert li.get("/notifications")["items"][0]["kind"] == "task_assigned"
    demo.error("POST", f"/tasks/{task}/assign", 404, json={"assignee": "nobody"})
    error = li.error("POST", f"/tasks/{task}/assign", 409, json={"assignee": "chen", "revision": 1})
    assert error["code"] == "stale_revision"


def test_dates_and_priority_are_changed(demo: Client, chen: Client) -> None:
    task = enter(demo)
    changes = {"due_at": "2030-05-01T09:00:00+08:00", "follow_up_at": "2030-04-01T00:00:00Z", "priority": 10}
    assert chen.call("PATCH", f"/tasks/{task}", 200, json=changes | {"revision": 1})["revision"] == 2
    shown = chen.get(f"/tasks/{task}")
    assert (shown["due_at"], shown["priority"]) == ("2030-05-01T01:00:00Z", 10)
    chen.call("PATCH", f"/tasks/{task}", 200, json={"due_at": None})
    shown = chen.get(f"/tasks/{task}")
    assert (shown["due_at"], shown["follow_up_at"]) == (None, "2030-04-01T00:00:00Z")
    chen.error("PATCH", f"/tasks/{task}", 409, json={"priority": 1, "revision": 1})
    for wrong in (
        {"priority": 101},
        {"due_at": "tomorrow"},
        {"due_at": "2030-05-01T09:00:00"},
        {"due_at": 5},
        {"x": 1},
    ):
        chen.error("PATCH", f"/tasks/{task}", 422, json=wrong)


def test_a_form_is_shown_in_the_readers_language(demo: Client, chen: Client) -> None:
    task = enter(demo, origin="展会", customer="远航")
    form = chen.call("GET", f"/tasks/{task}/form", 200, headers={"Accept-Language": "zh-CN"})["form"]
    assert form["schema"]["components"][0]["label"] == "客户名称"
    assert form["data"]["origin"] == "展会"
    english = chen.get(f"/tasks/{task}/form")["form"]
    assert english["schema"]["components"][0]["label"] == "Customer"
    chen.post(f"/tasks/{task}/complete", variables={"customer": "远航"})
    check = demo.get("/tasks")["items"][0]["id"]
    assert demo.get(f"/tasks/{check}/form") == {"form": None}
    assert demo.get("/definitions/lead/start-form") == {"form": None}


@pytest.mark.requirement("PE-31")
def test_a_form_is_checked_when_its_task_is_completed(demo: Client, chen: Client) -> None:
    task = enter(demo, origin="展会")
    error = chen.error("POST", f"/tasks/{task}/complete", 422, json={"variables": {"amount": "a lot"}})
    assert error["code"] == "invalid_form"
    assert {problem["field"] for problem in error["problems"]} == {"customer", "amount"}
    sent = {"customer": "远航", "amount": "50000.01", "origin": "forged", "unknown": 1, "decision": "approve"}
    done = chen.post(f"/tasks/{task}/complete", variables=sent)
    assert done["variables"] == {"customer": "远航", "amount": 50000.01, "decision": "approve"}
    instance = demo.get("/instances")["items"][0]["id"]
    held = demo.get(f"/instances/{instance}/variables")["variables"]
    assert held == done["variables"] | {"origin": "展会"}
    assert demo.get(f"/tasks/{task}")["outcome"] == "approve"


@pytest.mark.requirement("PE-31")
def test_a_task_is_completed_once(demo: Client, chen: Client, wang: Client) -> None:
    task = enter(demo)
    chen.post(f"/tasks/{task}/complete", variables={"customer": "远航"})
    error = wang.error("POST", f"/tasks/{task}/complete", 409, json={"variables": {"customer": "x"}})
    assert error["code"] == "already_completed"
    assert error["params"] == {"actor": "陈静", "user": "chen"}
    wang.error("POST", f"/tasks/{task}/claim", 409)


def test_of_many_who_complete_one_does(demo: Client) -> None:
    task = enter(demo)
    sent = {"variables": {"customer": "远航"}}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: demo.call("POST", f"/tasks/{task}/complete", json=sent), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert len(demo.get("/tasks")["items"]) == 1


def test_completing_costs_at_most_eight_statements_and_one_for_the_decision(demo: Client) -> None:
    for _ in range(2):
        task = enter(demo)
        with statements(db.engine()) as seen:
            demo.post(f"/tasks/{task}/complete", variables={"customer": "远航"})
    assert len(seen) <= 9, seen


def test_people_write_about_tasks_and_instances(demo: Client, chen: Client, li: Client) -> None:
    task = enter(demo)
    instance = demo.get(f"/tasks/{task}")["process_instance_id"]
    chen.post(f"/tasks/{task}/comments", 201, text="客户希望周五前收到报价。")
    demo.post(f"/instances/{instance}/comments", 201, text="urgent")
    assert [row["text"] for row in chen.get(f"/tasks/{task}/comments")["items"]] == ["客户希望周五前收到报价。"]
    written = chen.get(f"/instances/{instance}/comments")["items"]
    assert [(row["author"], row["author_name"]) for row in written] == [("demo", "管理员"), ("chen", "陈静")]
    newest = chen.get(f"/instances/{instance}/comments", limit=1)
    older = chen.get(f"/instances/{instance}/comments", limit=1, cursor=newest["next"])
    assert ([newest["items"][0]["text"], older["items"][0]["text"]], older["next"]) == (
        ["urgent", "客户希望周五前收到报价。"],
        None,
    )
    for text in ("", "   ", "x" * 10_001):
        chen.error("POST", f"/tasks/{task}/comments", 422, json={"text": text})
    li.error("POST", f"/instances/{instance}/comments", 404, json={"text": "x"})


def test_files_belong_to_who_uploads_them(demo: Client, chen: Client, li: Client) -> None:
    sent = {"file": ("合同 A.pdf", b"%PDF-1.4 contract")}
    made = chen.call("POST", "/files", 201, files=sent, data={"field": "contract"})
    assert (made["name"], made["size"]) == ("合同 A.pdf", 17)
    answer = chen.call("GET", f"/files/{made['id']}")
    assert answer.content == b"%PDF-1.4 contract"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%90%88%E5%90%8C%20A.pdf"
    demo.call("GET", f"/files/{made['id']}")
    li.error("GET", f"/files/{made['id']}", 403)
    chen.error("POST", "/files", 422, data={"field": "x"})


def test_a_task_is_offered_to_others_by_hand(demo: Client, chen: Client, li: Client) -> None:
    task = enter(demo)
    offered = {"users": ["li"], "groups": ["finance"]}
    assert chen.call("PUT", f"/tasks/{task}/candidates", 200, json=offered)["revision"] == 2
    assert li.get(f"/tasks/{task}")["candidate_users"] == ["li"]
    chen.error("PUT", f"/tasks/{task}/candidates", 404, json=offered)
    assert li.get("/notifications")["items"][0]["kind"] == "task_offered"
    assert li.error("PUT", f"/tasks/{task}/candidates", 409, json=offered | {"revision": 1})["code"] == "stale_revision"
    li.error("PUT", f"/tasks/{task}/candidates", 404, json={"groups": ["nobody"]})


def test_a_task_may_belong_to_no_process(demo: Client, chen: Client, li: Client) -> None:
    given = {"name": "Call back", "description": "Today.", "due_at": "2031-01-31T09:00:00Z"}
    task = chen.post("/tasks", 201, **given, assignee="li")["id"]
    held = li.get(f"/tasks/{task}")
    assert (held["name"], held["due_at"], held["initiator"]) == ("Call back", "2031-01-31T09:00:00Z", "chen")
    assert held["description"] == "Today."
    li.post(f"/tasks/{task}/complete", variables={"said": "yes"})
    own = chen.post("/tasks", 201, name="Mine")["id"]
    assert chen.get("/tasks", list="claimable")["items"][0]["id"] == own
    chen.call("DELETE", f"/tasks/{own}", 204)
    assert chen.error("DELETE", f"/tasks/{enter(demo)}", 409)["code"] == "conflict"
    chen.error("POST", "/tasks", 404, json={"name": "x", "assignee": "nobody"})
    chen.error("POST", "/tasks", 422, json={"name": ""})
