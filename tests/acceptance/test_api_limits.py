"""How many requests the APIs take, and what they answer to one too many."""

from collections.abc import Callable, Iterator
from unittest.mock import Mock

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from process_server import config
from process_server.api.ground.authentication import authenticate
from process_server.db import unit_of_work
from process_server.errors import TooManyRequests
from process_server.identity import attempts, audit, rates
from tests.acceptance.client import PASSWORD, Client

Limit = Callable[..., None]


@pytest.fixture
def limit(people: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Limit]:
    """Set the limits."""

    def given(**limits: str) -> None:
        for name, text in limits.items():
            monkeypatch.setenv(f"PROCESS_SERVER_{name.upper()}_LIMIT", text)
        config.settings.cache_clear()
        attempts._limiters.cache_clear()
        rates.forget()

    yield given
    monkeypatch.undo()
    config.settings.cache_clear()
    attempts._limiters.cache_clear()
    rates.forget()


def test_each_token_has_a_limit_of_its_own(limit: Limit, chen: Client, sign_in: Callable[..., Client]) -> None:
    limit(user="3/hour")
    for _ in range(3):
        chen.get("/me")
    refused = chen.call("GET", "/me", 429)
    assert refused["error"]["code"] == "too_many_requests"
    assert 0 < int(chen.call("GET", "/me").headers["Retry-After"]) <= 3600
    sign_in("chen").get("/me")


def test_a_user_without_a_token_is_counted_by_name(limit: Limit, http: TestClient) -> None:
    limit(user="2/hour")
    statuses = [http.get("/api/v1/me", auth=("chen", PASSWORD)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert http.get("/api/v1/me", auth=("wang", PASSWORD)).status_code == 200


def test_an_address_is_counted_before_credentials_are_looked_at(limit: Limit, http: TestClient) -> None:
    limit(address="2/hour")
    statuses = [http.get("/api/v1/me", headers={"Authorization": f"Bearer x{n}"}).status_code for n in range(3)]
    assert statuses == [401, 401, 429]


def test_limits_hold_for_all_processes_together(limit: Limit) -> None:
    limit(address="300/hour")
    for _ in range(rates.PARTS):
        rates.forget()  # every request comes to another process, which has counted nothing yet
        rates.count_address("10.0.0.1")
    rates.forget()
    with pytest.raises(TooManyRequests):
        rates.count_address("10.0.0.1")
    with pytest.raises(TooManyRequests):  # this one, too, refuses from now on
        rates.count_address("10.0.0.1")
    rates.count_address("10.0.0.2")


def test_one_process_lets_in_all_that_a_limit_allows_and_seldom_asks(
    limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(address="300/hour")
    asked = Mock(wraps=attempts.spend)
    monkeypatch.setattr(attempts, "spend", asked)
    for _ in range(300):
        rates.count_address("10.0.0.1")
    for _ in range(10):
        with pytest.raises(TooManyRequests):
            rates.count_address("10.0.0.1")
    assert asked.call_count == rates.PARTS + 1


def test_the_other_api_says_so_in_its_own_way(limit: Limit, chen: Client) -> None:
    limit(user="1/hour")
    chen.get("/me")
    answer = chen.http.get("/engine-rest/task/count", headers=chen.headers)
    assert answer.status_code == 429
    assert answer.json()["type"] == "RestException"
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_a_request_that_is_looked_at_again_counts_once(limit: Limit, demo: Client) -> None:
    limit(user="2/hour", address="2/hour")
    headers = [(b"authorization", demo.headers["Authorization"].encode())]
    for _ in range(2):
        request = Request({"type": "http", "method": "GET", "headers": headers, "client": ("10.0.0.1", 1), "state": {}})
        for _ in range(3):  # as a second attempt and a long poll do
            with unit_of_work() as session:
                authenticate(session, request)
    assert demo.call("GET", "/me").status_code == 429


def test_without_limits_nothing_is_counted(limit: Limit, chen: Client) -> None:
    limit(user="", address="")
    for _ in range(20):
        chen.get("/me")


def test_a_wrong_password_is_kept_in_the_audit(http: TestClient, people: None) -> None:
    attempts._limiters.cache_clear()
    for user in ("chen", "typed the password here"):
        assert http.get("/api/v1/me", auth=(user, "wrong")).status_code == 401
        assert http.post("/sign-in", data={"user": user, "password": "wrong"}).status_code == 401
    with unit_of_work() as session:
        known, unknown = audit.entries_of(session, "user", "chen"), audit.entries_of(session, "user", "")
    assert [entry.action for entry in known] == ["sign_in_failed"] * 2
    assert [(entry.action, entry.detail) for entry in unknown] == [("sign_in_failed", {"address": "testclient"})] * 2
