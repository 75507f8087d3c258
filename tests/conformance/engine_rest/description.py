"""Answers held to a description of Camunda's API: the file named by CAMUNDA_OPENAPI; without one nothing is checked."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from httpx import Response

FILE = os.environ.get("CAMUNDA_OPENAPI")
ANYWHERE = {400, 401, 403, 404, 405, 413, 429, 500}
"""Statuses of errors: what is described is which operations name them, ours may be refused for more reasons."""

OPTIONAL = {"variables", "details", "@class"}
"""Keys that Camunda itself leaves out, where nothing asks for them. All others are there, if only to be null."""

DATE = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$"


def check(method: str, path: str, answer: Response) -> None:
    """Fail where an answer is not as described."""
    operation = _operation(method, path) if FILE else None
    if operation is None:
        return
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        assert answer.status_code in ANYWHERE, f"{method} {path} answers {answer.status_code}, which is not described"
        described = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ExceptionDto"}}}}
    schemas = {kind: each.get("schema", {}) for kind, each in described.get("content", {}).items()}
    if answer.status_code == 204:
        assert not answer.content
    elif "application/json" in schemas and answer.content:
        assert answer.headers["Content-Type"] == "application/json" or len(schemas) > 1
        if (
            answer.headers["Content-Type"] == "application/json"
            and schemas["application/json"].get("format") != "binary"
        ):
            _validator(json.dumps(schemas["application/json"])).validate(answer.json())


@cache
def document() -> dict[str, Any]:
    """Return the description."""
    return _as_json_schema(json.loads(Path(FILE or "").read_text()))


@cache
def _patterns() -> list[tuple[int, re.Pattern[str], dict[str, Any]]]:
    """Return the described addresses, those with the fewest parameters first."""
    found = [
        (path.count("{"), re.compile(re.sub(r"\\\{.+?\\\}", "[^/]+", re.escape(path))), operations)
        for path, operations in document()["paths"].items()
    ]
    return sorted(found, key=lambda each: each[0])


def _operation(method: str, path: str) -> dict[str, Any] | None:
    path = path.partition("?")[0].removeprefix("/engine/default")
    for _, pattern, operations in _patterns():
        if pattern.fullmatch(path) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    return None


@cache
def _validator(schema: str) -> Any:
    whole = {**json.loads(schema), "components": document()["components"]}
    return jsonschema.Draft202012Validator(whole)


def _as_json_schema(item: Any) -> Any:
    """Say in JSON Schema what OpenAPI 3.0 says: null by a keyword, and what is described as a must."""
    if isinstance(item, list):
        return [_as_json_schema(each) for each in item]
    if not isinstance(item, dict):
        return item
    made = {name: _as_json_schema(each) for name, each in item.items() if name != "nullable"}
    if isinstance(item.get("properties"), dict) and item.get("type") == "object":
        made["required"] = sorted(set(item["properties"]) - OPTIONAL)
    if item.get("format") == "date-time":
        made["pattern"] = DATE
    if item.get("nullable") is True and ("type" in item or "allOf" in item):
        return {"anyOf": [made, {"type": "null"}]}
    return made
