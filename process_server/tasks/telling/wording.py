"""What notifications say: each kind has its sentence in both languages, with names as its reader calls them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from process_server.i18n import Named, gettext_noop, supported, translate
from process_server.i18n.display import instant as written

TEXTS = {
    "task_assigned": gettext_noop("{task} is yours to do"),
    "task_reassigned": gettext_noop("{task} of {assignee} is overdue and now yours to do"),
    "task_offered": gettext_noop("{task} can be claimed"),
    "offered_waiting": gettext_noop("{task} still waits for somebody to claim it"),
    "task_due_soon": gettext_noop("{task} is due soon"),
    "task_due": gettext_noop("{task} is due"),
    "timed_out": gettext_noop("{task} was decided because its time was over"),
    "task_escalated": gettext_noop("{task} of {assignee} is overdue"),
    "follow_up": gettext_noop("{task} is back in your list"),
    "comment": gettext_noop("{author} commented on {task}"),
    "mention": gettext_noop("{author} mentioned you at {task}"),
    "decided": gettext_noop("{task} is done"),
    "rejected": gettext_noop("{task} was rejected"),
    "stand_in": gettext_noop("You stand in for {author} from {since} on"),
    "for_absent": gettext_noop("{task} waits for {assignee}, for whom you stand in"),
    "stand_in_until": gettext_noop("You stand in for {author} from {since} to {until}"),
    "incident": gettext_noop("{task} cannot go on: {reason}"),
    "task_resolved": gettext_noop("{author} gave {task} back to you"),
    "task_returned": gettext_noop("{author} returned {task} to you"),
    "signer_removed": gettext_noop("{author} no longer asks you to sign {task}"),
    "nudged": gettext_noop("{author} asks you to do {task}"),
    "copied": gettext_noop("{author} sent you a copy of {task}"),
    "copied_by_model": gettext_noop("You were sent a copy of {task}"),
    "withdrawn": gettext_noop("{author} withdrew {task}"),
    "recalled": gettext_noop("{author} took {task} back"),
    "watched_approved": gettext_noop("{author} approved {task}"),
    "watched_rejected": gettext_noop("{author} rejected {task}"),
    "watched_completed": gettext_noop("{author} completed {task}"),
    "watched_returned": gettext_noop("{author} returned {task}"),
    "watched_transferred": gettext_noop("{author} handed on {task}"),
    "watched_recalled": gettext_noop("{author} took {task} back"),
    "watched_withdrawn": gettext_noop("{author} withdrew {task}"),
    "watched_timeout": gettext_noop("{task} was decided because its time was over"),
    "watched_comment": gettext_noop("{author} commented on {task}"),
    "watched_stuck": gettext_noop("{task} cannot go on for now"),
    "watched_ended": gettext_noop("{task} is over"),
    "view_holds": gettext_noop("{view}: {count}"),
    "message": gettext_noop("{subject}"),
}

_INSTANTS = frozenset({"since", "until"})  # parameters that are written in the reader's way


def sentence(
    language: str | None,
    kind: str,
    params: Mapping[str, Any],
    task_name: str | None,
    task_name_en: str | None,
    business_key: str | None,
) -> str:
    """Say something in a reader's language; where it concerns no task, the case stands for it."""
    english = supported(language) == "en"
    task = " ".join(filter(None, ((task_name_en if english else None) or task_name, business_key)))
    template = TEXTS.get(kind, TEXTS["message"])
    times = {
        name: written(supported(language), datetime.fromisoformat(params[name])) for name in _INSTANTS & params.keys()
    }
    return translate(language, template, **({"subject": kind, "task": task} | _spoken(params, english) | times))


def kept(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a notification as they are kept: an English name stands beside the name."""
    plain = {name: str(value) if isinstance(value, Named) else value for name, value in params.items()}
    named = {f"{name}:en": value.english for name, value in params.items() if isinstance(value, Named)}
    return plain | {name: english for name, english in named.items() if english}


def _spoken(params: Mapping[str, Any], english: bool) -> dict[str, Any]:
    return {name: (english and params.get(f"{name}:en")) or value for name, value in params.items()}


def kept_name(param: str, person: str) -> str:
    """Return what `kept` makes of somebody's name as SQL: `person` is the alias of their account."""
    return f"jsonb_strip_nulls(jsonb_build_object('{param}', {person}.name, '{param}:en', {person}.name_en))"
