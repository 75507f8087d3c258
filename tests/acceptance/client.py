"""Somebody who speaks to the API in a test."""

from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

PASSWORD = "correct horse"


class Client:
    """Somebody who speaks to the API."""

    def __init__(self, http: TestClient, **headers: str) -> None:
        self.http, self.headers = http, headers

    def call(self, method: str, path: str, expected: int | None = None, **options: Any) -> Any:
        """Send a request; with `expected`, check the status and return what the JSON says."""
        headers = self.headers | options.pop("headers", {})
        response: Response = self.http.request(method, f"/api/v1{path}", headers=headers, **options)
        if expected is None:
            return response
        assert response.status_code == expected, response.text
        return response.json() if response.content else None

    def get(self, path: str, expected: int = 200, **query: Any) -> Any:
        return self.call("GET", path, expected, params=query)

    def post(self, path: str, expected: int = 200, /, **body: Any) -> Any:
        return self.call("POST", path, expected, json=body)

    def deploy(self, files: dict[str, str | bytes], expected: int = 201) -> Any:
        sent = [("files", (name, content)) for name, content in files.items()]
        return self.call("POST", "/deployments", expected, files=sent)

    def error(self, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
        """Send a request that is refused; return the error."""
        answer = self.call(method, path, status, **options)
        assert answer.keys() == {"error"}
        assert answer["error"].keys() == {"code", "message", "params", "problems"}
        error: dict[str, Any] = answer["error"]
        return error
