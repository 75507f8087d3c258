"""What the sheet of a case says: what was asked for, and who decided what, when and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from process_server import clock
from process_server.bpmn import queries
from process_server.bpmn.approval import why
from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.form_binding import vocabulary
from process_server.bpmn.form_binding.vocabulary import Vocabulary
from process_server.bpmn.queries import Row
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.errors import NotFound
from process_server.forms.components import DynamicList, Field, FormSchema
from process_server.forms.definitions import UnsupportedForm, find_form
from process_server.forms.localise import label_of
from process_server.forms.models import File, FileContent, FileUse
from process_server.i18n import enumerated, gettext_noop, translate
from process_server.i18n.display import instant, shown
from process_server.identity import users
from process_server.identity.principal import SYSTEM
from process_server.tasks.models import TaskDecision

ACTIONS = {  # what a person did where they did not simply decide
    "return": gettext_noop("Returned"),
    "recall": gettext_noop("Recalled"),
    "withdraw": gettext_noop("Withdrawn"),
    "transfer": gettext_noop("Handed on"),
    "delegate": gettext_noop("Delegated"),
    "resolve": gettext_noop("Advised"),
    "add_signer": gettext_noop("Added signers"),
    "remove_signer": gettext_noop("Removed a signer"),
    "copy": gettext_noop("Sent a copy"),
    "skip": gettext_noop("Passed by itself"),
    "timeout": gettext_noop("Decided by the time limit"),
    "submit": gettext_noop("Submitted"),
    "approve": gettext_noop("Approved"),
    "reject": gettext_noop("Rejected"),
}
STATES = {
    "active": gettext_noop("Running"),
    "completed": gettext_noop("Completed"),
    "cancelled": gettext_noop("Cancelled"),
}
UNTOLD = frozenset({"remind"})

_decision, _file, _content = table_of(TaskDecision), table_of(File), table_of(FileContent)
_use = table_of(FileUse)
_OF_CASES = (
    select(_decision)
    .where(_decision.c.process_instance_id.in_(bindparam("cases", expanding=True)))
    .order_by(_decision.c.at, _decision.c.id)
)
_FILES = (
    select(_file.c.name, _file.c.size, _file.c.sha256)
    .where(
        _file.c.id.in_(select(_use.c.file_id).where(_use.c.process_instance_id.in_(bindparam("cases", expanding=True))))
    )
    .order_by(_file.c.uploaded_at, _file.c.id)
)
_SIGNATURES = (
    select(_file.c.id, _content.c.content)
    .join(_content, _content.c.sha256 == _file.c.sha256)
    .where(_file.c.id.in_(bindparam("files", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was asked for: a text, or the rows of a table with their headings."""

    label: str
    text: str = ""
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """One decision. `on_behalf_of` is whose place the person took; `people` are those it concerns."""

    step: str
    person: str
    at: str
    result: str
    on_behalf_of: str = ""
    opinion: str = ""
    reason: str = ""
    people: str = ""
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the case, with the fingerprint it can be recognised by."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of a case in one language."""

    language: str
    title: str
    key: str
    state: str
    address: str  # of the case's page; empty where the server does not know its own
    printed: str
    facts: Sequence[Line]
    lines: Sequence[Line]
    opinions: Sequence[Opinion]
    files: Sequence[Attachment] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """What a file of it is called, without the ending."""
        return f"{self.title} {self.key}".strip()


def compose(session: Session, instance_id: UUID, language: str) -> Sheet:
    """Gather the sheet of a case with all it called. The caller has checked who may see it. Raises NotFound."""
    case = queries.get_instance(session, instance_id)
    held = definition(session, case["definition_id"])
    tree = queries.instance_tree(session, instance_id)
    cases = [row["id"] for row in tree]
    base = settings().base_url
    return Sheet(
        language=language,
        title=_process_name(case, language),
        key=case["business_key"] or "",
        state=translate(language, STATES[case["state"]]),
        address=f"{base.rstrip('/')}/i/{instance_id}" if base else "",
        printed=instant(language, clock.now()),
        facts=_facts(session, case, language),
        lines=list(_lines(session, held, case["variables"], language)),
        opinions=_opinions(session, tree, language),
        files=[Attachment(row.name, row.size, row.sha256.hex()) for row in session.execute(_FILES, {"cases": cases})],
    )


def _process_name(case: Row, language: str) -> str:
    translated = case["definition_name_en"] if language == "en" else None
    return str(translated or case["definition_name"] or case["definition_key"])


def _facts(session: Session, case: Row, language: str) -> list[Line]:
    say = partial(translate, language)
    names = users.names_of(session, [case["initiator"]] if case["initiator"] else [], language)
    facts = [
        Line(say("Started by"), names.get(case["initiator"], case["initiator"] or "–")),
        Line(say("Started"), instant(language, case["started_at"])),
        Line(say("State"), say(STATES[case["state"]])),
    ]
    if case["ended_at"]:
        facts.append(Line(say("Ended"), instant(language, case["ended_at"])))
    return facts


def _lines(session: Session, held: Definition, variables: Mapping[str, Any], language: str) -> Iterator[Line]:
    """Give what was asked for: the fields of the start form, or else the summary the analyst chose."""
    words = vocabulary.of(session, held, language)
    words = words.with_people(users.names_of(session, words.chosen(variables), language))
    schema = _start_form(session, held)
    if schema is None:
        for name in held.program.summary:
            yield from _line(words.label(name), words.value(name, variables.get(name)), language)
        return
    for component in schema.walk():
        if isinstance(component, DynamicList) and len(component.path) == 1:
            yield from _table(component, variables.get(component.path[0]), language)
        elif isinstance(component, Field) and len(component.path) == 1:
            name = component.path[0]
            yield from _line(label_of(component, language), words.value(name, variables.get(name)), language)


def _start_form(session: Session, held: Definition) -> FormSchema | None:
    try:
        form = find_form(session, held.program.start_form_key, deployment_id=held.deployment_id)
    except (NotFound, UnsupportedForm):
        return None
    return form.schema if form else None


def _line(label: str, value: Any, language: str) -> Iterator[Line]:
    if value not in (None, "", []):
        yield Line(label, _text(value, language))


def _text(value: Any, language: str) -> str:
    if isinstance(value, list) and all(isinstance(item, dict) and item.keys() >= {"id", "name"} for item in value):
        return enumerated(language, (str(item["name"]) for item in value))  # files
    return shown(language, value)


def _table(component: DynamicList, rows: Any, language: str) -> Iterator[Line]:
    if not isinstance(rows, list) or not rows:
        return
    columns = [inner for inner in component.components if isinstance(inner, Field)]
    cells = [
        [_text(row.get(column.path[-1]), language) for column in columns] for row in rows if isinstance(row, Mapping)
    ]
    yield Line(label_of(component, language), headings=[label_of(each, language) for each in columns], rows=cells)


def _opinions(session: Session, tree: Sequence[Row], language: str) -> list[Opinion]:
    held = {row["id"]: definition(session, row["definition_id"]) for row in tree}
    decided = [row for row in session.execute(_OF_CASES, {"cases": list(held)}) if row.action not in UNTOLD]
    signed = [row.signature_id for row in decided if row.signature_id]
    signatures: dict[UUID, bytes] = {
        row.id: row.content for row in (session.execute(_SIGNATURES, {"files": signed}) if signed else ())
    }
    people = {person for row in decided for person in (row.actor, row.on_behalf_of, row.outcome, *row.people) if person}
    names = users.names_of(session, people, language)
    return [
        Opinion(
            step=_step(held[row.process_instance_id], row.element_id, language),
            person="" if row.actor == SYSTEM.user_id else names.get(row.actor, row.actor),
            at=instant(language, row.at),
            result=_result(
                row, vocabulary.of(session, held[row.process_instance_id], language).with_people(names), language
            ),
            on_behalf_of=names.get(row.on_behalf_of, row.on_behalf_of or ""),
            opinion=row.opinion or "",
            reason=_reason(held[row.process_instance_id], row, _names(row.people, names, language), language),
            people=_names(row.people, names, language),
            signature=signatures.get(row.signature_id),
        )
        for row in decided
    ]


def _step(held: Definition, element_id: str | None, language: str) -> str:
    element = held.program.elements.get(element_id or "")
    return element.localised_name(language) if element else ""


def _reason(held: Definition, row: Any, people: str, language: str) -> str:
    element = held.program.elements.get(row.element_id or "")
    return why(element.approval if element else None, row.action, row.reason_code, people, language)


def _result(row: Any, words: Vocabulary, language: str) -> str:
    if row.outcome and row.action in ("approve", "reject", "submit", "complete"):
        return words.decision(row.outcome)
    if row.outcome and row.action == "timeout":
        return f"{words.decision(row.outcome)} · {translate(language, ACTIONS[row.action])}"
    return translate(language, ACTIONS.get(row.action, "Completed"))


def _names(people: Iterable[str], names: Mapping[str, str], language: str) -> str:
    return enumerated(language, (names.get(person, person) for person in people))
