"""What is otherwise in one version of a form than in another, component by component."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["added", "removed", "moved", "changed"]

_OWN = ("id", "type", "key", "path", "components")
_SURFACE = ("layout",)  # columns and rows: where it stands, told by `moved`


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `setting` is dotted (`validate.required`) and given for what changed alone."""

    kind: Kind
    name: str
    label: str
    type: str
    setting: str = ""
    before: Any = None
    after: Any = None


def compare(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[Change]:
    """Return how two schemas differ, in the order of the newer one; what is gone stands last.

    A component is the same by its key or path, which editors leave alone; by its id where it has neither.
    """
    before, after = _components(older), _components(newer)
    changes: list[Change] = []
    for name, entry in after.items():
        changes += _changes(name, before[name], entry) if name in before else [_change("added", name, entry)]
    order = [name for name in after if name in before]
    moved = _out_of_order([name for name in before if name in after], order)
    changes += [_change("moved", name, after[name]) for name in moved]
    changes += [_change("removed", name, entry) for name, entry in before.items() if name not in after]
    return changes


def _components(schema: Mapping[str, Any], around: str = "") -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for entry in schema.get("components") or ():
        own = str(entry.get("key") or entry.get("path") or entry.get("id") or entry.get("type"))
        name = f"{around}{own}"
        found.setdefault(name, entry)
        found |= _components(entry, f"{name}.")
    return found


def _changes(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if before.get("type") != after.get("type"):
        yield _change("changed", name, after, "type", before.get("type"), after.get("type"))
    old, new = dict(_settings(before)), dict(_settings(after))
    for setting in [*old, *(setting for setting in new if setting not in old)]:
        if old.get(setting) != new.get(setting):
            yield _change("changed", name, after, setting, old.get(setting), new.get(setting))


def _settings(entry: Mapping[str, Any], around: str = "") -> Iterator[tuple[str, Any]]:
    for setting, value in entry.items():
        if not around and setting in (*_OWN, *_SURFACE):
            continue
        if isinstance(value, Mapping):
            yield from _settings(value, f"{around}{setting}.")
        elif value not in (None, "", []):
            yield f"{around}{setting}", value


def _out_of_order(before: list[str], after: list[str]) -> list[str]:
    """Return what stands elsewhere: all but the longest run that kept its order."""
    place = {name: index for index, name in enumerate(before)}
    runs: list[tuple[int, list[str]]] = [(0, [])]
    for name in after:
        length, run = max(each for each in runs if not each[1] or place[each[1][-1]] < place[name])
        runs.append((length + 1, [*run, name]))
    longest = set(max(runs)[1])
    return [name for name in after if name not in longest]


def _change(
    kind: Kind, name: str, entry: Mapping[str, Any], setting: str = "", before: Any = None, after: Any = None
) -> Change:
    label = str(entry.get("label") or entry.get("text") or name)
    return Change(kind, name, label, str(entry.get("type")), setting, before, after)
