"""Somebody who speaks to /engine-rest in a test."""

from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from tests.conformance.engine_rest import description


class Rest:
    """Somebody who speaks to /engine-rest. With a description of Camunda's API every answer is held to it."""

    def __init__(self, http: TestClient, **headers: str) -> None:
        self.http, self.headers = http, headers

    def call(self, method: str, path: str, expected: int | None = None, **options: Any) -> Any:
        """Send a request; with `expected`, check the status and return what the JSON says."""
        headers = self.headers | options.pop("headers", {})
        response: Response = self.http.request(method, f"/engine-rest{path}", headers=headers, **options)
        description.check(method, path, response)
        if expected is None:
            return response
        assert response.status_code == expected, response.text
        if not response.content:
            return None
        if response.headers["Content-Type"] != "application/json":
            return response.content
        return response.json()

    def get(self, path: str, expected: int = 200, **query: Any) -> Any:
        return self.call("GET", path, expected, params=query)

    def post(self, path: str, expected: int = 200, /, **body: Any) -> Any:
        return self.call("POST", path, expected, json=body)

    def put(self, path: str, expected: int = 204, /, **body: Any) -> Any:
        return self.call("PUT", path, expected, json=body)

    def delete(self, path: str, expected: int = 204, **query: Any) -> Any:
        return self.call("DELETE", path, expected, params=query)

    def error(self, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
        """Send a request that is refused; return the error."""
        answer: dict[str, Any] = self.call(method, path, status, **options)
        assert {"type", "message", "code"} <= answer.keys()
        return answer
