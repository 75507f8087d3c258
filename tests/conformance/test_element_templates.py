"""The element templates are what Camunda Modeler reads, and offer what the server understands."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest

from process_server.bpmn.approval import Mode, Strategy, Withdraw
from process_server.bpmn.diagram import read_approval, read_sla
from process_server.bpmn.diagram.read_approval import read_approval as read
from process_server.bpmn.diagram.read_sla import read_sla as read_time

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "processes/element-templates"
VALIDATOR = ROOT / "frontend/node_modules/@bpmn-io/element-templates-validator"
FILES = ("camunda-7.json", "camunda-8.json")
OF_A_TASK = {*read_approval._KNOWN, *read_sla._KNOWN, "outcome:variable", "opinion:variable", "approval:reasons:en"}


def properties(file: str, which: int = 0) -> dict[str, dict[str, Any]]:
    template = json.loads((FOLDER / file).read_text("utf-8"))[which]
    found = {entry["binding"].get("name"): entry for entry in template["properties"]}
    found.pop(None, None)
    return found


def values(entry: dict[str, Any]) -> set[str]:
    return {choice["value"] for choice in entry["choices"]} - {""}


@pytest.mark.skipif(not (shutil.which("node") and VALIDATOR.is_dir()), reason="the validator is not installed")
def test_the_modeler_takes_them() -> None:
    script = Path(__file__).with_name("element_templates.mjs")
    command = ["node", str(script), str(VALIDATOR.parents[1]), *(str(FOLDER / file) for file in FILES)]
    assert json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout) == []


@pytest.mark.parametrize("file", FILES)
def test_every_property_is_offered_and_no_other(file: str) -> None:
    assert properties(file).keys() == OF_A_TASK
    assert properties(file, 1).keys() == {"approval:withdraw", "approver:none", "sla:calendar"}


@pytest.mark.parametrize("file", FILES)
def test_every_choice_is_understood_and_none_is_missing(file: str) -> None:
    offered = properties(file)
    assert values(offered["approver:by"]) == set(get_args(Strategy))
    assert values(offered["approval:mode"]) == set(get_args(Mode))
    assert values(properties(file, 1)["approval:withdraw"]) == set(get_args(Withdraw))
    for name, entry in offered.items():
        for value in values(entry) if "choices" in entry else ():
            given = {name: value, "approver:of": "x", "approval:threshold": "1", "outcome:variable": "decision"}
            faults = [*read(given, {})[1], *read_time(given, {})[1]]
            assert [fault for fault in faults if fault.severity == "error"] == [], name


def test_both_say_the_same() -> None:
    seven, eight = (properties(file) for file in FILES)
    assert {name: (entry["label"], entry.get("choices")) for name, entry in seven.items()} == {
        name: (entry["label"], entry.get("choices")) for name, entry in eight.items()
    }


@pytest.mark.parametrize("file", FILES)
def test_what_is_left_empty_says_nothing(file: str) -> None:
    empty = dict.fromkeys(properties(file), "")
    assert read(empty, {}) == (None, [])
    assert read_time(empty, {}) == (None, [])


def test_every_property_is_explained() -> None:
    guide = (ROOT / "docs/approvals.md").read_text("utf-8")
    assert [name for name in sorted(OF_A_TASK) if f"`{name}`" not in guide] == []
