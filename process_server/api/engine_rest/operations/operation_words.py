"""What the audit's words are called on the wire."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from process_server.api.engine_rest.wire import dates

ACTIONS = {
    "activate": "Activate",
    "add_signer": "AddUserLink",
    "annotate": "SetAnnotation",
    "approve": "Complete",
    "assign": "Assign",
    "cancel": "Delete",
    "claim": "Claim",
    "clean_history": "CreateHistoryCleanupJobs",
    "delegate": "Delegate",
    "delete": "DeleteHistory",
    "deploy": "Create",
    "fire": "Execute",
    "keep_history": "UpdateHistoryTimeToLive",
    "migrate": "Migrate",
    "modify": "ModifyProcessInstance",
    "recalculate": "Recalculate",
    "reject": "Complete",
    "release": "Assign",
    "remove_signer": "DeleteUserLink",
    "reschedule": "SetDueDate",
    "resolve": "Resolve",
    "restart": "RestartProcessInstance",
    "retry": "Resolve",
    "run": "Execute",
    "set_priority": "SetPriority",
    "set_retries": "SetJobRetries",
    "set_variables": "SetVariables",
    "submit": "Complete",
    "suspend": "Suspend",
    "timeout": "Complete",
    "transfer": "Assign",
}
"""Our actions with Camunda's types of operations; what Camunda has no word for keeps its own."""

ENTITIES = {
    "batch": "Batch",
    "deployment": "Deployment",
    "incident": "Incident",
    "job": "Job",
    "process_definition": "ProcessDefinition",
    "process_instance": "ProcessInstance",
    "timer": "Job",
    "user": "User",
    "user_task": "Task",
}
CATEGORIES = {"user_task": "TaskWorker", "user": "Admin"}
"""Of whose work an operation is; all else is an operator's."""

_PROPERTIES = {"due_at": "dueDate", "follow_up_at": "followUpDate", "priority": "priority", "days": "historyTimeToLive"}


def actions_of(wire_type: str) -> list[str]:
    """Return our actions of a type of operation."""
    return [action for action, name in ACTIONS.items() if name == wire_type] or [wire_type]


def category_of(entity_type: str) -> str:
    """Return whose work it is to do something to such a thing."""
    return CATEGORIES.get(entity_type, "Operator")


def entity_types_of(names: Collection[str] | None = None, categories: Collection[str] | None = None) -> set[str]:
    """Return our types of things that are called so on the wire, or are of such categories there."""
    return {
        kind
        for kind, name in ENTITIES.items()
        if (names is None or name in names) and (categories is None or category_of(kind) in categories)
    }


def changed(action: str, actor: str | None, detail: Mapping[str, Any]) -> dict[str, str | None]:
    """Return which property an operation changed, what it was and what it became, as far as the audit says."""
    match action:
        case "claim":
            return _change("assignee", None, actor)
        case "release":
            return _change("assignee", detail.get("assignee"), None)
        case "suspend" | "activate":
            return _change("suspensionState", None, "suspended" if action == "suspend" else "active")
        case "set_retries":
            return _change("retries", None, detail.get("retries"))
        case "keep_history":
            return _change("historyTimeToLive", None, detail.get("days"))
    before, after = detail.get("before"), detail.get("after")
    if isinstance(after, Mapping) and after:
        name = next(iter(after))
        return _change(_PROPERTIES.get(name, name), (before or {}).get(name), after[name])
    if before is None and after is None:
        return _change(None, None, None)
    return _change("duedate" if isinstance(after, datetime) else "assignee", before, after)


def _change(name: str | None, before: Any, after: Any) -> dict[str, str | None]:
    return {"property": name, "orgValue": _text(before), "newValue": _text(after)}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return dates.written(value) if isinstance(value, datetime) else str(value)
