"""The table of elements names tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "bpmn.md"


def test_every_row_is_backed_by_a_test() -> None:
    tests = {name for file in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)}
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|") and "---" not in line]
    rows = [row for row in rows if not row.startswith("| element |")]
    assert len(rows) > 50
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert set(named) <= tests, set(named) - tests
