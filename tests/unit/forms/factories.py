"""Small forms for tests."""

import json
from typing import Any

from process_server.errors import FieldProblem, InvalidForm, Problem
from process_server.forms.components import FormSchema
from process_server.forms.schema import read_form
from process_server.forms.submission import Submission, validate


def source(*components: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"type": "default", "id": "test-form", "schemaVersion": 19, "components": list(components), **settings}


def reading(*components: dict[str, Any], **settings: Any) -> tuple[FormSchema | None, list[Problem]]:
    return read_form(json.dumps(source(*components, **settings), indent=1).encode(), "test.form")


def form(*components: dict[str, Any]) -> FormSchema:
    schema, problems = reading(*components)
    assert schema is not None, problems
    return schema


def field(type: str, key: str = "x", **settings: Any) -> dict[str, Any]:
    return {"type": type, "key": key, "label": key, **settings}


def submit(components: list[dict[str, Any]], sent: dict[str, Any], **options: Any) -> Submission:
    options.setdefault("variables", {})
    return validate(form(*components), sent, **options)


def problems(components: list[dict[str, Any]], sent: dict[str, Any], **options: Any) -> list[FieldProblem]:
    """Return what is wrong with a submission; nothing when it is valid."""
    try:
        submit(components, sent, **options)
    except InvalidForm as error:
        return error.problems
    return []


def codes(components: list[dict[str, Any]], sent: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    return [(problem["field"], problem["code"]) for problem in problems(components, sent, **options)]
