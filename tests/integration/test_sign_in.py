"""Signing in: passwords, browsers, tokens, and what a request costs."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import select

from process_server import clock, config, db
from process_server.clock import now
from process_server.db import Session, unit_of_work
from process_server.embedded.broker import Broker
from process_server.errors import InvalidInput, NotAllowed, NotAuthenticated, NotFound, TooManyRequests
from process_server.identity import accounts, attempts, passwords, sign_in, tokens, users
from process_server.identity.audit import entries_of
from process_server.identity.models import ApiToken, Group, WebSession
from tests.statements import statements

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    attempts._limiters.cache_clear()


def a_user(session: Session, user_id: str = "chen", groups: tuple[str, ...] = ()) -> None:
    for group in groups:
        session.add(Group(id=group, name=group))
    session.flush()
    users.create_user(session, user_id, "陈静", password=PASSWORD, groups=groups)


def test_the_right_password_signs_in(session: Session) -> None:
    a_user(session)
    assert sign_in.authenticate(session, "chen", PASSWORD).name == "陈静"


@pytest.mark.parametrize(
    ("user_id", "password"), [("chen", "wrong"), ("nobody", PASSWORD), ("chen", ""), ("che\0n", PASSWORD)]
)
def test_a_wrong_one_does_not(session: Session, user_id: str, password: str) -> None:
    a_user(session)
    with pytest.raises(NotAuthenticated):
        sign_in.authenticate(session, user_id, password)


def test_an_unknown_user_costs_a_hash_as_well(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    verify = passwords._hasher.verify
    monkeypatch.setattr(type(passwords._hasher), "verify", lambda _, *a: verified.append(a) or verify(*a))
    with pytest.raises(NotAuthenticated):
        sign_in.authenticate(session, "nobody", PASSWORD)
    assert len(verified) == 1


def test_a_user_without_a_password_cannot_sign_in_by_one(session: Session) -> None:
    users.create_user(session, "machine", "接口")
    for password in ("", "the password of nobody"):
        with pytest.raises(NotAuthenticated):
            sign_in.authenticate(session, "machine", password)


def test_the_eleventh_failure_has_to_wait(session: Session) -> None:
    a_user(session)
    for _ in range(10):
        with pytest.raises(NotAuthenticated):
            sign_in.authenticate(session, "chen", "wrong", "10.0.0.1")
    with pytest.raises(TooManyRequests) as caught:
        sign_in.authenticate(session, "chen", PASSWORD, "10.0.0.1")
    assert 0 < caught.value.params["seconds"] <= 300


def test_guessing_from_elsewhere_does_not_lock_a_person_out(session: Session) -> None:
    a_user(session)
    for _ in range(20):
        attempts.fail("chen", "203.0.113.9")
    with pytest.raises(TooManyRequests):
        sign_in.authenticate(session, "chen", PASSWORD, "203.0.113.9")
    assert sign_in.authenticate(session, "chen", PASSWORD, "10.0.0.2")


def test_guessing_from_everywhere_has_an_end(session: Session) -> None:
    a_user(session)
    for number in range(200):
        attempts.fail("chen", f"203.0.113.{number}")
    with pytest.raises(TooManyRequests):
        sign_in.authenticate(session, "chen", PASSWORD, "10.0.0.2")


def test_success_forgets_the_failures_of_the_user(session: Session) -> None:
    a_user(session)
    for _ in range(3):
        for _ in range(9):
            attempts.fail("chen", "10.0.0.1")
        sign_in.authenticate(session, "chen", PASSWORD, "10.0.0.1")


def test_an_address_that_tries_many_users_has_to_wait(session: Session) -> None:
    a_user(session)
    for number in range(100):
        attempts.fail(f"user-{number}", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        sign_in.authenticate(session, "chen", PASSWORD, "10.0.0.1")
    assert sign_in.authenticate(session, "chen", PASSWORD, "10.0.0.2")


@pytest.mark.parametrize(
    ("broker", "storage"),
    [
        ("redis+socket:///run/broker.sock?virtual_host=0", "redis+unix:///run/broker.sock"),
        ("redis://broker:6379/0", "redis://broker:6379/0"),
        ("amqp://broker", None),
    ],
)
def test_attempts_are_counted_in_the_broker(broker: str, storage: str | None) -> None:
    assert attempts.storage_uri(broker) == storage


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker of its own, as the server starts one."""
    made = Broker(tmp_path)
    made.prepare()
    process = subprocess.Popen(made.command(), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not made.ready() and time.monotonic() < deadline:
            time.sleep(0.02)
        monkeypatch.setenv("BROKER_URL", made.url())
        config.settings.cache_clear()
        attempts._limiters.cache_clear()
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)
        config.settings.cache_clear()
        attempts._limiters.cache_clear()


def test_attempts_count_in_every_process(broker: None) -> None:
    for _ in range(10):
        attempts.fail("chen", "10.0.0.1")
        attempts._limiters.cache_clear()  # each in a process of its own
    with pytest.raises(TooManyRequests):
        attempts.check("chen", "10.0.0.1")
    attempts.succeed("chen", "10.0.0.1")
    attempts._limiters.cache_clear()
    attempts.check("chen", "10.0.0.1")


def test_a_broker_that_is_away_does_not_stop_signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    away = FixedWindowRateLimiter(RedisStorage("redis+unix:///nowhere.sock", wrap_exceptions=True))
    own = attempts._limiters()[1]
    monkeypatch.setattr(attempts, "_limiters", lambda: (away, own))
    attempts.check("chen", "10.0.0.1")
    for _ in range(10):
        attempts.fail("chen", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        attempts.check("chen", "10.0.0.1")


def test_basic_credentials_again_cost_nothing(session: Session) -> None:
    a_user(session, groups=("sales",))
    first = sign_in.authenticate_basic(session, "chen", PASSWORD)
    with statements(db.engine()) as seen:
        assert sign_in.authenticate_basic(session, "chen", PASSWORD) == first
    assert seen == []
    assert first.groups == {"sales"}


def test_a_wrong_password_is_wrong_though_the_right_one_is_known(session: Session) -> None:
    a_user(session)
    sign_in.authenticate_basic(session, "chen", PASSWORD)
    with pytest.raises(NotAuthenticated):
        sign_in.authenticate_basic(session, "chen", "wrong")


def test_a_changed_password_ends_the_old_one_at_once(session: Session) -> None:
    a_user(session)
    sign_in.authenticate_basic(session, "chen", PASSWORD)
    users.change_password(session, "chen", "another one", actor="chen")
    with pytest.raises(NotAuthenticated):
        sign_in.authenticate_basic(session, "chen", PASSWORD)
    assert sign_in.authenticate_basic(session, "chen", "another one")


def test_a_password_changed_by_another_process_ends_the_old_one(session: Session) -> None:
    a_user(session)
    sign_in.authenticate_basic(session, "chen", PASSWORD)
    users.find(session, "chen").password_hash = passwords.hash_password("another one")
    session.flush()
    accounts._cache.clear()  # its time has passed
    with pytest.raises(NotAuthenticated):
        sign_in.authenticate_basic(session, "chen", PASSWORD)


def test_a_locked_user_is_out_everywhere(session: Session) -> None:
    a_user(session)
    sign_in.authenticate_basic(session, "chen", PASSWORD)
    cookie, _ = sign_in.open_session(session, users.find(session, "chen"))
    _, secret = tokens.create_token(session, "chen", "script")
    tokens.authenticate_token(session, secret)
    users.set_active(session, "chen", False, actor="demo")
    with pytest.raises(NotAuthenticated):
        sign_in.authenticate_basic(session, "chen", PASSWORD)
    with pytest.raises(NotAuthenticated):
        tokens.authenticate_token(session, secret)
    assert sign_in.find_session(session, cookie) is None


@pytest.mark.parametrize("password", ["short", " " * 9])
def test_a_short_password_is_refused(session: Session, password: str) -> None:
    a_user(session)
    with pytest.raises(InvalidInput) as caught:
        users.change_password(session, "chen", password, actor="chen")
    assert caught.value.problems[0]["params"]["minimum"] == 8


def test_a_browser_stays_signed_in_while_it_is_used(session: Session) -> None:
    a_user(session, groups=("sales",))
    cookie, csrf = sign_in.open_session(session, users.find(session, "chen"))
    for _ in range(3):
        with clock.travel(timedelta(hours=11)):
            found = sign_in.find_session(session, cookie)
            assert found is not None
            assert found.principal.groups == {"sales"}
            assert found.csrf == csrf
    with clock.travel(timedelta(hours=22)):
        assert sign_in.find_session(session, cookie) is not None
    with clock.travel(timedelta(hours=35)):
        assert sign_in.find_session(session, cookie) is None


def test_a_browser_costs_one_statement(session: Session) -> None:
    a_user(session)
    cookie, _ = sign_in.open_session(session, users.find(session, "chen"))
    with statements(db.engine()) as seen:
        sign_in.find_session(session, cookie)
    assert len(seen) == 1


def test_the_cookie_itself_is_stored_nowhere(session: Session) -> None:
    a_user(session)
    cookie, _ = sign_in.open_session(session, users.find(session, "chen"))
    assert cookie.encode() not in session.scalars(select(WebSession.token_hash)).one()


def test_signing_out_ends_the_session(session: Session) -> None:
    a_user(session)
    cookie, _ = sign_in.open_session(session, users.find(session, "chen"))
    sign_in.close_session(session, cookie)
    assert sign_in.find_session(session, cookie) is None


def test_a_new_password_signs_other_browsers_out(session: Session) -> None:
    a_user(session)
    chen = users.find(session, "chen")
    here, _ = sign_in.open_session(session, chen)
    there, _ = sign_in.open_session(session, chen)
    found = sign_in.find_session(session, here)
    assert found is not None
    users.change_password(session, "chen", "another one", actor="chen", keep_session=found.token_hash)
    assert sign_in.find_session(session, here) is not None
    assert sign_in.find_session(session, there) is None


def test_a_form_needs_the_secret_of_its_session(session: Session) -> None:
    a_user(session)
    cookie, csrf = sign_in.open_session(session, users.find(session, "chen"))
    found = sign_in.find_session(session, cookie)
    assert found is not None
    sign_in.check_csrf(found, csrf)
    for sent in (None, "", "wrong", "错"):
        with pytest.raises(NotAllowed):
            sign_in.check_csrf(found, sent)


def test_a_token_speaks_for_its_user_within_its_scopes(session: Session) -> None:
    a_user(session)
    token, secret = tokens.create_token(session, "chen", "script", scopes=["tasks", "processes:read"])
    principal = tokens.authenticate_token(session, secret)
    assert secret.startswith("ps_")
    assert secret.encode() not in token.token_hash
    assert principal.user_id == "chen"
    assert principal.allows("tasks:write")
    assert principal.allows("processes:read")
    assert not principal.allows("processes:write")
    with pytest.raises(NotAllowed):
        principal.require_scope("admin")


def test_a_token_seen_again_costs_nothing(session: Session) -> None:
    a_user(session)
    _, secret = tokens.create_token(session, "chen", "script")
    tokens.authenticate_token(session, secret)
    with statements(db.engine()) as seen:
        tokens.authenticate_token(session, secret)
    assert seen == []
    assert session.scalars(select(ApiToken.last_used_at)).one() is not None


def test_a_token_ends_by_time_or_by_hand(session: Session) -> None:
    a_user(session)
    _, short = tokens.create_token(session, "chen", "short", expires_at=now() + timedelta(days=1))
    token, secret = tokens.create_token(session, "chen", "script")
    chen = tokens.authenticate_token(session, secret)
    tokens.authenticate_token(session, short)
    with clock.travel(timedelta(days=2)), pytest.raises(NotAuthenticated):
        tokens.authenticate_token(session, short)
    assert [each.name for each in tokens.tokens_of(session, "chen")] == ["script", "short"]
    tokens.revoke_token(session, token.id, chen)
    with pytest.raises(NotAuthenticated):
        tokens.authenticate_token(session, secret)
    assert {each.action for each in entries_of(session, "user", "chen")} == {"create_token", "revoke_token"}


def test_nobody_revokes_the_token_of_somebody_else(session: Session) -> None:
    a_user(session)
    users.create_user(session, "wang", "王", password=PASSWORD)
    token, _ = tokens.create_token(session, "chen", "script")
    with pytest.raises(NotFound):
        tokens.revoke_token(session, token.id, sign_in.authenticate_basic(session, "wang", PASSWORD))


def test_what_is_rolled_back_is_not_remembered(database: str) -> None:
    with unit_of_work() as session:
        users.create_user(session, "zhao", "赵", password=PASSWORD)
    with unit_of_work() as session:
        sign_in.authenticate_basic(session, "zhao", PASSWORD)
    with suppress(NotFound), unit_of_work() as session:
        users.change_password(session, "zhao", "another one", actor="zhao")
        users.find(session, "nobody")
    with unit_of_work() as session:
        assert sign_in.authenticate_basic(session, "zhao", PASSWORD)
