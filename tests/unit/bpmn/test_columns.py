"""Where in its line a problem stands."""

import pytest

from process_server.bpmn.deployment.columns import with_columns
from process_server.errors import Problem

TEXT = '<a>\n  <b x="1" id="one"/><b id="两"/>\n\tplain'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("line", "element", "column"),
    [(1, None, 1), (2, "one", 3), (2, "两", 22), (2, "other", 3), (3, None, 2), (9, None, None), (None, "one", None)],
)
def test_a_problem_begins_where_its_element_does(
    encoding: str, line: int | None, element: str | None, column: int | None
) -> None:
    problem = Problem(code="x", severity="error", message="", file="a.bpmn", element=element, line=line)
    (found,) = with_columns([problem], {"a.bpmn": TEXT.encode(encoding)})
    assert found.get("column") == column


def test_what_is_known_already_stays_and_no_file_means_no_column() -> None:
    known = Problem(code="x", severity="error", message="", file="a.bpmn", line=1, column=7)
    elsewhere = Problem(code="x", severity="error", message="", file="b.bpmn", line=1)
    found = with_columns([known, elsewhere], {"a.bpmn": b"<a/>"})
    assert [each.get("column") for each in found] == [7, None]
