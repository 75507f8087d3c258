"""What things are called in the reader's language: people, processes, steps, and the business summary of a case."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from process_server.bpmn import queries
from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.form_binding import vocabulary
from process_server.bpmn.form_binding.vocabulary import Vocabulary
from process_server.bpmn.queries import Row
from process_server.identity import users
from process_server.identity.models import Department, Group
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground.visit import Visit

Change: TypeAlias = tuple[str, Any, Any]  # a variable, its value before and after

ITSELF = {"setup", "system"}  # whom the server calls itself in what it does without a person


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of a case with its label."""

    name: str
    label: str
    value: Any

    @property
    def is_named(self) -> bool:
        """Say whether a form calls it something: else it is what the diagram keeps for itself."""
        return self.label != self.name

    @property
    def is_number(self) -> bool:
        """Say whether it would mean nothing without its label."""
        return isinstance(self.value, int | float | Decimal) and not isinstance(self.value, bool)


def people(visit: Visit, ids: Iterable[str | None]) -> dict[str, str]:
    """Return names by id; who is unknown keeps the id."""
    wanted = {person for person in ids if person}
    servers = {each: visit.say("the server") for each in wanted & ITSELF}
    return {person: person for person in wanted} | servers | users.names_of(visit.session, wanted, visit.language)


def of_version(visit: Visit, definition_id: UUID) -> Definition:
    """Return the compiled version of a process."""
    return definition(visit.session, definition_id)


def step(visit: Visit, definition_id: UUID, element_id: str, drawn: str | None = None) -> str:
    """Return the name of an element; `drawn` is the name a task was given when it was made."""
    element = of_version(visit, definition_id).program.elements.get(element_id)
    if element is None:
        return drawn or element_id
    if visit.language.startswith("zh") and drawn:
        return drawn
    translated = element.localised_name(visit.language)
    return drawn if drawn and translated == element.name else translated


def process(visit: Visit, row: TaskRow | Row) -> str:
    """Return the name of the process of a row that tells it in both languages."""
    if isinstance(row, TaskRow):
        key, name, name_en = row.process_key, row.process_name, row.process_name_en
    else:
        key = row.get("definition_key") or row.get("process") or row["key"]
        name = row.get("definition_name") or row.get("name")
        name_en = row.get("definition_name_en") or row.get("name_en")
    return (name_en if visit.language == "en" else None) or name or str(key)


def summary(visit: Visit, definition_id: UUID, variables: Mapping[str, Any] | None) -> list[Fact]:
    """Return the values an analyst chose for lists, as far as the case has them."""
    names = of_version(visit, definition_id).program.summary
    return facts(visit, definition_id, {name: (variables or {}).get(name) for name in names})


def chosen(visit: Visit, definition_id: UUID, variables: Mapping[str, Any]) -> set[str]:
    """Return the ids of people among values, for `people` to name."""
    return _words(visit, definition_id).chosen(variables)


def facts(
    visit: Visit, definition_id: UUID, variables: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> list[Fact]:
    """Return values with the labels that forms of the process give them, empty ones left out.

    `names` are those of the people among the values, where they have been looked up already.
    """
    words = _words(visit, definition_id)
    words = words.with_people(people(visit, words.chosen(variables)) if names is None else names)
    return [
        Fact(name, words.label(name), words.value(name, value))
        for name, value in variables.items()
        if value is not None and value != "" and value != []
    ]


def known(visit: Visit, instance: Row) -> list[Fact]:
    """Return what a case knows: what forms have a name for first, each part by its names."""
    found = facts(visit, instance["definition_id"], instance["variables"])
    return sorted(found, key=lambda fact: (not fact.is_named, fact.label))


def changed(
    visit: Visit, definition_id: UUID, changes: Iterable[Change], names: Mapping[str, str]
) -> list[tuple[str, Any, Any]]:
    """Return changes of what forms of the process name: label, before and after; others are left out.

    `names` are those of the people among the values (see `chosen`).
    """
    words = _words(visit, definition_id).with_people(names)
    return [
        (words.label(name), words.value(name, before), words.value(name, after))
        for name, before, after in changes
        if name in words.labels
    ]


def labels(visit: Visit, definition_id: UUID, names: Iterable[str]) -> list[str]:
    """Return what forms of the process call variables."""
    words = _words(visit, definition_id)
    return [words.label(name) for name in names]


def _words(visit: Visit, definition_id: UUID) -> Vocabulary:
    return vocabulary.of(visit.session, of_version(visit, definition_id), visit.language)


def groups(visit: Visit, ids: Iterable[str], definition_id: UUID | None = None) -> list[str]:
    """Return the names of groups; one that does not exist is called like its lane in that version, or by its id."""
    wanted = list(ids)
    known = groups_by_id(visit) if wanted else {}
    return [known.get(group) or (lane(visit, definition_id, group) if definition_id else group) for group in wanted]


def lane(visit: Visit, definition_id: UUID, drawn: str) -> str:
    """Return the name of a lane that was drawn with another."""
    return of_version(visit, definition_id).program.localised_lane(drawn, visit.language)


def groups_by_id(visit: Visit) -> dict[str, str]:
    """Return the names of all groups."""
    return {group.id: of_row(visit, group) for group in users.all_groups(visit.session)}


def of_row(visit: Visit, row: Group | Department) -> str:
    """Return the name of a group or department."""
    return (row.name_en if visit.language == "en" else None) or row.name


def things(visit: Visit, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return what people, groups, departments and what `queries.titles` knows are called, by kind and id."""
    found = queries.titles(visit.session, named, english=visit.language == "en")
    found |= {("user", person): name for person, name in people(visit, _of_kind(named, "user")).items()}
    if _of_kind(named, "group"):
        found |= {("group", group): name for group, name in groups_by_id(visit).items()}
    if _of_kind(named, "department"):
        found |= {("department", each.id): of_row(visit, each) for each in users.all_departments(visit.session)}
    return found


def _of_kind(named: Iterable[tuple[str, str]], kind: str) -> list[str]:
    return [thing for each, thing in named if each == kind]


def documentation(visit: Visit, definition_id: UUID, element_id: str) -> str:
    """Return what the model says about a step."""
    element = of_version(visit, definition_id).program.elements.get(element_id)
    return documented(visit, element.documentation, element.properties) if element else ""


def documented(visit: Visit, text: str | None, properties: Mapping[str, str]) -> str:
    """Return what the model says, in the reader's language where it does."""
    return properties.get(f"documentation:{visit.language}") or text or ""


def decision(visit: Visit, definition_id: UUID, outcome: str | None, names: Mapping[str, str]) -> str:
    """Return what people call the outcome of a task; `names` has that of a person who was chosen."""
    return _words(visit, definition_id).with_people(names).decision(outcome) if outcome else ""
