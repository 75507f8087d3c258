"""A small OpenID Connect provider over HTTP: real keys, real signatures, PKCE; a test says what it lies about."""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "process-server", "a secret of both"


@dataclass
class Provider:
    """What the provider knows, whom it takes the browser for, and what it says of them."""

    address: str
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1", "preferred_username": "chen"})
    lies: dict[str, Any] = field(default_factory=dict)  # claims that are put into the ID token, however wrong
    algorithm: str = "RS256"  # by HS256 it signs with the secret that the client knows as well, by none not at all
    thin: bool = False  # tells of the person on being asked only
    asked: list[dict[str, str]] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=list)
    shown_keys: list[RSAKey] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.change_key()

    def change_key(self) -> None:
        """Sign with another key from now on."""
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})]

    @property
    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/out",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent after the person has signed in here."""
        self.asked.append(query)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"], "iss": self.address})

    def redeem(self, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Exchange a code, once, for who has the verifier of its challenge and the secret."""
        asked = self.codes.pop(sent.get("code", ""), None)
        if not authorization.startswith("Basic "):
            return 401, {"error": "invalid_client"}
        if asked is None or create_s256_code_challenge(sent["code_verifier"]) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "this code is not valid"}
        access = secrets.token_urlsafe(16)
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(asked["nonce"], access)}

    def id_token(self, nonce: str, access: str) -> str:
        at = int(time.time())
        said = {"sub": self.person["sub"]} if self.thin else self.person
        claims = {"iss": self.address, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": nonce, **said}
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims | self.lies)
            return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
        claims["at_hash"] = create_half_hash(access, self.algorithm).decode()
        key = OctKey.import_key(SECRET) if self.algorithm == "HS256" else self.keys[0]
        header = {"alg": self.algorithm, "kid": self.keys[0].kid}
        return jwt.encode(header, claims | self.lies, key, [self.algorithm])

    def logout_token(self, typ: str | None = "logout+jwt", **lies: Any) -> str:
        """Tell the server itself that a person has signed out here; a claim that is None is left out."""
        at = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": at, "exp": at + 120, "jti": secrets.token_hex(8)}
        claims |= {"sub": self.person["sub"], "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}
        said = {name: value for name, value in (claims | lies).items() if value is not None}
        header = {"alg": "RS256", "kid": self.keys[0].kid} | ({"typ": typ} if typ else {})
        return jwt.encode(header, said, self.keys[0], ["RS256"])


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    server.provider = made  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known: Provider = self.server.provider  # type: ignore[attr-defined]
        url = urlsplit(self.path)
        match url.path:
            case "/.well-known/openid-configuration":
                self._answer(200, known.configuration)
            case "/keys":
                shown = known.keys if known.shown_keys is None else known.shown_keys
                self._answer(200, {"keys": [key.as_dict(private=False) for key in shown]})
            case "/authorize":
                self.send_response(303)
                self.send_header("Location", known.authorize(dict(parse_qsl(url.query))))
                self.end_headers()
            case "/userinfo":
                self._answer(200, known.person)
            case "/out":
                self.send_response(303)
                self.send_header("Location", parse_qs(url.query)["post_logout_redirect_uri"][0])
                self.end_headers()
            case _:
                self._answer(404, {})

    def do_POST(self) -> None:
        known: Provider = self.server.provider  # type: ignore[attr-defined]
        sent = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self._answer(*known.redeem(sent, self.headers.get("Authorization", "")))

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
