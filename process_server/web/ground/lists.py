"""The lists of the inbox as people see them: where each lies, what it is called, which columns it shows at first."""

from collections.abc import Mapping
from dataclasses import dataclass

from process_server.i18n import gettext_noop
from process_server.tasks.inbox.lists import LISTS as KEPT
from process_server.tasks.inbox.lists import TableName

SUMMARY = "summary"
"""The column of what an analyst chose to show of a case."""


@dataclass(frozen=True, slots=True)
class Doable:
    """What may be done to several tasks at once: its words, its icon, and which fields it asks for."""

    words: str
    icon: str
    asks: tuple[str, ...] = ()


ACTIONS: Mapping[str, Doable] = {
    "approve": Doable(gettext_noop("Approve"), "check", ("opinion",)),
    "reject": Doable(gettext_noop("Reject"), "x", ("opinion_required",)),
    "transfer": Doable(gettext_noop("Hand on"), "user-share", ("to", "opinion")),
    "claim": Doable(gettext_noop("Claim"), "hand-grab"),
    "release": Doable(gettext_noop("Give back"), "arrow-back-up"),
    "snooze": Doable(gettext_noop("Snooze"), "clock-pause", ("until",)),
    "copy": Doable(gettext_noop("Send a copy"), "mail", ("people", "opinion")),
    "mark_read": Doable(gettext_noop("Mark as read"), "mail-opened"),
    "tag": Doable(gettext_noop("Tag"), "tag", ("tag",)),
    "untag": Doable(gettext_noop("Take a tag off"), "tag-off", ("tag",)),
    "remind": Doable(gettext_noop("Remind"), "bell-ringing"),
}
"""Every such action by its name."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list: `columns` are shown until its reader chooses others, `empty` says what it is for."""

    name: str
    words: str
    icon: str
    columns: tuple[str, ...]
    empty: str
    actions: tuple[str, ...] = ()  # what may be done to several rows at once

    @property
    def address(self) -> str:
        """Where it lies."""
        return "/inbox" if self.name == "todo" else f"/inbox/{self.name}"

    @property
    def base(self) -> TableName:
        """What its rows are."""
        return KEPT[self.name].base

    @property
    def of_tasks(self) -> bool:
        """Say whether its rows are tasks, which can be selected and worked."""
        return self.base == "task"


_TASK = ("title", "due", SUMMARY, "process", "initiator", "received")
_TAG = ("tag", "untag")
_DECIDE = ("approve", "reject", "transfer", "snooze", "copy", "mark_read", *_TAG)
_MANAGE = ("transfer", "remind", "copy", *_TAG)
_CASE = ("process", SUMMARY, "waits_at", "at_work", "case_state")

LISTS: Mapping[str, ListPage] = {
    each.name: each
    for each in (
        ListPage(
            "todo",
            gettext_noop("My tasks"),
            "inbox",
            _TASK,
            gettext_noop(
                "What is assigned to you appears here. Take something from the group queue, or start a process."
            ),
            (*_DECIDE, "release"),
        ),
        ListPage(
            "queue",
            gettext_noop("Group queue"),
            "users-group",
            _TASK,
            gettext_noop("Work offered to your groups waits here until somebody claims it."),
            ("claim", "copy", *_TAG),
        ),
        ListPage(
            "done",
            gettext_noop("Done"),
            "checks",
            ("title", SUMMARY, "process", "initiator", "outcome", "done"),
            gettext_noop("Every task you complete stays here, with what you decided."),
            ("copy", *_TAG),
        ),
        ListPage(
            "started",
            gettext_noop("Started by me"),
            "send",
            (*_CASE, "started"),
            gettext_noop("Cases you start appear here, with where they stand."),
        ),
        ListPage(
            "copied",
            gettext_noop("Copies to me"),
            "mail",
            ("process", SUMMARY, "sender", "opinion", "case_state", "copied"),
            gettext_noop("When somebody sends you a copy of a case, it appears here; there is nothing you have to do."),
        ),
        ListPage(
            "on_behalf",
            gettext_noop("On behalf of others"),
            "user-share",
            ("title", "due", SUMMARY, "process", "assignee", "received"),
            gettext_noop("While you stand in for somebody who is away, their tasks appear here."),
            ("approve", "reject", "transfer", "copy", *_TAG),
        ),
        ListPage(
            "watching",
            gettext_noop("Watching"),
            "eye",
            (*_CASE, "watched"),
            gettext_noop("Cases you watch appear here: press f in a task, or Watch in its menu."),
        ),
        ListPage(
            "drafts",
            gettext_noop("Drafts"),
            "device-floppy",
            ("title", "due", SUMMARY, "process", "saved"),
            gettext_noop("Forms you have begun and not sent yet wait here, on every machine you use."),
        ),
        ListPage(
            "snoozed",
            gettext_noop("Snoozed"),
            "clock-pause",
            ("title", "follow_up", "due", SUMMARY, "process"),
            gettext_noop("Tasks you put off come back to you at the time you chose; until then they wait here."),
            _DECIDE,
        ),
        ListPage(
            "team",
            gettext_noop("My team"),
            "users",
            ("title", "due", SUMMARY, "process", "assignee", "initiator", "received"),
            gettext_noop("Open tasks of the people who report to you appear here."),
            _MANAGE,
        ),
        ListPage(
            "overdue",
            gettext_noop("Overdue"),
            "alarm",
            ("title", "due", SUMMARY, "process", "assignee", "received"),
            gettext_noop("Tasks of your people that are past their due date appear here."),
            _MANAGE,
        ),
        ListPage(
            "all",
            gettext_noop("All tasks"),
            "list-check",
            ("title", "due", SUMMARY, "process", "assignee", "initiator", "received"),
            gettext_noop("Every open task you have to do with appears here."),
            ("claim", *_MANAGE),
        ),
    )
}
"""Every list by its name. Incidents have a page of their own."""

DEFAULT_VIEWS = "default_views"
"""The preference: the saved view that each list opens with."""

OWN = ("todo", "queue", "done", "started", "copied", "on_behalf", "watching", "drafts", "snoozed")
MANAGED = ("team", "overdue")
