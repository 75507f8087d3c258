"""Every parameter that Camunda describes means something here: one that is let pass would find too much."""

import re
from typing import Any

import pytest

from process_server.api.engine_rest.routes import describe
from tests.conformance.engine_rest import description

MEAN_NOTHING_HERE = {
    *("deserializeValue", "deserializeValues"),  # no value is a serialised object of Java
    *("skipCustomListeners", "skipIoMappings"),  # they never run when something is taken away
    *("withCommentAttachmentInfo", "withTaskVariablesInReturn", "withTaskLocalVariablesInReturn"),  # of a count
    "cascade",  # of a batch: its history is the batch itself
}


def queries(document: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    """Return the names of what each operation takes in its address."""
    return {
        (method, re.sub(r"\{[^}]+\}", "{}", path)): {
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


@pytest.mark.skipif(not description.FILE, reason="CAMUNDA_OPENAPI names no description")
def test_no_documented_parameter_is_let_pass() -> None:
    ours, theirs = queries(describe()), queries(description.document())
    assert len(ours.keys() & theirs.keys()) > 200
    missing = {
        operation: sorted(names)
        for operation in ours.keys() & theirs.keys()
        if (names := theirs[operation] - ours[operation] - MEAN_NOTHING_HERE)
    }
    assert missing == {("get", "/tenant"): missing.get(("get", "/tenant"))}  # there are none to choose from
