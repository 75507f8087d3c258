"""The timeline of a case: decisions, comments, timers, service work and incidents in one list, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from process_server.bpmn import queries
from process_server.bpmn.queries import Row
from process_server.i18n import gettext_noop
from process_server.tasks import comments, worklist
from process_server.tasks.worklist import TaskRow
from process_server.web import naming
from process_server.web.visit import Visit

LOOKS = {  # element type -> (icon, kind)
    "userTask": ("check", "ok"),
    "startEvent": ("player-play", "accent"),
    "endEvent": ("flag", "accent"),
    "serviceTask": ("settings", ""),
    "sendTask": ("send", ""),
    "scriptTask": ("variable", ""),
    "businessRuleTask": ("route", "calm"),
    "receiveTask": ("mail", "calm"),
    "callActivity": ("subtask", "calm"),
    "boundaryEvent": ("clock-exclamation", "warn"),
    "intermediateCatchEvent": ("hourglass", "calm"),
    "intermediateThrowEvent": ("send", ""),
}
ENDS = {"startEvent", "endEvent"}  # of a called case they are only steps of the case that called it
UNNAMED = {"startEvent": gettext_noop("Case started"), "endEvent": gettext_noop("Case ended")}  # few name these
AUTOMATIC = {"serviceTask", "scriptTask", "businessRuleTask", "intermediateThrowEvent", "callActivity"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `waiting` has not happened yet, `automatic` nobody did; `said` is a person's own text."""

    at: datetime
    icon: str
    kind: str
    what: str
    who: str = ""
    outcome: str = ""
    decision: str = ""
    said: str = ""
    note: str = ""
    waiting: bool = False
    automatic: bool = False


def of_tree(visit: Visit, tree: Sequence[Row]) -> list[Entry]:
    """Return what happened in a case and all it called."""
    ids = [row["id"] for row in tree]
    visits = [row for row in queries.activity_history(visit.session, ids) if row["element_type"] in _SHOWN]
    said = [comment for instance in ids for comment in comments.comments_of(visit.session, instance)]
    names = naming.people(visit, [*(row["actor"] for row in visits), *(comment.author for comment in said)])
    called = {row["id"] for row in tree if row["parent_id"] is not None}
    tasks = {task.id: task for instance in ids for task in worklist.tasks_of_instance(visit.session, instance)}
    entries = [
        _visit(visit, row, names, tasks.get(row["id"]), inner=row["process_instance_id"] in called) for row in visits
    ]
    entries += [
        Entry(comment.created_at, "message", "accent", visit.say("commented"), names[comment.author], said=comment.text)
        for comment in said
    ]
    return sorted(entries, key=lambda entry: (entry.waiting, entry.at), reverse=True)


_SHOWN = {*LOOKS, "manualTask", "timer", "event"}


def _visit(visit: Visit, row: Row, names: dict[str, str], task: TaskRow | None, *, inner: bool) -> Entry:
    name = naming.step(visit, row["definition_id"], row["element_id"])
    if name == row["element_id"] and row["element_type"] in UNNAMED:
        name = visit.say(UNNAMED[row["element_type"]])
    if row["left_at"] is None:
        return Entry(row["entered_at"], "circle-dashed", "accent", name, note=_expected(visit, row), waiting=True)
    symbol, kind = LOOKS.get(row["element_type"], ("point", ""))
    if row["outcome"] == "cancelled":
        symbol, kind = "circle-x", ""
    note = visit.say("cancelled") if row["outcome"] == "cancelled" else ""
    who = names.get(row["actor"] or "", "")
    automatic = row["element_type"] in (AUTOMATIC | ENDS if inner else AUTOMATIC)
    outcome = (task.outcome if task else None) or ""
    decision = naming.decision(visit, row["definition_id"], outcome)
    return Entry(row["left_at"], symbol, kind, name, who, outcome, decision, note=note, automatic=automatic)


def _expected(visit: Visit, row: Row) -> str:
    detail: dict[str, Any] = row["detail"] or {}
    match row["element_type"]:
        case "userTask":
            assignee = detail.get("assignee")
            if not assignee:
                return visit.say("waits for somebody to claim it")
            return visit.say("waits for {name}", name=naming.people(visit, [assignee])[assignee])
        case "timer":
            return visit.say("waits for its time")
        case "event":
            return visit.say("waits for {name}", name=detail.get("name") or visit.say("an event"))
        case _:
            return visit.say("waits for a worker of {topic}", topic=detail.get("topic", ""))
