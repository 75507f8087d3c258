"""Starting instances over HTTP, reading and changing them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from process_server.db import engine, unit_of_work
from process_server.identity.models import Department, Group, User
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user
from tests.statements import statements

APPROVAL = process(
    start(),
    user("a", 'camunda:assignee="chen"'),
    end(),
    flow("start > a > end"),
    key="approval",
)
STRAIGHT = process(start(), end(), flow("start > end"), key="straight")
FOR_SALES = process(
    start(),
    user("a", 'camunda:candidateGroups="legal"'),
    end(),
    flow("start > a > end"),
    key="for_sales",
    attributes='camunda:candidateStarterGroups="sales" camunda:candidateStarterUsers="demo"',
)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"approval.bpmn": APPROVAL, "straight.bpmn": STRAIGHT, "for_sales.bpmn": FOR_SALES})


@pytest.mark.requirement("PE-32")
def test_a_process_is_started_with_business_key_and_variables(demo: Client) -> None:
    started = demo.post(
        "/instances", 201, definition_key="approval", business_key="L-1", variables={"amount": 50000.01}
    )
    assert started["state"] == "active"
    assert started["business_key"] == "L-1"
    assert started["initiator"] == "demo"
    assert demo.get(f"/instances/{started['id']}") == started
    assert demo.get(f"/instances/{started['id']}/variables") == {"variables": {"amount": 50000.01}}


def test_an_exact_version_is_started(demo: Client) -> None:
    version = demo.get("/definitions/straight")
    ended = demo.post("/instances", 201, definition_id=version["id"])
    assert ended["state"] == "completed"
    assert ended["ended_at"] is not None
    assert demo.get(f"/instances/{ended['id']}") == ended


@pytest.mark.parametrize("body", [{}, {"definition_key": "a", "definition_id": "01a20020-9d31-70ca-b130-b2011b6ce338"}])
def test_a_start_names_a_key_or_an_id(demo: Client, body: dict[str, str]) -> None:
    demo.error("POST", "/instances", 422, json=body)


@pytest.mark.requirement("PE-32")
def test_an_unknown_process_is_not_found(demo: Client) -> None:
    assert demo.error("POST", "/instances", 404, json={"definition_key": "nothing"})["params"]["id"] == "nothing"


@pytest.mark.requirement("PE-32")
def test_the_same_idempotency_key_starts_once(demo: Client, chen: Client) -> None:
    def start(client: Client, expected: int, key: str = "order-1") -> str:
        sent = {"definition_key": "approval"}
        answer = client.call("POST", "/instances", expected, json=sent, headers={"Idempotency-Key": key})
        return str(answer["id"])

    first = start(demo, 201)
    assert start(demo, 200) == first
    assert start(demo, 201, "order-2") != first
    assert start(chen, 201) != first
    demo.error("POST", "/instances", 422, json={"definition_key": "approval"}, headers={"Idempotency-Key": "a b"})


@pytest.mark.requirement("PE-32")
def test_the_same_idempotency_key_at_the_same_time_starts_once(demo: Client) -> None:
    def start(_: int) -> tuple[int, str]:
        sent = {"definition_key": "approval"}
        answer = demo.call("POST", "/instances", json=sent, headers={"Idempotency-Key": "order-1"})
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(start, range(8)))
    assert len({instance for _, instance in answers}) == 1
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]


def test_only_candidate_starters_start_and_are_named_as_people_know_them(sign_in: Callable[..., Client]) -> None:
    chen, li = sign_in("chen"), sign_in("li")
    with unit_of_work() as session:
        group = session.get_one(Group, "sales")
        group.name, group.name_en = "销售部", "Sales"
    chen.post("/instances", 201, definition_key="for_sales")
    refused = li.error("POST", "/instances", 403, json={"definition_key": "for_sales"})
    assert refused["message"] == "Only Sales, 管理员 may start for_sales."
    chinese = {"Accept-Language": "zh-CN"}
    refused = li.error("POST", "/definitions/for_sales/expected", 403, json={"variables": {}}, headers=chinese)
    assert refused["message"] == "只有 销售部、管理员 可以发起 for_sales。"


def test_values_stay_what_they_are(demo: Client) -> None:
    sent = {
        "exact": 0.1,
        "money": 99999999999.99,
        "whole": 2**60,
        "text": "上海远航 😀",
        "tagged": {"$date": "2026-01-31"},
        "nested": {"list": [1, None, True, {"a": 1.5}]},
        "empty": {},
    }
    started = demo.post("/instances", 201, definition_key="approval", variables=sent)
    assert demo.get(f"/instances/{started['id']}/variables")["variables"] == sent


def test_instances_are_listed_by_what_they_are(demo: Client) -> None:
    made = [demo.post("/instances", 201, definition_key="approval", business_key=key)["id"] for key in ("A", "B", "C")]
    demo.post("/instances", 201, definition_key="straight")

    def ids(**query: object) -> list[str]:
        return [item["id"] for item in demo.get("/instances", **query)["items"]]

    assert ids(definition_key="approval") == made[::-1]
    assert ids(business_key="B") == [made[1]]
    assert ids(state="active") == made[::-1]
    assert len(ids(state="completed")) == 1
    assert ids(involved="chen") == made[::-1]
    assert ids(initiator="chen") == []
    assert ids(with_incident=True) == []
    assert ids(started_after="2020-01-01T00:00:00+08:00", started_before="2021-01-01T00:00:00Z") == []
    page = demo.get("/instances", definition_key="approval", limit=2)
    assert [item["id"] for item in page["items"]] == [made[2], made[1]]
    assert ids(definition_key="approval", limit=2, cursor=page["next"]) == [made[0]]


def test_who_has_nothing_to_do_with_an_instance_does_not_know_of_it(
    demo: Client, sign_in: Callable[..., Client]
) -> None:
    chen, wang, li = sign_in("chen"), sign_in("wang"), sign_in("li")
    of_chen = demo.post("/instances", 201, definition_key="approval")["id"]
    of_law = chen.post("/instances", 201, definition_key="for_sales")["id"]
    assert {item["id"] for item in chen.get("/instances")["items"]} == {of_chen, of_law}
    assert wang.get("/instances")["items"] == []
    assert wang.get(f"/instances/{of_law}")["id"] == of_law  # a lawyer may claim its task
    for path in ("", "/history", "/waits", "/comments"):
        chen.get(f"/instances/{of_chen}{path}")
        li.error("GET", f"/instances/{of_chen}{path}", 404)
    chen.error("GET", f"/instances/{of_chen}/variables", 403)
    li.error("POST", f"/instances/{of_chen}/cancel", 404)


def test_variables_are_changed_by_administrators(demo: Client, chen: Client) -> None:
    path = f"/instances/{demo.post('/instances', 201, definition_key='approval', variables={'a': 1})['id']}/variables"
    changed = demo.call("PUT", path, 200, json={"variables": {"b": 2.50}})
    assert changed == {"variables": {"a": 1, "b": 2.5}}
    chen.error("PUT", path, 403, json={"variables": {"b": 3}})
    demo.error("PUT", path, 422, json={})


def test_an_instance_is_cancelled_with_its_reason(demo: Client, chen: Client) -> None:
    instance = demo.post("/instances", 201, definition_key="approval")["id"]
    chen.error("POST", f"/instances/{instance}/cancel", 403)
    demo.post(f"/instances/{instance}/cancel", 204, reason="the customer withdrew")
    shown = demo.get(f"/instances/{instance}")
    assert (shown["state"], shown["end_reason"]) == ("cancelled", "the customer withdrew")
    assert demo.error("POST", f"/instances/{instance}/cancel", 409)["code"] == "not_active"
    assert demo.get("/tasks")["items"] == []


@pytest.mark.requirement("PE-28")
def test_the_history_tells_what_was_done_and_what_is_waited_for(demo: Client) -> None:
    instance = demo.post("/instances", 201, definition_key="approval")["id"]
    history = demo.get(f"/instances/{instance}/history")["items"]
    assert [(visit["element_id"], visit["left_at"] is None) for visit in history] == [("start", False), ("a", True)]
    waits = demo.get(f"/instances/{instance}/waits")["items"]
    assert waits == history[1:]
    assert waits[0]["detail"] == {"assignee": "chen", "due": None}
    task = demo.get("/tasks")["items"][0]["id"]
    demo.post(f"/tasks/{task}/complete")
    visits = demo.get(f"/instances/{instance}/history")["items"]
    assert [(visit["element_id"], visit["actor"]) for visit in visits] == [
        ("start", None),
        ("a", "demo"),
        ("end", None),
    ]


def test_what_is_not_there_is_not_found(demo: Client) -> None:
    nothing = "/instances/00000000-0000-7000-8000-000000000000"
    for method, path in (
        ("GET", ""),
        ("GET", "/history"),
        ("GET", "/waits"),
        ("GET", "/variables"),
        ("POST", "/cancel"),
        ("GET", "/comments"),
    ):
        demo.error(method, nothing + path, 404)


def test_starting_costs_few_statements(http: TestClient, demo: Client) -> None:
    demo.post("/instances", 201, definition_key="approval")
    with statements(engine()) as seen:
        demo.post("/instances", 201, definition_key="approval", variables={"a": 1})
    assert len(seen) <= 7, seen


def test_a_key_means_one_request(demo: Client) -> None:
    header = {"Idempotency-Key": "order-1"}
    sent = {"definition_key": "approval", "variables": {"customer": "远航", "amount": 1.5}}
    first = demo.call("POST", "/instances", 201, json=sent, headers=header)
    again = sent | {"variables": {"amount": 1.5, "customer": "远航"}}
    assert demo.call("POST", "/instances", 200, json=again, headers=header)["id"] == first["id"]
    for other in ({"variables": {"customer": "别的"}}, {"business_key": "L-2"}, {"definition_key": "straight"}):
        refused = demo.error("POST", "/instances", 422, json=sent | other, headers=header)
        assert refused["code"] == "idempotency_key_reused"


@pytest.mark.requirement("PE-29")
def test_managers_list_cases_overdue_tasks_and_incidents_of_their_people(
    demo: Client, chen: Client, wang: Client, sign_in: Callable[..., Client]
) -> None:
    with unit_of_work() as session:
        session.add(Department(id="sales", name="销售部", head_id="wang"))
        session.flush()
        session.add(Department(id="east", name="华东", parent_id="sales"))
        session.flush()
        session.execute(update(User).where(User.id == "chen").values(department_id="east"))
    stuck = process(
        start(),
        user("late", 'camunda:assignee="chen" camunda:dueDate="2020-01-31T09:00:00Z"'),
        user("a", 'camunda:assignee="${nobody.knows}"'),
        end(),
        flow("start > late > a > end"),
        key="stuck",
    )
    demo.deploy({"stuck.bpmn": stuck})
    case = demo.post("/instances", 201, definition_key="stuck")["id"]
    own = chen.post("/instances", 201, definition_key="approval")["id"]
    assert {each["id"] for each in wang.get("/instances", team=True, state="active")["items"]} == {case, own}
    assert wang.get("/instances")["items"] == []
    due = wang.get("/tasks", list="team", due_before="2026-01-01T00:00:00Z")["items"]
    assert [each["element_id"] for each in due] == ["late"]
    chen.post(f"/tasks/{due[0]['id']}/complete")
    assert [each["element_id"] for each in wang.get("/incidents")["items"]] == ["a"]
    wang.get(f"/instances/{case}")
    assert sign_in("li").get("/incidents")["items"] == []
    assert sign_in("li").get("/instances", team=True)["items"] == []
