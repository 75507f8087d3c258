"""Service accounts and tokens: made, used, limited and ended, over HTTP."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from process_server import clock
from process_server.db import unit_of_work
from process_server.errors import NotAllowed
from process_server.forms import directory
from process_server.identity import approvers, audit, sign_in, stand_ins, users
from process_server.identity.models import User
from process_server.identity.principal import SYSTEM
from process_server.tasks.handling.workload import least_loaded
from tests.acceptance.client import PASSWORD, Client

SignIn = Callable[..., Client]


@pytest.fixture
def erp(demo: Client) -> dict[str, object]:
    """A service account in the sales department's group."""
    made: dict[str, object] = demo.post(
        "/service-accounts", 201, id="erp", name="订单系统", groups=["sales"], admin=False
    )
    return made


def test_an_administrator_makes_a_service_account_and_its_token(demo: Client, erp: dict[str, object]) -> None:
    assert (erp["id"], erp["active"], erp["tokens"]) == ("erp", True, 0)
    made = demo.post("/tokens", 201, name="orders", user="erp", scopes=["jobs", "people:read"])
    machine = Client(demo.http, Authorization=f"Bearer {made['secret']}")
    assert machine.get("/me")["groups"] == ["sales"]
    assert machine.error("GET", "/tasks", 403)["code"] == "not_allowed"
    assert [token["name"] for token in demo.get("/tokens", user="erp")["items"]] == ["orders"]
    assert demo.get("/service-accounts")["items"][0]["tokens"] == 1


def test_a_service_account_is_nobody_to_choose(demo: Client, erp: dict[str, object]) -> None:
    assert "erp" not in {user["id"] for user in demo.get("/users")["items"]}
    assert "erp" not in {item["value"] for item in demo.get("/options/people")["items"]}
    with unit_of_work() as session:
        assert users.members(session, "sales") == ["chen", "wang"]
        assert approvers.active(session, ["erp"], ["sales"]) == ("chen", "wang")
        assert least_loaded(session, "sales") != "erp"
        (choice,) = directory.People().find(session, ["erp"], directory.Wanted(SYSTEM, "en"))
        assert not choice.active
        with pytest.raises(NotAllowed, match="stands in for nobody"):
            stand_ins.create(session, "chen", "erp", principal=SYSTEM)


def test_a_service_account_has_no_password_and_no_pages(erp: dict[str, object], http: TestClient) -> None:
    with unit_of_work() as session:
        machine = users.find(session, "erp")
        with pytest.raises(NotAllowed):
            sign_in.open_session(session, machine)
        with pytest.raises(NotAllowed):
            users.change_password(session, "erp", "a long password", actor="demo")
    assert http.post("/sign-in", data={"user": "erp", "password": ""}).status_code == 401


def test_an_ended_account_is_kept_and_its_tokens_are_gone(demo: Client, erp: dict[str, object]) -> None:
    secret = demo.post("/tokens", 201, name="orders", user="erp")["secret"]
    machine = Client(demo.http, Authorization=f"Bearer {secret}")
    assert machine.get("/me")["user_id"] == "erp"
    demo.call("DELETE", "/service-accounts/erp", 204)
    assert machine.error("GET", "/me", 401)["code"] == "not_authenticated"
    (kept,) = demo.get("/service-accounts")["items"]
    assert (kept["active"], kept["tokens"]) == (False, 0)
    with unit_of_work() as session:
        actions = {entry.action for entry in audit.entries_of(session, "user", "erp")}
    assert actions == {"create_service", "create_token", "revoke_token", "deactivate"}


def test_nobody_else_makes_sees_or_ends_one(chen: Client, erp: dict[str, object]) -> None:
    assert chen.error("POST", "/service-accounts", 403, json={"id": "x", "name": "x"})["code"] == "not_allowed"
    assert chen.error("GET", "/service-accounts", 403)["code"] == "not_allowed"
    assert chen.error("DELETE", "/service-accounts/erp", 403)["code"] == "not_allowed"
    assert chen.error("GET", "/tokens", 403, params={"user": "erp"})["code"] == "not_allowed"


def test_what_is_wrong_with_a_new_account_is_said(demo: Client, erp: dict[str, object]) -> None:
    assert demo.error("POST", "/service-accounts", 409, json={"id": "erp", "name": "x"})["code"] == "conflict"
    assert demo.error("POST", "/service-accounts", 404, json={"id": "b", "name": "b", "groups": ["none"]})
    spaced = demo.error("POST", "/service-accounts", 422, json={"id": "a b", "name": "x"})
    assert spaced["problems"][0]["field"] == "id"
    assert demo.error("DELETE", "/service-accounts/chen", 404)  # a person


def test_a_token_is_taken_where_a_password_belongs(http: TestClient, chen: Client) -> None:
    secret = chen.headers["Authorization"].removeprefix("Bearer ")
    assert http.get("/api/v1/me", auth=("chen", secret)).json()["user_id"] == "chen"
    assert http.get("/engine-rest/task/count", auth=("chen", secret)).status_code == 200
    assert http.get("/api/v1/me", auth=("demo", secret)).status_code == 401
    assert http.get("/api/v1/me", auth=("chen", secret[:-1] + "_")).status_code == 401
    assert http.get("/api/v1/me", auth=("chen", PASSWORD)).status_code == 200


def test_a_token_that_has_ended_is_refused_however_it_is_sent(http: TestClient, chen: Client) -> None:
    until = (clock.now() + timedelta(days=1)).isoformat()
    secret = chen.post("/tokens", 201, name="short", expires_at=until)["secret"]
    with clock.travel(timedelta(days=2)):
        assert http.get("/api/v1/me", auth=("chen", secret)).status_code == 401
        assert http.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    before = (clock.now() - timedelta(days=1)).isoformat()
    assert chen.error("POST", "/tokens", 422, json={"name": "past", "expires_at": before})["code"] == "invalid"


def test_the_pages_make_and_end_what_the_api_does(http: TestClient, people: None) -> None:
    def page(address: str) -> str:
        answer = http.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        return answer.text

    def send(address: str, **sent: object) -> str:
        csrf = page("/account").split('csrf-token" content="')[1].split('"')[0]
        return http.post(address, data={"csrf_token": csrf, **sent}, headers={"Accept-Language": "en"}).text

    http.post("/sign-in", data={"user": "demo", "password": PASSWORD})
    assert "already" in send("/people/services", id="chen", name="x")
    assert "in use" in send("/people/services", id="erp", name="Order system", group=["sales", "legal"])
    scopes = ["tasks:read", "tasks:write", "jobs:read"]
    made = send("/people/services/erp/tokens", name="orders", days="30", limited="limited", scope=scopes)
    secret = made.split('data-copy="')[1].split('"')[0]
    machine = TestClient(http.app, headers={"Authorization": f"Bearer {secret}"})
    assert machine.get("/api/v1/tasks").status_code == 200
    assert machine.get("/api/v1/me").status_code == 403
    assert '<span class="chip mono">tasks</span>' in page("/people/services/erp")
    assert "Say what the token may do" in send("/account/tokens", name="nothing", limited="limited")
    send("/people/services/erp/end")
    assert machine.get("/api/v1/tasks").status_code == 401
    with unit_of_work() as session:
        assert not session.scalars(select(User.active).where(User.id == "erp")).one()


def test_who_is_no_administrator_is_offered_no_scope_that_moves_processes(http: TestClient, people: None) -> None:
    http.post("/sign-in", data={"user": "chen", "password": PASSWORD})
    offered = http.get("/account/tokens").text
    assert 'value="tasks:read"' in offered
    assert 'value="jobs:write"' not in offered
    assert http.get("/people/services").status_code == 403


def test_an_administrator_locks_a_person_out_and_lets_them_in_again(demo: Client, chen: Client) -> None:
    secret = chen.post("/tokens", 201, name="script")["secret"]
    script = Client(demo.http, Authorization=f"Bearer {secret}")
    assert script.get("/me")["user_id"] == "chen"
    assert chen.error("POST", "/users/demo/lock", 403)
    assert demo.error("POST", "/users/demo/lock", 403)["message"] == "You cannot lock yourself out."
    assert demo.error("POST", "/users/nobody/lock", 404)
    for _ in range(2):  # what is so already is not done, nor told of, again
        demo.call("POST", "/users/chen/lock", 204)
    assert script.error("GET", "/me", 401)
    assert chen.error("GET", "/me", 401)
    assert "chen" not in {user["id"] for user in demo.get("/users")["items"]}
    demo.call("POST", "/users/chen/unlock", 204)
    assert script.get("/me")["user_id"] == "chen"
    with unit_of_work() as session:
        done = [(entry.action, entry.actor) for entry in reversed(audit.entries_of(session, "user", "chen"))]
    assert done[-2:] == [("deactivate", "demo"), ("activate", "demo")]


def test_a_service_account_is_ended_not_locked(demo: Client, erp: dict[str, object]) -> None:
    assert demo.error("POST", "/users/erp/lock", 404)
