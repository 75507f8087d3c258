"""What columns and their values are called: in heads of lists, in filters, beside the numbers of facets."""

from collections import Counter
from collections.abc import Mapping, Sequence

from process_server.bpmn import queries
from process_server.i18n import gettext_noop
from process_server.identity import users
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.conditions import EMPTY
from process_server.web.ground import naming
from process_server.web.ground.visit import Visit

PEOPLE = frozenset({"assignee", "initiator", "owner", "on_behalf_of", "sender", "candidates", "at_work"})
STEPS = frozenset({"step", "place"})

_FIXED: Mapping[str, Mapping[str, str]] = {
    "due": {
        "overdue": gettext_noop("Overdue"),
        "today": gettext_noop("Due today"),
        "3d": gettext_noop("Due in 3 days"),
        "7d": gettext_noop("Due in 7 days"),
        "later": gettext_noop("Due later"),
    },
    "attachments": {"1..": gettext_noop("with files"), "0": gettext_noop("without files")},
    "case_state": {
        "active": gettext_noop("Running"),
        "completed": gettext_noop("Completed"),
        "cancelled": gettext_noop("Cancelled"),
    },
}


def label(visit: Visit, column: Column) -> str:
    """Return what a column is called."""
    if column.label_en is not None:
        return (visit.language == "en" and column.label_en) or column.label
    return visit.say(column.label)


def words_of(visit: Visit, column: Column, values: Sequence[str]) -> Mapping[str, str]:
    """Return what values of a column are called, as far as they have a name."""
    words = {key: visit.say(text) for key, text in _FIXED.get(column.name, {}).items()}
    words |= {key: both[visit.language == "en"] or both[0] for key, both in column.options.items()}
    if column.kind == "text":
        words |= {value: value.removeprefix("=") for value in values}
    if column.kind == "boolean":
        words |= {"yes": visit.say("yes"), "no": visit.say("no")}
    if column.name in PEOPLE:
        words |= naming.people(visit, values)
    elif column.name in STEPS:
        words |= {value: value.rpartition("/")[2] for value in values} | _steps(visit)
    elif column.name == "groups":
        words |= naming.groups_by_id(visit)
    elif column.name == "department":
        words |= {each.id: naming.of_row(visit, each) for each in users.all_departments(visit.session)}
    elif column.name == "process":
        words |= {row["key"]: naming.process(visit, row) for row in queries.list_definitions(visit.session)}
    return {EMPTY: visit.say("none")} | words


def _steps(visit: Visit) -> dict[str, str]:
    """Return the names of the steps of the newest versions, by id, and by process and id.

    A name that steps of several processes have says of which process it is.
    """
    steps = [
        (row["key"], naming.process(visit, row), element.id, element.localised_name(visit.language))
        for row in queries.list_definitions(visit.session)
        for element in naming.of_version(visit, row["id"]).program.elements.values()
        if element.type == "userTask"
    ]
    often = Counter(name for _, name in {(key, name) for key, _, _, name in steps})
    words = {element: name for _, _, element, name in steps}
    for key, process, element, name in steps:
        words[f"{key}/{element}"] = f"{name} · {process}" if often[name] > 1 else name
    return words
