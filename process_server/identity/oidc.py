"""The identity provider: where a browser is sent to sign in, and what the provider says of who came back.

OpenID Connect, the authorization code with PKCE. Nothing here touches the database: to ask the provider takes as long
as the provider likes.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2 import OAuth2Client, OAuth2Error
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from process_server.config import settings
from process_server.errors import ProviderFailed, SignInRefused

TIMEOUT = 10.0  # seconds
LEEWAY = 60  # seconds the provider's clock may be off
# signatures made with a key of the provider's own; HS256 would be made with the secret that we know as well
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_KEPT = 3600  # seconds for which what a provider tells of itself is believed

_log = logging.getLogger(__name__)
_metadata: TTLCache[str, dict[str, Any]] = TTLCache(maxsize=4, ttl=_KEPT)
_keys: TTLCache[str, KeySet] = TTLCache(maxsize=4, ttl=_KEPT)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Trip:
    """What a browser takes along to the provider, and what must come back with it."""

    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whom the provider means: who they are there, all it says of them, and its word for it."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    id_token: str


def offered() -> bool:
    """Say whether people may sign in with a provider."""
    return bool(settings().oidc_issuer)


def new_trip() -> Trip:
    """Return secrets for one sign-in."""
    return Trip(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def address_to_sign_in(trip: Trip, redirect_uri: str) -> str:
    """Return where to send a browser. Raises ProviderFailed."""
    with _client(redirect_uri) as client:
        address, _ = client.create_authorization_url(
            metadata()["authorization_endpoint"],
            state=trip.state,
            nonce=trip.nonce,
            code_verifier=trip.code_verifier,
        )
    return str(address)


def address_to_sign_out(id_token: str | None, back: str) -> str | None:
    """Return where a browser signs out at the provider, to come `back` then; None where there is no such place."""
    try:
        endpoint = metadata().get("end_session_endpoint")
    except ProviderFailed as error:
        _log.warning("%s", error)
        return None
    if not endpoint:
        return None
    sent = {"client_id": settings().oidc_client_id, "post_logout_redirect_uri": back}
    if id_token:
        sent["id_token_hint"] = id_token
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(sent)}"


def arrive(trip: Trip, code: str, redirect_uri: str) -> Arrival:
    """Exchange the code a browser came back with for the provider's word of who it is.

    Raises ProviderFailed where it cannot be asked, SignInRefused where what it says does not hold.
    """
    with _client(redirect_uri) as client:
        answer = _redeem(client, trip, code)
        claims = _checked(answer, trip)
        if _lacks(claims) and (endpoint := metadata().get("userinfo_endpoint")):
            claims = _completed(claims, _fetch(endpoint, f"Bearer {answer['access_token']}"))
    return Arrival(metadata()["issuer"], claims["sub"], claims, answer["id_token"])


def metadata() -> dict[str, Any]:
    """Return what the provider tells of itself. Raises ProviderFailed."""
    issuer = settings().oidc_issuer
    with _lock:
        known = _metadata.get(issuer)
    if known is not None:
        return known
    found = _fetch(get_well_known_url(issuer, external=True))
    try:
        told = OpenIDProviderMetadata(found)
        for check in (told.validate_issuer, told.validate_authorization_endpoint, told.validate_jwks_uri):
            check()
        told.validate_token_endpoint()
    except ValueError as error:
        raise ProviderFailed(reason=str(error)) from error
    if found["issuer"].rstrip("/") != issuer.rstrip("/"):
        raise ProviderFailed(reason=f"it calls itself {found['issuer']}, not {issuer}")
    with _lock:
        _metadata[issuer] = found
    return found


def read_signed(token: str) -> jwt.Token:
    """Return what the provider has signed, nothing else of it checked. Raises JoseError, ValueError, ProviderFailed."""
    try:
        return _decode(token, _key_set())
    except (InvalidKeyIdError, BadSignatureError):  # the provider may have changed its keys
        return _decode(token, _key_set(fresh=True))


def forget() -> None:
    """Ask the provider anew the next time."""
    with _lock:
        _metadata.clear()
        _keys.clear()


class _Client(OAuth2Client):  # type: ignore[misc]
    """Authlib's client upon httpx; closed when done with."""

    def __enter__(self) -> "_Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()


def _client(redirect_uri: str) -> _Client:
    config = settings()
    return _Client(
        httpx.Client(timeout=TIMEOUT),
        config.oidc_client_id,
        config.oidc_client_secret or None,
        scope=config.oidc_scopes,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )


def _redeem(client: _Client, trip: Trip, code: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"code": code, "code_verifier": trip.code_verifier, "auth": httpx.Auth()}
    methods = metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if client.client_secret is None:
        sent["client_id"] = client.client_id
    elif "client_secret_basic" in methods:
        sent["auth"] = httpx.BasicAuth(client.client_id, client.client_secret)
    else:
        sent |= {"client_id": client.client_id, "client_secret": client.client_secret}
    try:
        answer: dict[str, Any] = client.fetch_token(metadata()["token_endpoint"], **sent)
    except OAuth2Error as error:
        raise SignInRefused(reason=error.description or error.error) from error
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderFailed(reason=str(error)) from error
    if not isinstance(answer.get("id_token"), str) or not isinstance(answer.get("access_token"), str):
        raise SignInRefused(reason="it sent no ID token")
    return answer


def _checked(answer: Mapping[str, Any], trip: Trip) -> dict[str, Any]:
    """Return the claims of an ID token that is the provider's, for us, of this sign-in, and still good."""
    id_token = answer["id_token"]
    expected = {
        "iss": {"essential": True, "value": metadata()["issuer"]},
        "aud": {"essential": True, "value": settings().oidc_client_id},
    }
    given = {"nonce": trip.nonce, "client_id": settings().oidc_client_id, "access_token": answer["access_token"]}
    try:
        token = read_signed(id_token)
        claims = CodeIDToken(token.claims, token.header, expected, given)
        claims.validate(leeway=LEEWAY)  # by this machine's clock, however far ours was moved: the provider's is real
    except (JoseError, ValueError) as error:
        raise SignInRefused(reason=str(error)) from error
    return dict(claims)


def _decode(id_token: str, keys: KeySet) -> jwt.Token:
    return jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))


def _key_set(*, fresh: bool = False) -> KeySet:
    address = metadata()["jwks_uri"]
    with _lock:
        known = None if fresh else _keys.get(address)
    if known is not None:
        return known
    found = KeySet.import_key_set(_fetch(address))  # type: ignore[arg-type]
    with _lock:
        _keys[address] = found
    return found


def _lacks(claims: Mapping[str, Any]) -> bool:
    """Say whether the ID token leaves out what we are to know: some providers tell it on being asked only."""
    config = settings()
    wanted = (
        config.oidc_login_claim,
        config.oidc_name_claim,
        config.oidc_email_claim,
        config.oidc_department_claim,
        config.oidc_groups_claim,
    )
    return any(claim and claim not in claims for claim in wanted)


def _completed(claims: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    if told.get("sub") != claims["sub"]:
        raise SignInRefused(reason="it speaks of somebody else when asked who it is")
    return {**told, **claims}


def _fetch(address: str, authorization: str | None = None) -> dict[str, Any]:
    headers = {"Accept": "application/json"} | ({"Authorization": authorization} if authorization else {})
    try:
        answer = httpx.get(address, headers=headers, timeout=TIMEOUT).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderFailed(reason=str(error)) from error
    if not isinstance(answer, dict):
        raise ProviderFailed(reason=f"{address} holds no JSON object")
    return answer
