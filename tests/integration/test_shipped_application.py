"""The shipped process application goes into a server without a remark, once."""

import shutil
from pathlib import Path

import pytest

from process_server import setup
from process_server.application import read_files
from process_server.bpmn import queries
from process_server.bpmn.commands import latest
from process_server.bpmn.commands.deploy import deploy
from process_server.config import settings
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


def test_a_new_start_leaves_what_analysts_changed_and_brings_what_changed_in_the_folder(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "processes")
    monkeypatch.setattr(settings(), "processes", folder)
    load_organisation(session, FOLDER / "organisation.toml")
    setup.deploy_shipped(session)
    ours = ["lead_assignment.bpmn", "lead_region.dmn", "new_lead.form"]
    deploy(session, {name: (FOLDER / name).read_bytes() + b"\n" for name in ours}, name="analysts")
    deployments, versions = len(queries.list_deployments(session)), newest(session)
    assert versions == {"lead_assignment": 2, "lead_region": 2, "new_lead": 2, "complaint": 1}
    setup.deploy_shipped(session)
    assert (len(queries.list_deployments(session)), newest(session)) == (deployments, versions)

    (folder / "complaint.bpmn").write_bytes((FOLDER / "complaint.bpmn").read_bytes() + b"\n")
    setup.deploy_shipped(session)
    assert newest(session) == versions | {"complaint": 2}


def newest(session: Session) -> dict[str, int]:
    """Return the newest versions of a decision, a form and two processes."""
    found = {row["key"]: row["version"] for row in queries.list_decisions(session) if row["key"] == "lead_region"}
    found |= {key: latest(session, key).version for key in ("lead_assignment", "complaint")}
    return found | {"new_lead": queries.form_versions(session, "new_lead")[0]["version"]}
