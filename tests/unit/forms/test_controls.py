"""Every control of the catalogue: its samples, its form-js schema, what is kept of it, and the rules of each."""

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from process_server import values
from process_server.errors import InvalidForm
from process_server.forms.controls import CONTROLS, named
from process_server.forms.controls.control import PALETTES, Control
from process_server.forms.messages import TEXTS
from process_server.forms.rendering import initial_data, render
from process_server.forms.sources import Choice, Lookup
from process_server.forms.submission import validate
from tests.unit.forms.factories import form


class Known(Lookup):
    """Knows everything except nobody."""

    def find(self, name: str, keys: Iterable[str], settings: Mapping[str, str]) -> Mapping[str, Choice]:
        return {key: Choice(key, f"{name} {key}") for key in keys if not key.startswith("nobody")}


def component(control: Control) -> dict[str, Any]:
    return control.new("x", "en")


def kept(control: Control, sent: Any, **options: Any) -> Any:
    return validate(form(component(control)), {"x": sent}, variables={}, lookup=Known(), **options).values.get("x")


VALID = [(control, sample) for control in CONTROLS.values() for sample in control.valid]
INVALID = [(control, *wrong) for control in CONTROLS.values() for wrong in control.invalid]


def named_by(given: Any) -> str | None:
    return given.key if isinstance(given, Control) else None


@pytest.mark.parametrize(("control", "sample"), VALID, ids=named_by)
def test_a_valid_sample_is_kept_and_reads_back_the_same(control: Control, sample: Any) -> None:
    value = kept(control, copy.deepcopy(sample.sent))
    assert value == sample.kept
    assert type(value) is type(sample.kept)
    stored = values.load_json(values.dump_json(value))
    assert stored == sample.kept
    shown = initial_data(form(component(control)), {"x": stored})["x"]
    assert kept(control, shown) == sample.kept, "what the browser is shown is sent back unchanged"


@pytest.mark.parametrize(("control", "sent", "code"), INVALID, ids=named_by)
def test_an_invalid_sample_is_refused_by_name(control: Control, sent: Any, code: str) -> None:
    with pytest.raises(InvalidForm) as refused:
        kept(control, sent)
    problem = refused.value.problems[0]
    assert problem["code"] == code
    assert problem["field"].split(".")[0] == "x"
    assert problem["code"] in TEXTS


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_each_control_is_described_in_both_languages(control: Control) -> None:
    assert {*control.label} == {"zh-CN", "en"}
    assert control.palette in PALETTES
    assert control.icon
    assert all({*item.label} == {"zh-CN", "en"} for item in control.settings)
    json.dumps(control.shape)


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_null_clears_and_nothing_sent_changes_nothing(control: Control) -> None:
    schema = form(component(control))
    held = control.valid[0].kept if control.valid else None
    variables = {"x": held} if held is not None else {}
    unchanged = validate(schema, {}, variables=variables, lookup=Known()).values
    assert unchanged in ({}, {"x": held}) or control.carrier == "expression"
    if held is not None and control.keyed:
        assert validate(schema, {"x": None}, variables=variables, lookup=Known()).values == {"x": None}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_each_control_can_be_shown_read_only(control: Control) -> None:
    schema = form(component(control))
    held = {"x": control.valid[0].kept} if control.valid else {}
    shown = render(schema, language="en", data=held, editable=False, lookup=Known())
    assert shown["components"][0]["type"] == control.carrier


def test_there_are_more_controls_than_thirty_and_each_is_found_by_its_name() -> None:
    assert len(CONTROLS) > 30
    ours = [control for control in CONTROLS.values() if control.ctl]
    assert [named(control.ctl) for control in ours] == ours
