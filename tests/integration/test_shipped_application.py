"""The shipped process application goes into a server without a remark, once."""

from pathlib import Path

import pytest

from process_server.application import read_files
from process_server.bpmn.commands.deploy import deploy
from process_server.db import Session
from process_server.identity.organisation import load_organisation

FOLDER = Path(__file__).parents[2] / "processes"


@pytest.mark.requirement("PE-01")
def test_the_shipped_application_deploys_without_a_remark_and_only_once(session: Session) -> None:
    load_organisation(session, FOLDER / "organisation.toml")
    first = deploy(session, read_files([FOLDER]), name="crm")
    assert first.warnings == []
    assert {process["key"] for process in first.processes} == {
        "lead_to_cash",
        "lead_assignment",
        "quote_approval",
        "contract_approval",
        "complaint",
    }
    assert all(made["new"] for made in first.processes + first.decisions + first.forms)
    again = deploy(session, read_files([FOLDER]), name="crm")
    assert not again.changed
    assert not any(made["new"] for made in again.processes + again.decisions + again.forms)
