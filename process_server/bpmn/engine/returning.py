"""What a token remembers that was returned to an earlier step and goes on where it came from."""

from process_server.bpmn.engine.workflow import Token


def jump_back(token: Token) -> None:
    """The activity a token was returned to is done: begin again where it was returned from."""
    mark = token.internal_data["resume"]
    run = token.run_
    begun = run.spawn(token.workflow, token.workflow.spec.task_specs[mark["path"][0]])
    mark_entry(begun, mark["path"][1:], mark["assignee"])
    if mark["then"] is not None:
        begun.internal_data["resume"] = mark["then"]


def mark_entry(token: Token, path: list[str], assignee: str | None) -> None:
    """Say where inside a subprocess a token goes on, and whose the work at the end of the way is."""
    if path:
        token.internal_data["entry"] = [path, assignee]
    elif assignee is not None:
        token.internal_data["assignee"] = assignee
