"""The DMN Technology Compatibility Kit, where a copy of it lies on the machine.

    DMN_TCK=/path/to/tck/TestCases .venv/bin/python -m pytest tests/conformance/test_dmn_tck.py -s

Prints how many cases of each level hold and names those that do not.
"""

import os
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from process_server.errors import ProcessServerError
from process_server.expressions.dmn import DecisionModel, read_decisions
from process_server.expressions.feel.moments import read_temporal
from process_server.expressions.feel.operators import equal
from process_server.expressions.numbers import is_number, to_number
from process_server.values import Months

FOLDER = Path(os.environ.get("DMN_TCK", "/nonexistent"))
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
REQUIRED = {"compliance-level-2": 0.95, "compliance-level-3": 0.8}


def value_of(element: Any) -> Any:
    """Return the value an input or expectation writes as XML."""
    items = element.find("{*}list")
    if items is not None:
        return None if items.get(f"{XSI}nil") == "true" else [value_of(item) for item in items.findall("{*}item")]
    components = element.findall("{*}component")
    if components:
        return {component.get("name"): value_of(component) for component in components}
    value = element.find("{*}value")
    if value is None or value.get(f"{XSI}nil") == "true":
        return None
    return _typed(value.text or "", (value.get(f"{XSI}type") or "").rpartition(":")[2])


def _typed(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    if kind == "boolean" or (not kind and text in ("true", "false")):
        return text == "true"
    if kind in ("date", "time", "dateTime", "duration", "dayTimeDuration", "yearMonthDuration"):
        return read_temporal(text)
    try:
        return to_number(text)
    except ValueError:
        return text


def alike(found: Any, wanted: Any) -> bool:
    """Say whether two values are the same, numbers up to what the kit writes down of them."""
    if is_number(found) and is_number(wanted):
        return abs(Decimal(found) - Decimal(wanted)) <= abs(Decimal(wanted)) * Decimal("1e-8") + Decimal("1e-12")
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(alike, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(alike(found[key], wanted[key]) for key in wanted)
    if isinstance(found, (date, datetime, time, timedelta, Months)):
        return equal(found, wanted) is True
    return type(found) is type(wanted) and bool(found == wanted)


def evaluated(model: DecisionModel, name: str, variables: dict[str, Any]) -> Any:
    """Return the value of the decision of that name; null where it fails."""
    found = next((item for item in model.decisions.values() if item.name == name), None)
    try:
        return model.evaluate(found.id if found else name, variables).value
    except ProcessServerError:
        return None


def differing(test_file: Path) -> tuple[int, list[str]]:
    """Return how many results a test file expects, and those that differ."""
    root = etree.parse(test_file).getroot()
    model_file = test_file.parent / root.findtext("{*}modelName")
    if not model_file.exists():
        return 0, []
    model, _ = read_decisions(model_file.read_bytes(), model_file.name)
    count, wrong = 0, []
    for case in root.findall("{*}testCase"):
        variables = {node.get("name"): value_of(node) for node in case.findall("{*}inputNode")}
        for node in case.findall("{*}resultNode"):
            expected = node.find("{*}expected") if node.find("{*}expected") is not None else node.find("{*}computed")
            wanted = None if expected is None else value_of(expected)
            found = evaluated(model, node.get("name"), variables)
            count += 1
            if not alike(found, wanted):
                wrong.append(
                    f"{test_file.name} {case.get('id')} {node.get('name')}: {wanted!r} expected, {found!r} seen"
                )
    return count, wrong


@pytest.mark.skipif(not FOLDER.is_dir(), reason="DMN_TCK names no folder")
@pytest.mark.parametrize("level", sorted(REQUIRED))
def test_the_kit_holds(level: str) -> None:
    """As many of its cases as we promise."""
    total, wrong = 0, []
    for test_file in sorted((FOLDER / level).rglob("*-test-*.xml")):
        count, differences = differing(test_file)
        total += count
        wrong += differences
    print(f"\n{level}: {total - len(wrong)} of {total}", *wrong, sep="\n")
    assert total
    assert 1 - len(wrong) / total >= REQUIRED[level]
