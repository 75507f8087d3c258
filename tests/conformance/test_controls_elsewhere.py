"""Every control opens in form-js as it is, without our widgets: stored forms stay files of any modeler."""

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from process_server import values
from process_server.forms.controls import CONTROLS
from process_server.forms.rendering import initial_data, render
from tests.conformance.test_form_viewer import ESBUILD, FRONTEND
from tests.unit.forms.factories import form
from tests.unit.forms.test_controls import Known

pytestmark = pytest.mark.browser


def test_every_control_opens_in_a_viewer_that_does_not_know_it(tmp_path: Path, browser: Browser) -> None:
    if not ESBUILD.exists():
        pytest.skip("needs the frontend's packages")
    bundle = tmp_path / "viewer.js"
    entry = Path(__file__).with_name("form_viewer.js")
    environment = {**os.environ, "NODE_PATH": str(FRONTEND / "node_modules")}
    command = [ESBUILD, entry, "--bundle", f"--outfile={bundle}", "--log-level=error"]
    subprocess.run(command, check=True, env=environment)
    given = []
    for control in CONTROLS.values():
        schema = form(control.new("x", "en"))
        held = {"x": control.valid[0].kept} if control.valid else {}
        shown = render(schema, language="en", data=held, lookup=Known())
        given.append({"schema": shown, "variables": initial_data(schema, held), "typed": {}})
    page = browser.new_page()
    page.add_script_tag(path=bundle)
    opened = page.evaluate("text => fillAll(JSON.parse(text)).then((all) => all.length)", values.encode(given).decode())
    page.close()
    assert opened == len(CONTROLS)
