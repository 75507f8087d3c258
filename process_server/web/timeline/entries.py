"""The timeline of a case: everything that happened in it and all it called, in one list, the newest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from process_server.bpmn import queries
from process_server.bpmn.approval import why
from process_server.bpmn.queries import Row
from process_server.forms import case_files
from process_server.i18n.display import instant, shown
from process_server.identity import audit
from process_server.tasks.handling import comments, decisions
from process_server.tasks.handling.decisions import DecisionRow
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.telling import mails
from process_server.web.ground import naming
from process_server.web.ground.naming import Change
from process_server.web.ground.visit import Visit
from process_server.web.timeline.words import ACTS, AUDITED, AUTOMATIC, ENDS, LOOKS, MAILS, MOVES, OPERATED, UNNAMED

_LAST = UUID(int=2**128 - 1)
_DECIDED = frozenset({"returned", "removed"})  # what became of a visit by a decision, which is told itself


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: `who` did `what` at `step`. `waiting` has not happened yet; `said` is a person's own text."""

    at: datetime
    icon: str
    colour: str
    kind: str
    what: str
    who: str = ""
    step: str = ""
    behalf: str = ""
    outcome: str = ""
    decision: str = ""
    said: str = ""
    reason: str = ""
    note: str = ""
    signature: UUID | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    files: list[case_files.CaseFile] = field(default_factory=list)
    waiting: bool = False
    id: UUID | None = None  # of the decision


def of_tree(visit: Visit, tree: Sequence[Row], until: datetime | None = None) -> list[Entry]:
    """Return what happened in a case and all it called; of the comments the last ones, or those up to an instant."""
    found = _Story(visit, tree, until)
    happened = [*found.decided(), *found.visits(), *found.times(), *found.deeds()]
    entries = [*happened, *found.comments(), *found.files(), *found.mails()]
    return sorted(entries, key=lambda entry: (entry.waiting, entry.at), reverse=True)


def decisions_of(visit: Visit, tree: Sequence[Row]) -> list[Entry]:
    """Return what people decided, in time."""
    return list(_Story(visit, tree).decided())


def sentence(visit: Visit, told: DecisionRow) -> str:
    """Say in one sentence who did what."""
    names = naming.people(visit, [told.actor, *told.people])
    return f"{names[told.actor]} {_act(visit, told, names, told.target or '')}"


def _act(visit: Visit, told: DecisionRow, names: Mapping[str, str], target: str) -> str:
    words = ACTS.get(told.action, ("", "", ""))[2]
    people = visit.enumerated(names.get(person, person) for person in told.people)
    if words:
        return visit.say(words, people=people, target=target)
    return visit.say("approved it") if told.action == "approve" else visit.say("rejected it")


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


class _Story:
    """A case with all it called, each thing looked up once."""

    def __init__(self, visit: Visit, tree: Sequence[Row], until: datetime | None = None) -> None:
        self.visit, self.session = visit, visit.session
        self.ids = [row["id"] for row in tree]
        self.called = {row["id"] for row in tree if row["parent_id"] is not None}
        self.initiator: str | None = tree[0]["initiator"] if tree else None
        self.definitions = {row["id"]: row["definition_id"] for row in tree}
        self.tasks = {task.id: task for each in self.ids for task in worklist.tasks_of_instance(self.session, each)}
        self.told = decisions.of_instances(self.session, self.ids)
        held = {each: queries.get_variables(self.session, each) for each in self.ids}
        self.changed = decisions.changes_of(self.session, held)
        before = None if until is None else (until, _LAST)
        self.said = [said for each in self.ids for said in comments.comments_of(self.session, each, before=before)]
        self.sent = case_files.of_instances(self.session, self.ids)
        self.rows = queries.activity_history(self.session, self.ids)
        self.done = audit.entries_of_many(self.session, "user_task", self.tasks)
        self.operated = audit.entries_of_many(self.session, "process_instance", self.ids)
        self.names = naming.people(visit, self._people())

    def _people(self) -> Iterator[str | None]:
        for told in self.told:
            yield from (told.actor, told.on_behalf_of, told.outcome, *told.people)
            values = {name: [before, after] for name, before, after in self.changed.get(told.id, ())}
            yield from naming.chosen(self.visit, self.definitions[told.process_instance_id], values)
        yield from (comment.author for comment in self.said)
        yield from (row["actor"] for row in self.rows)
        yield from ((row["detail"] or {}).get("assignee") for row in self.rows if isinstance(row["detail"], dict))
        yield from (sent.used_by for sent in self.sent)
        yield from (done.actor for done in (*self.done, *self.operated))
        yield self.initiator

    def name(self, person: str | None) -> str:
        """Return what a person is called; nobody for the server itself."""
        return "" if person in (None, "system") else self.names.get(person or "", person or "")

    def step(
        self, instance: UUID, element: str | None, task: TaskRow | None = None, version: UUID | None = None
    ) -> str:
        """Return what a step is called."""
        if element is None:
            return ""
        held = version or (task.definition_id if task else self.definitions[instance])
        return naming.step(self.visit, held, element, task.name if task else None)

    def decided(self) -> Iterator[Entry]:
        """Give what people decided, and what they changed by it."""
        for told in self.told:
            yield self._decision(told, self.changed.get(told.id, []))

    def _decision(self, told: DecisionRow, changed: Iterable[Change]) -> Entry:
        icon, colour, words = ACTS.get(told.action, ("point", "", ""))
        instance = told.process_instance_id
        definition_id = self.definitions[instance]
        people = self.visit.enumerated(self.name(person) for person in told.people)
        target = self.step(instance, told.target)
        decides = told.action in ("approve", "reject", "submit", "resolve", "timeout") and bool(told.outcome)
        told_apart = told.action in ("resolve", "timeout")
        changes = self._changes(definition_id, changed) if told.action not in ("recall", "undo") else []
        return Entry(
            told.at, icon, colour, "decision",
            "" if decides and not told_apart else self.visit.say(words, people=people, target=target),
            self.name(told.actor),
            self.step(instance, told.element_id, self.tasks.get(told.user_task_id) if told.user_task_id else None),
            behalf=self.name(told.on_behalf_of),
            outcome=(told.outcome or "") if decides else "",
            decision=naming.decision(self.visit, definition_id, told.outcome, self.names) if decides else "",
            said=told.opinion or "",
            reason=self._reason(definition_id, told, people),
            signature=told.signature_id,
            changes=changes,
            id=told.id,
        )  # fmt: skip

    def _reason(self, definition_id: UUID, told: DecisionRow, people: str) -> str:
        element = naming.of_version(self.visit, definition_id).program.elements.get(told.element_id or "")
        approval = element.approval if element else None
        return why(approval, told.action, told.reason_code, people, self.visit.language)

    def _changes(self, definition_id: UUID, changed: Iterable[Change]) -> list[tuple[str, str, str]]:
        """Return what fields of forms changed: label, before, after; once what a form and the house both keep."""
        language = self.visit.language
        told = (
            (label, "" if _is_empty(before) else shown(language, before), shown(language, after))
            for label, before, after in naming.changed(self.visit, definition_id, changed, self.names)
            if not (_is_empty(before) and _is_empty(after))
        )
        return list(dict.fromkeys(told))

    def visits(self) -> Iterator[Entry]:
        """Give what the process went through; what people decided is told already."""
        settled = {told.user_task_id for told in self.told if told.action in decisions.SETTLES}
        for row in self.rows:
            decided = row["id"] in settled or row["outcome"] in _DECIDED or "auto" in (row["detail"] or {})
            if row["element_type"] in LOOKS and not (row["left_at"] and decided):
                yield self._visit(row)

    def _visit(self, row: Row) -> Entry:
        kind_of = row["element_type"]
        icon, colour, kind = LOOKS[kind_of]
        instance = row["process_instance_id"]
        name = self.step(instance, row["element_id"], version=row["definition_id"])
        if name == row["element_id"] and kind_of in UNNAMED:
            name = self.visit.say(UNNAMED[kind_of])
        if row["left_at"] is None:
            return Entry(
                row["entered_at"], "circle-dashed", "accent", kind, self._expected(row), step=name, waiting=True
            )
        cancelled = row["outcome"] == "cancelled"
        inner = kind_of in AUTOMATIC or (kind_of in ENDS and instance in self.called)
        return Entry(
            row["left_at"], "circle-x" if cancelled else icon, "" if cancelled else colour,
            "system" if inner or cancelled else kind, self.visit.say("cancelled") if cancelled else "",
            self._who(row), name,
        )  # fmt: skip

    def _who(self, row: Row) -> str:
        """Return who did it: who started the case, where that is what happened."""
        if row["element_type"] == "startEvent" and row["process_instance_id"] not in self.called:
            return self.name(row["actor"] or self.initiator)
        return self.name(row["actor"]) if row["element_type"] in ("userTask", "manualTask") else ""

    def _expected(self, row: Row) -> str:
        detail: dict[str, Any] = row["detail"] or {}
        match row["element_type"]:
            case "userTask":
                assignee = detail.get("assignee")
                if not assignee:
                    return self.visit.say("waits for somebody to claim it")
                return self.visit.say("waits for {name}", name=self.name(assignee))
            case "timer":
                return self.visit.say("waits for its time")
            case "event":
                return self.visit.say("waits for {name}", name=detail.get("name") or self.visit.say("an event"))
            case _:
                return self.visit.say("waits for a worker of {topic}", topic=detail.get("topic", ""))

    def comments(self) -> Iterator[Entry]:
        """Give what people wrote."""
        for each in self.said:
            task = self.tasks.get(each.user_task_id) if each.user_task_id else None
            step = self.step(task.process_instance_id, task.element_id, task) if task else ""
            who = self.name(each.author)
            yield Entry(each.created_at, "message", "accent", "comment", "", who, step, said=each.text)

    def files(self) -> Iterator[Entry]:
        """Give what people attached, the files of one form together; signatures stand with their decision."""
        signed = {told.signature_id for told in self.told}
        together: dict[tuple[Any, ...], list[case_files.CaseFile]] = {}
        for sent in self.sent:
            if sent.id not in signed:
                together.setdefault((sent.user_task_id, sent.used_by, sent.used_at), []).append(sent)
        for (task_id, by, at), found in together.items():
            task = self.tasks.get(task_id)
            step = self.step(task.process_instance_id, task.element_id, task) if task else ""
            words = self.visit.say("attached files")
            yield Entry(at, "paperclip", "", "file", words, self.name(by), step, files=found)

    def times(self) -> Iterator[Entry]:
        """Give claims, changed dates, stopped clocks and escalations."""
        for each in self.done:
            if each.action not in AUDITED:
                continue
            icon, colour, kind, words = AUDITED[each.action]
            task = self.tasks[UUID(each.entity_id)]
            step = self.step(task.process_instance_id, task.element_id, task)
            note = str(each.detail.get("reason") or "")
            if each.action == "reschedule":
                note = self._dates(each.detail.get("after", {}))
            yield Entry(each.at, icon, colour, kind, self.visit.say(words), self.name(each.actor), step, note=note)

    def deeds(self) -> Iterator[Entry]:
        """Give what administrators did to the case as a whole."""
        for each in self.operated:
            if each.action in OPERATED:
                icon, colour, words = OPERATED[each.action]
                moves = (self._move(UUID(each.entity_id), told) for told in each.detail.get("instructions", ()))
                moved = self.visit.enumerated(moves)
                what = self.visit.say(words, version=each.detail.get("target", ""), moves=moved)
                note = str(each.detail.get("reason") or "")
                yield Entry(each.at, icon, colour, "decision", what, self.name(each.actor), note=note)

    def _move(self, instance: UUID, told: Mapping[str, Any]) -> str:
        """Say what one instruction of a modification did."""
        for kind, words in MOVES.items():
            if kind in told:
                return self.visit.say(words, step=self.step(instance, str(told[kind]).partition("#")[0]))
        return ""

    def _dates(self, after: Mapping[str, Any]) -> str:
        words = {
            "due_at": self.visit.say("due"),
            "follow_up_at": self.visit.say("snoozed until"),
            "priority": self.visit.say("priority"),
        }
        parts = []
        for name, value in after.items():
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            text = (
                instant(self.visit.language, value)
                if isinstance(value, datetime)
                else shown(self.visit.language, value)
            )
            parts.append(f"{words.get(name, name)} {text}")
        return self.visit.enumerated(parts)

    def mails(self) -> Iterator[Entry]:
        """Give the mails that were written."""
        for each in mails.of_instances(self.session, self.ids):
            note = f"{each.recipient} · {self.visit.say(MAILS[each.state])}"
            yield Entry(each.created_at, "mail", "", "mail", each.subject, note=note)
