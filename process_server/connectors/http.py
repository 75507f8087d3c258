"""The topic `http`: call another system over HTTP."""

from decimal import Decimal
from functools import lru_cache
from time import monotonic
from typing import Any, ClassVar, Literal

import httpx
import msgspec
from pydantic import Field, HttpUrl

from process_server import values
from process_server.connectors import reach
from process_server.connectors.contract import Call, Connector, ConnectorError

LARGEST = 1024 * 1024  # bytes of an answer
_AGAIN = {408, 425, 429, 500, 502, 503, 504}  # the other side may answer differently later
_json = msgspec.json.Decoder(float_hook=Decimal)


class Http(Connector):
    """Inputs: `url`, `method`, `headers`, `query`, `body` (JSON unless text), `timeout` (seconds), `accept` (statuses).

    The result is `status`, `headers` (names in lower case) and `body` (JSON where the answer is). A status of 400 and
    above fails the job unless `accept` names it: then the process decides. The request carries the job's id as
    Idempotency-Key, the same on every attempt.
    """

    transactional: ClassVar[bool] = False

    url: HttpUrl
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, Any] = Field(default_factory=dict)
    body: Any = None
    timeout: float = Field(default=30, gt=0, le=120)
    accept: list[int] = Field(default_factory=list)

    def run(self, call: Call) -> dict[str, Any]:
        """Send the request. Raises ConnectorError: permanent unless the other side was away or busy."""
        request = self._request(call)
        until = monotonic() + self.timeout
        try:
            response = _client().send(request, stream=True)
            try:
                content = _read(response, until)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise ConnectorError(f"http: {request.url.host}: {type(error).__name__}: {error}") from error
        if response.status_code >= 400 and response.status_code not in self.accept:
            reason = content[:500].decode(errors="replace")
            raise ConnectorError(
                f"http: {request.url.host} answered {response.status_code}: {reason}",
                permanent=response.status_code not in _AGAIN,
            )
        return {
            "status": response.status_code,
            "headers": dict(response.headers),
            "body": _body(response, content),
        }

    def _request(self, call: Call) -> httpx.Request:
        headers = httpx.Headers({"Idempotency-Key": str(call.key)})
        headers.update(self.headers)
        content: str | bytes | None = self.body
        if self.body is not None and not isinstance(self.body, str):
            content = values.encode(values.show(self.body))
            headers.setdefault("Content-Type", "application/json")
        query = {name: values.show(value) for name, value in self.query.items()}
        return _client().build_request(
            self.method,
            str(self.url),
            params=query or None,
            headers=headers,
            content=content,
            timeout=self.timeout,
        )


def _read(response: httpx.Response, until: float) -> bytes:
    content = b""
    for part in response.iter_bytes():
        content += part
        if monotonic() > until:
            raise httpx.ReadTimeout("the answer does not end")
        if len(content) > LARGEST:
            raise ConnectorError(f"http: the answer is larger than {LARGEST} bytes", permanent=True)
    return content


def _body(response: httpx.Response, content: bytes) -> Any:
    if not content:
        return None
    if "json" in response.headers.get("Content-Type", ""):
        try:
            return _json.decode(content)
        except msgspec.DecodeError as error:
            raise ConnectorError(f"http: the answer is no JSON: {error}", permanent=True) from error
    return content.decode(response.encoding or "utf-8", errors="replace")


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    return reach.client(httpx.Limits(max_connections=50))
