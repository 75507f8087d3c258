"""What an identity provider says is believed only as far as it holds: its signature, for whom, of which sign-in."""

import time
from collections.abc import Iterator

import httpx
import pytest

from process_server import config
from process_server.errors import ProviderFailed, SignInRefused
from process_server.identity import oidc
from tests.identity_provider import CLIENT, SECRET, Provider, provider

BACK = "http://testserver/sign-in/sso/back"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def idp(running: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, as honest as on the first day; the server knows it."""
    running.lies, running.shown_keys, running.algorithm = {}, None, "RS256"
    for name, value in {"ISSUER": running.address, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"PROCESS_SERVER_OIDC_{name}", value)
    config.settings.cache_clear()
    oidc.forget()
    yield running
    monkeypatch.undo()
    config.settings.cache_clear()


def leave() -> tuple[oidc.Trip, str]:
    """Sign in at the provider; return what was taken along and the code."""
    trip = oidc.new_trip()
    back = httpx.get(oidc.address_to_sign_in(trip, BACK)).headers["Location"]
    return trip, httpx.URL(back).params["code"]


def test_what_holds_is_believed(idp: Provider) -> None:
    arrival = oidc.arrive(*leave(), BACK)
    assert (arrival.issuer, arrival.subject) == (idp.address, "s-1")


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another client"}, "aud"),
        ({"aud": [CLIENT, "another client"]}, "azp"),
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"exp": int(time.time()) - 120}, "expired"),
        ({"iat": int(time.time()) + 86_400}, "future"),
        ({"sub": 1}, "sub"),
        ({"at_hash": "of another token"}, "at_hash"),
    ],
)
def test_an_id_token_that_does_not_hold_is_refused(idp: Provider, lie: dict[str, object], words: str) -> None:
    idp.lies = lie
    with pytest.raises(SignInRefused, match=words):
        oidc.arrive(*leave(), BACK)


def test_a_signature_by_an_unknown_key_is_refused(idp: Provider) -> None:
    idp.shown_keys = idp.keys
    idp.change_key()
    with pytest.raises(SignInRefused, match="No key"):
        oidc.arrive(*leave(), BACK)


def test_a_signature_by_another_key_of_the_same_name_is_refused(idp: Provider) -> None:
    known = idp.keys[0]
    idp.change_key()
    idp.shown_keys = [type(known).import_key(known.as_dict(private=True) | {"kid": idp.keys[0].kid})]
    with pytest.raises(SignInRefused, match="bad_signature"):
        oidc.arrive(*leave(), BACK)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_signature_made_with_the_secret_of_both_or_none_is_refused(idp: Provider, algorithm: str) -> None:
    idp.algorithm = algorithm
    with pytest.raises(SignInRefused):
        oidc.arrive(*leave(), BACK)


def test_signatures_of_other_kinds_are_known(idp: Provider) -> None:
    idp.algorithm = "PS256"
    assert oidc.arrive(*leave(), BACK).subject == "s-1"


def test_a_key_the_provider_has_changed_is_asked_for(idp: Provider) -> None:
    oidc.arrive(*leave(), BACK)
    idp.change_key()
    assert oidc.arrive(*leave(), BACK).subject == "s-1"


def test_a_stolen_code_is_worth_nothing_without_its_verifier(idp: Provider) -> None:
    _, code = leave()
    with pytest.raises(SignInRefused, match="this code is not valid"):
        oidc.arrive(oidc.new_trip(), code, BACK)


def test_a_code_is_worth_something_once(idp: Provider) -> None:
    trip, code = leave()
    oidc.arrive(trip, code, BACK)
    with pytest.raises(SignInRefused):
        oidc.arrive(trip, code, BACK)


def test_a_provider_that_bears_another_name_is_not_believed(idp: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESS_SERVER_OIDC_ISSUER", idp.address.replace("127.0.0.1", "localhost"))
    config.settings.cache_clear()
    with pytest.raises(ProviderFailed, match="calls itself"):
        oidc.metadata()


def test_a_provider_without_encryption_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESS_SERVER_OIDC_ISSUER", "http://login.example.com")
    with pytest.raises(ValueError, match="https"):
        config.Settings()
