"""Signing in by way of an identity provider: who is let in as whom, and what is refused."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import update

from process_server import config
from process_server.app import app
from process_server.db import unit_of_work
from process_server.identity import audit, oidc, users
from process_server.identity.models import Department, User
from tests.acceptance.client import PASSWORD, Client
from tests.identity_provider import CLIENT, SECRET, Provider, provider

Set = Callable[..., None]


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Set what an operator may set."""

    def given(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"PROCESS_SERVER_{name.upper()}", value)
        config.settings.cache_clear()

    yield given
    monkeypatch.undo()
    config.settings.cache_clear()


@pytest.fixture
def idp(running: Provider, setting: Set, people: None) -> Provider:
    """The provider, as honest as on the first day; the server knows it."""
    running.person = {"sub": "s-1", "preferred_username": "chen"}
    running.lies, running.thin, running.shown_keys = {}, False, None
    running.asked.clear()
    oidc.forget()
    setting(
        oidc_issuer=running.address,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_name="ACME",
        demo="false",
        language="en",
    )
    return running


@pytest.fixture
def browser(idp: Provider) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def go(browser: TestClient, next: str = "/inbox/done") -> str:
    """Leave for the provider and sign in there; return the address it sends the browser back to."""
    there = browser.get("/sign-in/sso", params={"next": next}).headers["Location"]
    return str(httpx.get(there).headers["Location"]).removeprefix("http://testserver")


def arrive(browser: TestClient) -> Response:
    return browser.get(go(browser))


def who(browser: TestClient) -> str:
    return str(browser.get("/api/v1/me").json()["user_id"])


def refused(answer: Response, words: str, status: int = 401) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert "session" not in answer.cookies
    with unit_of_work() as session:
        assert [entry.action for entry in audit.entries_of(session, "user", "")] == ["sign_in_failed"]


def test_whom_the_provider_knows_is_signed_in_and_gets_the_page_they_wanted(idp: Provider, browser: TestClient) -> None:
    assert 'href="/sign-in/sso?next=/kpis"' in browser.get("/sign-in?next=/kpis").text
    assert "Sign in with ACME" in browser.get("/sign-in").text
    answer = arrive(browser)
    assert answer.headers["Location"] == "/inbox/done"
    assert who(browser) == "chen"
    asked = idp.asked[0]
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/sign-in/sso/back"
    with unit_of_work() as session:
        entries = audit.entries_of(session, "user", "chen")
        assert {entry.action for entry in entries} == {"link", "sign_in"}
        assert next(entry for entry in entries if entry.action == "sign_in").detail["by"] == "ACME"


def test_a_second_time_they_are_found_by_their_subject_whatever_they_are_called_by_then(
    idp: Provider, browser: TestClient
) -> None:
    arrive(browser)
    browser.cookies.clear()
    idp.person["preferred_username"] = "wang"
    arrive(browser)
    assert who(browser) == "chen"


def test_nobody_takes_over_the_account_of_somebody_else_by_bearing_their_name(
    idp: Provider, browser: TestClient
) -> None:
    arrive(browser)
    browser.cookies.clear()
    idp.person = {"sub": "s-2", "preferred_username": "chen"}
    refused(arrive(browser), "belongs to somebody else", 403)


def test_an_administrator_unlinks_who_has_left(idp: Provider, browser: TestClient, demo: Client, chen: Client) -> None:
    arrive(browser)
    assert chen.error("DELETE", "/users/chen/identity", 403)
    demo.call("DELETE", "/users/chen/identity", 204)
    assert browser.get("/account").status_code == 303  # signed out
    assert demo.error("DELETE", "/users/chen/identity", 404)
    idp.person = {"sub": "s-2", "preferred_username": "chen"}
    arrive(browser)
    assert who(browser) == "chen"


def test_an_id_token_that_does_not_hold_lets_nobody_in(idp: Provider, browser: TestClient) -> None:
    idp.lies = {"nonce": "of another sign-in"}
    refused(arrive(browser), "nonce")


def test_a_key_the_provider_has_changed_is_asked_for(idp: Provider, browser: TestClient) -> None:
    arrive(browser)
    browser.cookies.clear()
    idp.change_key()
    arrive(browser)
    assert who(browser) == "chen"


def test_an_answer_is_good_once(idp: Provider, browser: TestClient) -> None:
    back = go(browser)
    browser.get(back)
    browser.cookies.delete("session")
    refused(browser.get(back), "used already")


def test_an_answer_is_good_in_the_browser_that_asked(idp: Provider, browser: TestClient) -> None:
    back = go(browser)
    with TestClient(app, follow_redirects=False) as other:
        refused(other.get(back), "another browser")
    assert browser.get(back).headers["Location"] == "/inbox/done"


def test_an_answer_of_another_provider_is_refused(idp: Provider, browser: TestClient) -> None:
    refused(browser.get(go(browser).partition("&iss=")[0] + "&iss=https://elsewhere.example"), "elsewhere.example")


def test_who_is_unknown_is_refused_or_made_as_the_settings_say(
    idp: Provider, browser: TestClient, setting: Set
) -> None:
    idp.person = {"sub": "s-9", "preferred_username": "new", "name": "新人", "email": "new@example.com"}
    refused(arrive(browser), "who has no account here", 403)
    setting(oidc_create_accounts="true")
    arrive(browser)
    with unit_of_work() as session:
        user = users.find(session, "new")
        assert (user.name, user.email, user.password_hash) == ("新人", "new@example.com", None)


def test_department_groups_and_administration_are_kept_in_step(
    idp: Provider, browser: TestClient, setting: Set
) -> None:
    with unit_of_work() as session:
        session.add(Department(id="east", name="华东"))
    setting(
        oidc_department_claim="dept",
        oidc_groups_claim="roles",
        oidc_groups='{"crm-legal": "legal", "crm-fin": "finance", "crm-gone": "gone"}',
        oidc_admin_group="crm-admin",
    )
    idp.person |= {"dept": "east", "roles": ["crm-legal", "crm-admin", "unknown", "crm-gone"]}
    arrive(browser)
    me = browser.get("/api/v1/me").json()
    assert (me["groups"], me["department_id"], me["admin"]) == (["legal", "sales"], "east", True)  # sales is not ruled
    idp.person |= {"dept": "nowhere", "roles": "crm-fin"}
    arrive(browser)
    me = browser.get("/api/v1/me").json()
    assert (me["groups"], me["department_id"], me["admin"]) == (["finance", "sales"], "east", False)
    with unit_of_work() as session:
        changes = [entry.detail for entry in audit.entries_of(session, "user", "chen") if entry.action == "change"]
    assert changes[0]["groups"] == {"before": ["legal", "sales"], "after": ["finance", "sales"]}


def test_groups_of_the_same_name_need_no_mapping(idp: Provider, browser: TestClient, setting: Set) -> None:
    setting(oidc_groups_claim="groups")
    idp.person["groups"] = ["legal", "finance", "unknown"]
    arrive(browser)
    assert browser.get("/api/v1/me").json()["groups"] == ["finance", "legal"]


def test_what_the_id_token_leaves_out_is_asked_for(idp: Provider, browser: TestClient) -> None:
    idp.thin = True
    idp.person["name"] = "Chen"
    arrive(browser)
    assert browser.get("/api/v1/me").json()["name"] == "Chen"


@pytest.mark.parametrize("change", [{"active": False}, {"service": True}])
def test_an_account_that_is_locked_or_a_machines_is_refused(
    idp: Provider, browser: TestClient, change: dict[str, bool]
) -> None:
    with unit_of_work() as session:
        session.execute(update(User).where(User.id == "chen").values(**change))
    refused(arrive(browser), "no longer active" if "active" in change else "cannot be used", 403)


def test_the_provider_is_told_of_signing_out(idp: Provider, browser: TestClient) -> None:
    arrive(browser)
    csrf = browser.get("/account").text.split('csrf-token" content="')[1].split('"')[0]
    assert browser.post("/sign-out").status_code == 403
    answer = browser.post("/sign-out", data={"csrf_token": csrf})
    there = httpx.URL(answer.headers["Refresh"].removeprefix("0; url="))
    assert str(there).startswith(f"{idp.address}/out?")
    assert there.params["id_token_hint"].count(".") == 2
    assert there.params["post_logout_redirect_uri"] == "http://testserver/sign-in?out=1"
    assert browser.get("/account").headers["Location"].startswith("/sign-in")


def signed_out(logout_token: str) -> int:
    with TestClient(app) as provider_itself:
        return provider_itself.post("/sign-in/sso/signed-out", data={"logout_token": logout_token}).status_code


@pytest.mark.parametrize("said", [{}, {"sid": "a"}, {"sid": "a", "sub": None}, {"typ": None}])
def test_whom_the_provider_signs_out_is_signed_out_here(
    idp: Provider, browser: TestClient, said: dict[str, Any]
) -> None:
    idp.person["sid"] = "a"
    arrive(browser)
    with TestClient(app) as by_password:
        by_password.post("/sign-in", data={"user": "chen", "password": PASSWORD})
        assert signed_out(idp.logout_token(**said)) == 200
        assert by_password.get("/account").status_code == 200  # the provider knows nothing of that
    assert browser.get("/account").headers["Location"].startswith("/sign-in")
    with unit_of_work() as session:
        last = audit.entries_of(session, "user", "chen")[0]
    assert (last.action, last.actor, last.detail) == ("sign_out", None, {"by": "ACME"})


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"jti": None},
        {"sub": None},
        {"sub": 7},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": True}},
        {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
        {"nonce": "of a sign-in"},
        {"typ": "at+jwt"},
    ],
)
def test_a_word_on_signing_out_that_does_not_hold_ends_nothing(
    idp: Provider, browser: TestClient, lies: dict[str, Any]
) -> None:
    arrive(browser)
    assert signed_out(idp.logout_token(**lies)) == 400
    assert who(browser) == "chen"


def test_only_the_provider_can_say_so_and_of_whom_it_means(idp: Provider, browser: TestClient) -> None:
    idp.person["sid"] = "a"
    arrive(browser)
    head, body, signature = idp.logout_token().split(".")
    for forged in ("", "x", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}", f"eyJhbGciOiJub25lIn0.{body}."):
        assert signed_out(forged) == 400
    assert signed_out(idp.logout_token(sid="b")) == 200
    assert signed_out(idp.logout_token(sub="s-2")) == 200
    assert who(browser) == "chen"


def test_a_word_that_is_sent_again_ends_no_later_session(idp: Provider, browser: TestClient) -> None:
    arrive(browser)
    assert signed_out(idp.logout_token(iat=int(time.time()) - 2 * oidc.LEEWAY)) == 200
    assert who(browser) == "chen"


def test_behind_a_proxy_the_public_address_counts(idp: Provider, browser: TestClient, setting: Set) -> None:
    setting(base_url="https://crm.example.com/")
    browser.get("/sign-in/sso")
    there = browser.get("/sign-in/sso").headers["Location"]
    assert httpx.URL(there).params["redirect_uri"] == "https://crm.example.com/sign-in/sso/back"


def test_without_passwords_one_administrator_may_still_use_theirs(
    idp: Provider, browser: TestClient, setting: Set
) -> None:
    setting(password_sign_in="false", emergency_user="demo")
    answer = browser.post("/sign-in", data={"user": "chen", "password": PASSWORD})
    assert answer.status_code == 401
    assert "No passwords are taken here. Sign in with ACME." in answer.text
    assert browser.get("/api/v1/me", auth=("chen", PASSWORD)).status_code == 401
    assert browser.post("/sign-in", data={"user": "demo", "password": PASSWORD}).status_code == 303
    browser.cookies.clear()
    idp.person["preferred_username"] = "demo"
    refused(arrive(browser), "cannot be used", 403)


def test_a_provider_that_is_away_is_told_of(idp: Provider, browser: TestClient, setting: Set) -> None:
    setting(oidc_issuer="http://127.0.0.1:9")
    answer = browser.get("/sign-in/sso")
    assert answer.status_code == 502
    assert "cannot be asked" in answer.text
    assert 'name="password"' in answer.text


def test_where_no_provider_is_set_there_is_no_such_page(people: None) -> None:
    with TestClient(app, follow_redirects=False) as browser:
        assert browser.get("/sign-in/sso").status_code == 404
        assert "/sign-in/sso" not in browser.get("/sign-in").text
