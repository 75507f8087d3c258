"""The server and the form-js viewer agree on random forms: what is wrong, what is kept, how tampering is in vain."""

import copy
import json
import os
import random
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from process_server import values
from process_server.errors import InvalidForm
from process_server.forms.components import FormSchema
from process_server.forms.places import put
from process_server.forms.rendering import initial_data, render
from process_server.forms.schema import read_form
from process_server.forms.submission import Submission, settle, validate
from tests.conformance.random_forms import Generator

pytestmark = pytest.mark.browser

COUNT = int(os.environ.get("RANDOM_FORMS", "60"))
FRONTEND = Path(__file__).parents[2] / "frontend"
ESBUILD = FRONTEND / "node_modules/.bin/esbuild"

TOLD = {
    "Field is required": "required",
    "match pattern": "pattern",
    "minimum value": "min",
    "maximum value": "max",
    "minimum length": "min_length",
    "maximum length": "max_length",
    "phone number": "phone",
    "valid email": "email",
    "be an integer": "integer",
    "decimal digit": "decimal_digits",
    "nearest valid": "increment",
}


def case(seed: int) -> dict[str, Any]:
    generator = Generator(random.Random(seed))
    form = generator.form()
    schema, problems = read_form(json.dumps(form).encode())
    assert schema is not None, problems
    variables = generator.values(form["components"], 0.5)
    typed = generator.values(form["components"], 0.7)
    variables["offered"] = ["a", {"label": "One", "value": 1}]
    shown = render(schema, language="zh-CN", data=variables)
    return {"seed": seed, "form": schema, "schema": shown, "variables": variables, "typed": typed}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Random forms, each with what the viewer made of it."""
    if not ESBUILD.exists():
        pytest.skip("needs the frontend's packages")
    bundle = tmp_path_factory.mktemp("viewer") / "viewer.js"
    entry = Path(__file__).with_name("form_viewer.js")
    subprocess.run(
        [ESBUILD, entry, "--bundle", f"--outfile={bundle}", "--log-level=error"],
        check=True,
        env={**os.environ, "NODE_PATH": str(FRONTEND / "node_modules")},
    )
    made = [case(seed) for seed in range(COUNT)]
    given = [{name: item[name] for name in ("schema", "variables", "typed")} for item in made]
    page = browser.new_page(timezone_id="Asia/Shanghai")
    page.add_script_tag(path=bundle)
    results = page.evaluate("text => fillAll(JSON.parse(text)).then(JSON.stringify)", values.encode(given).decode())
    page.close()
    return list(zip(made, json.loads(results), strict=True))


def server(
    form: FormSchema, sent: dict[str, Any], variables: dict[str, Any]
) -> tuple[Submission | None, dict[str, Any]]:
    try:
        return validate(form, sent, variables=variables), {}
    except InvalidForm as error:
        told: dict[str, list[str]] = {}
        for problem in error.problems:
            told.setdefault(problem["field"], []).append(problem["code"])
        return None, {field: sorted(codes) for field, codes in told.items()}


def code(text: str) -> str:
    return next(code for part, code in TOLD.items() if part in text)


def test_both_find_the_same_problems(cases: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for given, viewer in cases:
        expected = {field: sorted(map(code, texts)) for field, texts in viewer["errors"].items()}
        found = server(given["form"], viewer["data"], given["variables"])[1]
        assert found == expected, f"seed {given['seed']}"
    assert any(viewer["errors"] for _, viewer in cases)


def test_what_was_filled_in_is_what_is_kept(cases: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for given, viewer in cases:
        submission, _ = server(given["form"], viewer["data"], given["variables"])
        if submission is not None:
            kept = initial_data(given["form"], {**given["variables"], **submission.values})
            assert list(differences(viewer["data"], kept)) == [], f"seed {given['seed']}"


def test_tampering_is_in_vain(cases: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    rng = random.Random(1)
    tried = 0
    for given, viewer in cases:
        honest, _ = server(given["form"], viewer["data"], given["variables"])
        if honest is None:
            continue
        tampered = copy.deepcopy(viewer["data"])
        for entry in settle(given["form"], viewer["data"], given["variables"]).entries:
            if entry.lock and not any(isinstance(step, int) for step in entry.place):
                put(tampered, entry.place, rng.choice([99, "tampered", True, ["a"], {"z": 1}]))
                tried += 1
        submission, problems = server(given["form"], tampered, given["variables"])
        assert problems == {}, f"seed {given['seed']}"
        assert submission is not None
        assert submission.values == honest.values, f"seed {given['seed']}"
    assert tried


def differences(sent: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Give the places where what was sent is not what is kept; nothing, null, false and empty are one."""
    if isinstance(sent, dict):
        for name, item in sent.items():
            yield from differences(item, kept.get(name) if isinstance(kept, dict) else None, f"{path}.{name}")
    elif isinstance(sent, list) and sent and isinstance(sent[0], dict):
        for index, item in enumerate(sent):
            there = isinstance(kept, list) and index < len(kept)
            yield from differences(item, kept[index] if there else None, f"{path}.{index}")
    elif plain(sent) != plain(kept):
        yield f"{path}: {sent!r} became {kept!r}"


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(item) for item in value] or None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)).normalize()
    return value or None
