"""Every kind of batch is done by something, and called something on the pages and on the wire."""

from process_server.api.engine_rest.operations.batches import TYPES
from process_server.bpmn.batches.kinds import WORK
from process_server.bpmn.models import KINDS
from process_server.web.processes import batches


def test_every_kind_is_known_everywhere() -> None:
    assert set(WORK) == set(batches.KINDS) == set(TYPES) == set(KINDS)
