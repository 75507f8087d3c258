"""What the lines of the audit are called: what was done, to what, and the facts that belong to it."""

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from process_server.i18n import gettext_noop, translate
from process_server.i18n.display import shown
from process_server.identity.audit import Entry
from process_server.web.ground import lists
from process_server.web.processes import batches

ACTIONS: Mapping[str, str] = {
    "sign_in": gettext_noop("signed in"),
    "sign_out": gettext_noop("signed out"),
    "sign_in_failed": gettext_noop("failed to sign in"),
    "link": gettext_noop("linked with the identity provider"),
    "unlink": gettext_noop("unlinked from the identity provider"),
    "change_password": gettext_noop("changed the password"),
    "create_token": gettext_noop("made a token"),
    "revoke_token": gettext_noop("revoked a token"),
    "create_service": gettext_noop("made a service account"),
    "create_public_link": gettext_noop("made a public link"),
    "revoke_public_link": gettext_noop("closed a public link"),
    "stand_in": gettext_noop("arranged a stand-in"),
    "end_stand_in": gettext_noop("ended a stand-in"),
    "unsubscribe": gettext_noop("unsubscribed from mails"),
    "create": gettext_noop("made"),
    "change": gettext_noop("changed"),
    "set": gettext_noop("set"),
    "remove": gettext_noop("removed"),
    "delete": gettext_noop("deleted"),
    "activate": gettext_noop("activated"),
    "deactivate": gettext_noop("locked"),
    "suspend": gettext_noop("suspended"),
    "plan_suspension": gettext_noop("planned to suspend"),
    "plan_activation": gettext_noop("planned to activate"),
    "forget_suspension": gettext_noop("took back what was planned"),
    "deploy": gettext_noop("deployed"),
    "start": gettext_noop("started"),
    "cancel": gettext_noop("cancelled"),
    "migrate": gettext_noop("migrated"),
    "modify": gettext_noop("modified"),
    "set_variables": gettext_noop("set variables"),
    "keep_history": gettext_noop("said how long history is kept"),
    "clean_history": gettext_noop("cleaned the history"),
    "clean_audit": gettext_noop("cleaned the audit"),
    "retry": gettext_noop("tried again"),
    "run": gettext_noop("had done at once"),
    "set_retries": gettext_noop("set the retries"),
    "set_priority": gettext_noop("set the priority"),
    "claim": gettext_noop("claimed"),
    "release": gettext_noop("gave back"),
    "offer": gettext_noop("offered"),
    "transfer": gettext_noop("handed on"),
    "delegate": gettext_noop("delegated"),
    "reschedule": gettext_noop("moved the due date"),
    "pause": gettext_noop("paused"),
    "resume": gettext_noop("resumed"),
    "tag": gettext_noop("tagged"),
    "untag": gettext_noop("took off a tag"),
    "annotate": gettext_noop("annotated"),
    "bulk": gettext_noop("did in bulk"),
    "decide_by_mail": gettext_noop("decided by mail"),
    "decide_by_rule": gettext_noop("decided by a rule"),
    "restart": gettext_noop("started anew"),
    "fire": gettext_noop("fired"),
    "recalculate": gettext_noop("reckoned anew"),
    "escalate": gettext_noop("escalated"),
}
KINDS: Mapping[str, str] = {
    "user": gettext_noop("user"),
    "process_instance": gettext_noop("case"),
    "process_definition": gettext_noop("version of a process"),
    "deployment": gettext_noop("deployment"),
    "user_task": gettext_noop("task"),
    "job": gettext_noop("job"),
    "timer": gettext_noop("timer"),
    "incident": gettext_noop("incident"),
    "batch": gettext_noop("batch"),
    "public_link": gettext_noop("public link"),
    "embed": gettext_noop("page in a frame"),
    "parameter": gettext_noop("parameter"),
    "working_calendar": gettext_noop("working calendar"),
    "notification_policy": gettext_noop("notifications for all"),
    "mail": gettext_noop("mail"),
    "message": gettext_noop("message"),
    "tag": gettext_noop("tag"),
    "token": gettext_noop("token of a case"),
    "audit": gettext_noop("audit"),
}
PLACES: Mapping[str, str] = {
    "process_instance": "/i/{id}",
    "user_task": "/t/{id}",
    "deployment": "/deploy/{id}",
    "batch": "/batches/{id}",
    "working_calendar": "/calendars/{id}",
}
"""Where it can be looked at."""

FACTS: Mapping[str, str] = {
    "address": gettext_noop("address"),
    "admin": gettext_noop("administrator"),
    "after": gettext_noop("after"),
    "assignee": gettext_noop("assignee"),
    "at": gettext_noop("at"),
    "batch": gettext_noop("batch"),
    "before": gettext_noop("before"),
    "by": gettext_noop("by way of"),
    "case": gettext_noop("case"),
    "code": gettext_noop("code"),
    "count": gettext_noop("how many"),
    "days": gettext_noop("days"),
    "definition": gettext_noop("definition"),
    "department": gettext_noop("department"),
    "done": gettext_noop("what"),
    "due_at": gettext_noop("Due"),
    "element": gettext_noop("step"),
    "files": gettext_noop("files"),
    "follow_up_at": gettext_noop("put off until"),
    "groups": gettext_noop("groups"),
    "instance": gettext_noop("case"),
    "instances": gettext_noop("cases"),
    "instructions": gettext_noop("steps"),
    "key": gettext_noop("key"),
    "kind": gettext_noop("kind"),
    "name": gettext_noop("name"),
    "names": gettext_noop("names"),
    "people": gettext_noop("people"),
    "planned_by": gettext_noop("planned by"),
    "policy": gettext_noop("rules"),
    "priority": gettext_noop("priority"),
    "process": gettext_noop("process"),
    "provider": gettext_noop("identity provider"),
    "reason": gettext_noop("reason"),
    "removed": gettext_noop("removed"),
    "retries": gettext_noop("retries"),
    "rule": gettext_noop("rule"),
    "scopes": gettext_noop("scopes"),
    "since": gettext_noop("since"),
    "source": gettext_noop("from version"),
    "started": gettext_noop("started"),
    "subject": gettext_noop("subject"),
    "substitute": gettext_noop("stand-in"),
    "tag": gettext_noop("tag"),
    "target": gettext_noop("to version"),
    "until": gettext_noop("until"),
    "value": gettext_noop("value"),
    "verdict": gettext_noop("decision"),
}

_THINGS: Mapping[str, str] = {
    "assignee": "user",
    "case": "process_instance",
    "department": "department",
    "groups": "group",
    "instance": "process_instance",
    "people": "user",
    "planned_by": "user",
    "started": "process_instance",
    "substitute": "user",
}
"""Facts that are the id of something, or a list of ids, with its kind."""

_VALUES: Mapping[str, Mapping[str, str]] = {
    "by": {"password": gettext_noop("password")},
    "done": {name: each.words for name, each in lists.ACTIONS.items()},
    "kind": batches.KINDS,
    "verdict": {"approve": gettext_noop("approved"), "reject": gettext_noop("rejected")},
}
"""Facts that are one of some words of ours."""

HIDDEN = ("token", "definition_id", "view", "link", "digest")  # ids that say nothing to people
_INSTANT = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?Z")
LONGEST = 240  # characters of a fact on the page; the sheet holds all of it

Call = Callable[[str, str], str]
"""Says what a thing is called, by its kind and id."""


def mentioned(entries: Iterable[Entry]) -> set[tuple[str, str]]:
    """Return the things that lines tell of, each with its kind and id, to look up what they are called."""
    found: set[tuple[str, str]] = set()

    def note(kind: str, thing: str) -> str:
        found.add((kind, thing))
        return thing

    for entry in entries:
        found |= {(entry.entity_type, entry.entity_id), ("user", entry.actor or "")}
        facts("en", entry, note)
    return {(kind, thing) for kind, thing in found if thing}


def facts(language: str, entry: Entry, call: Call) -> list[tuple[str, str]]:
    """Return the facts of a line with what they are called; what is empty is left out."""
    return _Writing(language, call, entry.entity_type == "user_task").facts(entry.detail)


@dataclass(frozen=True, slots=True)
class _Writing:
    """How the facts of a line are written. Who had a task before and has it after is told by their ids alone."""

    language: str
    call: Call
    of_task: bool

    def facts(self, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
        told = []
        for name, value in detail.items():
            if name in HIDDEN or value in (None, "", [], {}):
                continue
            words = translate(self.language, FACTS[name]) if name in FACTS else name
            if text := self._written(name, value):
                told.append((words, text))
        return told

    def _written(self, name: str, value: Any) -> str:
        if isinstance(value, dict) and value.keys() == {"before", "after"}:
            before, after = (self._written(name, value[side]) for side in ("before", "after"))
            return f"{before or '–'} → {after or '–'}"
        if isinstance(value, dict):
            return _short(f"{fact} {text}" for fact, text in self.facts(value))
        if isinstance(value, list):
            of_names = all(isinstance(item, str) for item in value)
            return _short((self._written(name, item) for item in value), ", " if of_names else "; ")
        return self._word(name, value) if isinstance(value, str) else shown(self.language, value)

    def _word(self, name: str, value: str) -> str:
        if value in _VALUES.get(name, {}):
            return translate(self.language, _VALUES[name][value])
        moment = _moment(value)
        if moment is not None:
            return shown(self.language, moment)
        kind = "user" if self.of_task and name in ("before", "after") else _THINGS.get(name)
        return self.call(kind, value) if kind else value


def _short(texts: Iterable[str], between: str = "; ") -> str:
    return textwrap.shorten(between.join(texts), LONGEST, placeholder=" …")


def _moment(value: str) -> datetime | None:
    """Return the instant a value within another one was kept as."""
    return datetime.fromisoformat(value) if _INSTANT.fullmatch(value) else None
