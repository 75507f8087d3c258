"""The doctor: what it finds is told with advice, summed up, and a fault fails the command."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from process_server import doctor
from process_server.doctor import FAULT, OK, WARNING, Finding
from process_server.errors import NotFound


@pytest.mark.parametrize(
    ("states", "said", "code"),
    [
        ([OK, OK], "Everything is well.", 0),
        ([OK, WARNING], "To look at: 1.", 0),
        ([FAULT, WARNING, WARNING, FAULT], "Wrong: 2, to look at: 2.", 1),
    ],
)
def test_it_sums_up_what_it_found(states: list[str], said: str, code: int) -> None:
    written = io.StringIO()
    findings = [Finding(f"part {number}", state, "as it is", "do this") for number, state in enumerate(states)]
    assert doctor.show(Console(file=written, width=100), findings) == code
    lines = written.getvalue().splitlines()
    assert lines[-1] == said
    assert sum("-> do this" in line for line in lines) == len(states)


def test_a_check_that_fails_is_itself_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def folder_of_forms() -> Iterator[Finding]:
        yield Finding("forms", OK, "3")
        raise NotFound(kind="folder of processes", id="/nowhere")

    def disk() -> Iterator[Finding]:
        raise OSError("gone\nand more")
        yield

    monkeypatch.setattr(doctor, "CHECKS", [folder_of_forms, disk])
    found = [(each.what, each.state, each.detail) for each in doctor.examine()]
    assert found == [
        ("forms", OK, "3"),
        ("folder of forms", FAULT, "There is no folder of processes /nowhere."),
        ("disk", FAULT, "gone"),
    ]
