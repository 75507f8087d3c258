"""What every request has in common: signing in, limits, refusals, and one shape of error."""

import base64
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from process_server import db
from process_server.api.ground import payload
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity import sign_in as signing_in
from process_server.identity import users
from tests.acceptance.client import PASSWORD, Client
from tests.statements import statements


def basic(user_id: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user_id}:{password}".encode()).decode()


def test_without_credentials_nothing_is_looked_at(http: TestClient) -> None:
    anybody = Client(http)
    error = anybody.error("POST", "/instances", 401, content=b"{ this is no JSON")
    assert error["code"] == "not_authenticated"
    assert anybody.call("GET", "/tasks/no-id").headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["Bearer ps_nobody", "Bearer", "Digest x", "Basic !!", "Basic", basic("chen", "wrong"), basic("nobody", "x"), ""],
)
def test_wrong_credentials_are_refused(http: TestClient, header: str) -> None:
    Client(http, Authorization=header).error("GET", "/me", 401)


def test_who_i_am(http: TestClient, sign_in: Callable[..., Client]) -> None:
    by_password = Client(http, Authorization=basic("wang", PASSWORD)).get("/me")
    assert by_password["groups"] == ["legal", "sales"]
    assert not by_password["admin"]
    assert sign_in("wang", "people").get("/me") == by_password | {"scopes": ["people"]}


def test_too_many_wrong_passwords_have_to_wait(http: TestClient) -> None:
    stranger = Client(http, Authorization=basic("chen", "wrong"))
    for _ in range(10):
        stranger.error("GET", "/me", 401)
    assert stranger.error("GET", "/me", 429)["code"] == "too_many_requests"
    assert 0 < int(stranger.call("GET", "/me").headers["Retry-After"]) <= 300


def test_a_browser_needs_the_secret_of_its_session_to_change_anything(http: TestClient) -> None:
    with unit_of_work() as session:
        cookie, csrf = signing_in.open_session(session, users.find(session, "chen"))
    browser = Client(http, Cookie=f"session={cookie}")
    assert browser.get("/me")["user_id"] == "chen"
    browser.error("POST", "/notifications/read", 403)
    assert browser.call("POST", "/notifications/read", headers={"X-CSRF-Token": csrf}).status_code == 204
    Client(http, Cookie="session=gone").error("GET", "/me", 401)


@pytest.mark.requirement("PE-32")
def test_a_token_does_only_what_its_scopes_cover(sign_in: Callable[..., Client]) -> None:
    reader = sign_in("demo", "tasks:read")
    reader.get("/tasks")
    assert reader.error("GET", "/instances", 403)["code"] == "not_allowed"
    reader.error("POST", "/instances", 403, json={"definition_key": "approval"})


def test_credentials_seen_before_cost_no_statement(chen: Client) -> None:
    chen.get("/me")
    with statements(db.engine()) as seen:
        assert chen.get("/me")["user_id"] == "chen"
    assert seen == []


def test_addresses_and_methods_there_are_not(demo: Client) -> None:
    assert demo.error("GET", "/nothing", 404)["code"] == "not_found"
    assert demo.error("GET", "/instances/no-uuid", 422)["problems"][0]["field"] == "instance_id"
    assert demo.error("DELETE", "/me", 405)["code"] == "method_not_allowed"
    assert demo.error("GET", "/deployments/00000000-0000-7000-8000-000000000000", 404)["code"] == "not_found"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{ no JSON", "json"),
        (b'{"a": NaN}', "json"),
        (b'{"a": "\xff"}', "encoding"),
        (b'{"name": "n", "variables": {"a": "\\ud800"}}', "json"),
        (b'{"name": "n", "variables": {"a": "\\u0000"}}', "characters"),
        (b'{"name": "n", "variables": {"a\\u0000b": 1}}', "characters"),
        (b'{"name": "n", "variables": {"a": ' + b"9" * 101 + b"}}", "number"),
        (b'{"name": "n", "variables": {"a": 1e400}}', "number"),
        (b'{"name": "n", "variables": {"a": 1e99999999999999999999}}', "json"),
        (b'{"name": "n", "variables": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}", "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b'{"name": "n", "other": 1}', "unknown"),
        (b"{}", "required"),
        (b'{"name": 7}', "string_type"),
        (b'"text"', "model_attributes_type"),
    ],
)
def test_bodies_that_cannot_be_taken_are_refused(demo: Client, body: bytes, code: str) -> None:
    error = demo.error("POST", "/signals", 422, content=body, headers={"Content-Type": "application/json"})
    assert [problem["code"] for problem in error["problems"]] == [code]
    assert error["problems"][0]["message"]


def test_a_body_is_json_and_says_so(demo: Client) -> None:
    error = demo.error("POST", "/signals", 422, content=b"name=x", headers={"Content-Type": "text/plain"})
    assert "application/json" in error["message"]


def test_unknown_parameters_of_a_list_are_refused(demo: Client) -> None:
    error = demo.error("GET", "/tasks?assigne=chen", 422)
    assert error["problems"][0]["field"] == "assigne"
    assert error["problems"][0]["code"] == "unknown"


@pytest.mark.parametrize(
    "path",
    [
        "/tasks?assignee=%00",
        "/definitions?key=%00",
        "/definitions/%00",
        "/instances?definition_key=%00",
        "/tasks?cursor=abc",
        "/tasks?limit=0",
        "/instances?started_after=5",
    ],
)
def test_parameters_that_cannot_be_taken_are_refused(demo: Client, path: str) -> None:
    error = demo.error("GET", path, 422)
    assert all(problem["message"] and "{" not in problem["message"] for problem in error["problems"])


def test_an_instant_has_any_offset(demo: Client) -> None:
    demo.get("/instances", started_after="2026-01-31T09:00:00+23:10")


def test_a_body_too_large_is_refused_while_it_arrives(demo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("process_server.api.ground.routing.MAX_JSON", 1000)
    json = {"Content-Type": "application/json"}
    error = demo.error("POST", "/signals", 413, content=b" " * 1001, headers=json)
    assert error["code"] == "too_large"
    assert error["params"] == {"limit": 1000}
    unannounced = (b" " * 100 for _ in range(50))
    demo.error("POST", "/signals", 413, content=unannounced, headers=json)


def test_messages_are_in_the_language_asked_for(demo: Client) -> None:
    def said(language: str) -> tuple[str, str]:
        sent = {"Accept-Language": language, "Content-Type": "application/json"}
        error = demo.error("POST", "/signals", 422, content=b'{"name": "a\\u0000"}', headers=sent)
        return error["message"], error["problems"][0]["message"]

    assert said("en-GB") == ("Some values are not valid.", "This contains characters that cannot be kept.")
    chinese = said("zh-CN,zh;q=0.9")
    assert chinese[0] != said("en")[0]
    assert chinese[1] == "含有无法保存的字符。"


def test_a_fault_of_ours_has_the_same_shape(demo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("process_server.api.people.directory.users.all_groups", fails)
    error = demo.error("GET", "/groups", 500)
    assert error["code"] == "error"
    assert "Zero" not in error["message"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/api/v1/me", '"database_away"'),
        ("/engine-rest/task", '"RestException"'),
        ("/v2/topology", '"UNAVAILABLE"'),
        ("/people", "<h1"),
    ],
)
def test_a_database_that_is_away_is_no_fault_of_the_server(
    demo: Client, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, path: str, says: str
) -> None:
    away = create_engine(cluster.url("gone"))
    monkeypatch.setattr("process_server.db.engine", lambda: away)
    answer = demo.http.get(path, headers=demo.headers | {"Accept-Language": "en", "Cookie": "session=x"})
    assert answer.status_code == 503
    assert "The database cannot be reached at the moment." in answer.text
    assert says in answer.text


def test_numbers_with_a_fraction_stay_exact() -> None:
    assert str(payload.parse(b'{"a": 50000.010}')["a"]) == "50000.010"


def test_the_document_is_there_for_everybody(http: TestClient) -> None:
    document = http.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert {"401", "403", "422", "429"} <= operation["responses"].keys(), path
            assert operation["tags"], path
            if "requestBody" in operation:
                assert "413" in operation["responses"], path
