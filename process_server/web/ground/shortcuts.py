"""The keyboard: one table of all shortcuts, from which the browser, the help and the command palette are made.

Keys are written `j`, `shift+x`, `ctrl+enter`, and `g t` for two after another. A person may choose others; what they
chose is kept with their account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from process_server.errors import FieldProblem
from process_server.i18n import gettext_noop, translate
from process_server.web.ground.lists import LISTS

PREFERENCE = "keys"
MAX_KEYS = 3  # for one action


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What keys do; `to` is the address they lead to, where they lead somewhere."""

    action: str
    words: str
    keys: tuple[str, ...]
    icon: str
    to: str = ""


MOVING, DECIDING, GOING, ALWAYS = (
    gettext_noop("In a list"),
    gettext_noop("With a task"),
    gettext_noop("Go to"),
    gettext_noop("Everywhere"),
)
GROUPS: dict[str, tuple[Shortcut, ...]] = {
    MOVING: (
        Shortcut("next", gettext_noop("Next row"), ("j", "arrowdown"), "arrow-down"),
        Shortcut("previous", gettext_noop("Previous row"), ("k", "arrowup"), "arrow-up"),
        Shortcut("open", gettext_noop("Open"), ("enter", "o"), "arrow-right"),
        Shortcut("back", gettext_noop("Back"), ("escape",), "arrow-left"),
        Shortcut("select", gettext_noop("Select the row"), ("x",), "square-check"),
        Shortcut("select_range", gettext_noop("Select up to here"), ("shift+x",), "select-all"),
        Shortcut("select_all", gettext_noop("Select all that is shown"), ("ctrl+a",), "select-all"),
        Shortcut("filter", gettext_noop("Filter the list"), ("ctrl+shift+f", "\\"), "filter"),
        Shortcut("views", gettext_noop("Saved views"), ("v",), "bookmark"),
    ),
    DECIDING: (
        Shortcut("approve", gettext_noop("Approve"), ("a",), "check"),
        Shortcut("reject", gettext_noop("Reject"), ("r",), "x"),
        Shortcut("return", gettext_noop("Return to an earlier step"), ("b",), "arrow-back-up"),
        Shortcut("transfer", gettext_noop("Hand on"), ("t",), "user-share"),
        Shortcut("delegate", gettext_noop("Delegate"), ("d",), "user-check"),
        Shortcut("add_signer", gettext_noop("Add a signer"), ("+",), "user-plus"),
        Shortcut("claim", gettext_noop("Claim or give back"), ("u", "ctrl+alt+c"), "hand-grab"),
        Shortcut("snooze", gettext_noop("Snooze"), ("s",), "clock-pause"),
        Shortcut("follow", gettext_noop("Watch"), ("f",), "eye"),
        Shortcut("tag", gettext_noop("Put a tag on"), ("l",), "tag"),
        Shortcut("comment", gettext_noop("Write a comment"), ("c",), "message"),
        Shortcut("edit", gettext_noop("To the first field of the form"), ("e", "ctrl+alt+f"), "forms"),
        Shortcut("submit", gettext_noop("Complete the task"), ("ctrl+enter",), "check"),
        Shortcut("draft", gettext_noop("Save the draft"), ("ctrl+s",), "device-floppy"),
        Shortcut("undo", gettext_noop("Undo the last decision"), ("z",), "arrow-back-up"),
    ),
    GOING: (
        *(
            Shortcut(f"go_{name}", LISTS[name].words, (f"g {key}",), LISTS[name].icon, LISTS[name].address)
            for key, name in (
                ("t", "todo"),
                ("q", "queue"),
                ("d", "done"),
                ("s", "started"),
                ("c", "copied"),
                ("w", "watching"),
                ("r", "drafts"),
                ("z", "snoozed"),
            )
        ),
        Shortcut("go_processes", gettext_noop("Processes"), ("g p",), "sitemap", "/processes"),
        Shortcut("go_figures", gettext_noop("Figures"), ("g k",), "chart-histogram", "/kpis"),
        Shortcut("new", gettext_noop("Start a process"), ("n", "ctrl+alt+p"), "player-play", "/start"),
    ),
    ALWAYS: (
        Shortcut("palette", gettext_noop("Command palette"), (".", "ctrl+k"), "command"),
        Shortcut("search", gettext_noop("Search"), ("/",), "search"),
        Shortcut("help", gettext_noop("Keyboard shortcuts"), ("?",), "keyboard"),
    ),
}
ALL = {shortcut.action: shortcut for group in GROUPS.values() for shortcut in group}


def chosen(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the keys of every action: what the person chose among their preferences, else as the table has it."""
    own = given.get(PREFERENCE, {})
    return {action: tuple(own.get(action, shortcut.keys)) for action, shortcut in ALL.items()}


def for_browser(language: str, preferences: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the table as the browser needs it."""
    keys = chosen(preferences)
    return [
        {
            "group": translate(language, group),
            "action": shortcut.action,
            "words": translate(language, shortcut.words),
            "keys": keys[shortcut.action],
            "icon": shortcut.icon,
            "to": shortcut.to,
        }
        for group, shortcuts in GROUPS.items()
        for shortcut in shortcuts
    ]


def problems_of(given: Mapping[str, Sequence[str]], wanted: Mapping[str, Sequence[str]]) -> list[FieldProblem]:
    """Return what is wrong with keys somebody chose: `given` is what they sent, `wanted` the whole table with it."""
    problems: list[FieldProblem] = [
        {"field": action, "code": "invalid", "params": {}}
        for action, keys in given.items()
        if action not in ALL or len(keys) > MAX_KEYS or any(not key or len(key) > 40 for key in keys)
    ]
    held: list[tuple[str, str]] = []
    for action, keys in wanted.items():
        for key in keys:
            if any(other != action and _collide(key, taken) for other, taken in held):
                problems.append({"field": action, "code": "key_taken", "params": {"key": key}})
            held.append((action, key))
    return problems


def _collide(key: str, other: str) -> bool:
    """Say whether one could never be typed for the other: the same, or the first of two keys."""
    return key == other or key.startswith(f"{other} ") or other.startswith(f"{key} ")
