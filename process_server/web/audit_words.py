"""What the lines of the audit are called: what was done, to what, and the facts that belong to it."""

import re
import textwrap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from process_server.i18n import gettext_noop, translate
from process_server.i18n.display import shown

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
    "decide_by_mail": gettext_noop("decided by mail"),
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
}
PLACES: Mapping[str, str] = {
    "process_instance": "/i/{id}",
    "user_task": "/t/{id}",
    "deployment": "/deploy/{id}",
    "batch": "/batches/{id}",
    "working_calendar": "/calendars/{id}",
}
"""Where it can be looked at."""

_FACTS: Mapping[str, str] = {
    "address": gettext_noop("address"),
    "admin": gettext_noop("administrator"),
    "after": gettext_noop("after"),
    "assignee": gettext_noop("assignee"),
    "at": gettext_noop("at"),
    "before": gettext_noop("before"),
    "by": gettext_noop("by way of"),
    "definition": gettext_noop("definition"),
    "department": gettext_noop("department"),
    "due_at": gettext_noop("Due"),
    "files": gettext_noop("files"),
    "follow_up_at": gettext_noop("put off until"),
    "groups": gettext_noop("groups"),
    "instances": gettext_noop("cases"),
    "instructions": gettext_noop("steps"),
    "kind": gettext_noop("kind"),
    "name": gettext_noop("name"),
    "names": gettext_noop("names"),
    "provider": gettext_noop("identity provider"),
    "reason": gettext_noop("reason"),
    "scopes": gettext_noop("scopes"),
    "source": gettext_noop("from version"),
    "subject": gettext_noop("subject"),
    "substitute": gettext_noop("stand-in"),
    "target": gettext_noop("to version"),
    "until": gettext_noop("until"),
    "value": gettext_noop("value"),
}


_HIDDEN = ("token", "definition_id", "view")  # ids that say nothing to people
_INSTANT = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?Z")
LONGEST = 240  # characters of a fact on the page; the sheet holds all of it


def facts(language: str, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts of a line with what they are called; what is empty is left out."""
    told = []
    for name, value in detail.items():
        if name in _HIDDEN or value in (None, "", [], {}):
            continue
        words = translate(language, _FACTS[name]) if name in _FACTS else name
        if text := _written(language, value):
            told.append((words, text))
    return told


def _written(language: str, value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return textwrap.shorten(", ".join(value), LONGEST, placeholder=" …")
    if isinstance(value, dict) and value.keys() == {"before", "after"}:
        return f"{_written(language, value['before']) or '–'} → {_written(language, value['after']) or '–'}"
    if isinstance(value, dict):
        told = "; ".join(f"{name} {text}" for name, text in facts(language, value))
        return textwrap.shorten(told, LONGEST, placeholder=" …")
    if isinstance(value, list):
        told = "; ".join(_written(language, item) for item in value)
        return textwrap.shorten(told, LONGEST, placeholder=" …")
    return shown(language, _moment(value) or value)


def _moment(value: Any) -> datetime | None:
    """Return the instant a value within another one was kept as."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    return datetime.fromisoformat(value)
