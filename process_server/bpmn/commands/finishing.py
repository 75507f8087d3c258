"""Letting the token of a decided task go on, and writing what that did."""

from collections.abc import Mapping
from typing import Any

from process_server import clock
from process_server.bpmn.commands.locked import LockedTask
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running


def finish(
    conductor: Conductor,
    running: Running,
    task: LockedTask,
    values: Mapping[str, Any],
    outcome: str | None,
    by: str,
    on_behalf_of: str | None = None,
) -> None:
    """Complete a task whose decision has been checked. Signers added to it who did not decide are cancelled."""
    running.execution.complete(task.id, values, actor=by, outcome=outcome, on_behalf_of=on_behalf_of)
    conductor.completed_task = {
        "id": task.id,
        "completed_by": by,
        "completed_at": clock.now(),
        "outcome": outcome,
        "assignee": task.assignee or by,
        "on_behalf_of": on_behalf_of,
        "with_signers": task.signers,
    }
    conductor.settle()
