"""The business fields that lists can show: variables that forms of the processes declare, and who is shown them where.

Whoever may open a step's form is shown the fields it does not hide, and whoever sees a case the values an analyst chose
for lists; administrators are shown everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import func, literal, or_, select

from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.program import Element
from process_server.db import Session, table_of
from process_server.errors import NotFound
from process_server.forms.components import (
    CheckboxField,
    ChoiceField,
    Component,
    DatetimeField,
    ExpressionField,
    Field,
    FileField,
    Group,
    NumberField,
)
from process_server.forms.definitions import UnsupportedForm, find_form
from process_server.forms.localise import label_of, localise
from process_server.forms.models import FormDefinition
from process_server.forms.policy import OPEN, FieldPolicy, Mode
from process_server.identity.principal import Principal
from process_server.tasks.inbox.column import Kind
from process_server.tasks.inbox.columns import BusinessField, Columns
from process_server.tasks.inbox.lists import listing

VERSIONS = 10  # of a process, the newest ones; those that still run come on top

_definition, _instance, _form = table_of(ProcessDefinition), table_of(ProcessInstance), table_of(FormDefinition)
_later = _definition.alias("later")
_RUNS = select(literal(1)).where(_instance.c.definition_id == _definition.c.id, _instance.c.state == "active").exists()
_NEWER = (
    select(func.count())
    .where(_later.c.key == _definition.c.key, _later.c.version > _definition.c.version)
    .scalar_subquery()
)
_IN_USE = (
    select(_definition.c.id)
    .where(or_(_NEWER < VERSIONS, _RUNS))
    .order_by(_definition.c.key, _definition.c.version.desc())
)
_NEWEST_FORM = select(_form.c.id).order_by(_form.c.deployment_id.desc(), _form.c.version.desc()).limit(1)

_read: LRUCache[tuple[tuple[UUID, ...], UUID | None], Mapping[str, BusinessField]] = LRUCache(8)
_lock = Lock()


def columns_of(session: Session, name: str, principal: Principal) -> Columns:
    """Return the columns somebody can use in a list. Raises NotFound, NotAllowed."""
    return Columns(listing(name), principal, business_fields(session))


def business_fields(session: Session) -> Mapping[str, BusinessField]:
    """Return the business fields of all processes by name; read anew when a process or a form was deployed."""
    versions = tuple(session.scalars(_IN_USE))
    state = versions, session.execute(_NEWEST_FORM).scalar()
    with _lock:
        known = _read.get(state)
    if known is None:
        known = _gather(session, versions)
        with _lock:
            _read[state] = known
    return known


@dataclass
class _Gathered:
    """A field as it is found in one form after the other."""

    name: str
    label: str
    label_en: str
    kind: Kind
    everywhere: set[UUID] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    starts: set[UUID] = field(default_factory=set)
    options: dict[str, tuple[str, str]] = field(default_factory=dict)

    def done(self) -> BusinessField:
        return BusinessField(
            self.name,
            self.label,
            self.label_en,
            self.kind,
            frozenset(self.everywhere),
            frozenset(self.steps),
            frozenset(self.starts),
            self.options,
        )


def _gather(session: Session, versions: Iterable[UUID]) -> Mapping[str, BusinessField]:
    found: dict[str, _Gathered] = {}
    for version in versions:
        held = definition(session, version)
        form_key, start = task_forms.start_form(held) if held.program.starts else (None, "")
        for each, hidden in _fields(session, held, form_key, held.program.elements.get(start)):
            known = _known(found, each)
            if not hidden:
                known.starts.add(held.id)
        form_keys = dict(held.program.form_keys)
        for element in held.program.elements.values():
            if element.type == "userTask":
                for each, hidden in _fields(session, held, form_keys.get(element.id), element):
                    known = _known(found, each)
                    if not hidden:
                        known.steps.add(f"{held.id}/{element.id}")
        for name in held.program.summary:
            known = found.setdefault(name, _Gathered(name, name, name, "text"))
            known.everywhere.add(held.id)
    return {name: each.done() for name, each in found.items()}


def _known(found: dict[str, _Gathered], component: Field) -> _Gathered:
    name = component.path[0]
    known = found.get(name)
    if known is None or (known.label == name and not known.steps and not known.starts):
        everywhere = known.everywhere if known else set()
        known = found[name] = _Gathered(
            name, label_of(component, "zh-CN"), label_of(component, "en"), _kind(component), everywhere
        )
    if isinstance(component, ChoiceField):
        known.options.update(_options(component))
    return known


def fields_of_step(
    session: Session, held: Definition, form_key: str | None, element: Element | None
) -> Iterator[Field]:
    """Give the fields a step shows that are variables of their own."""
    return (component for component, hidden in _fields(session, held, form_key, element) if not hidden)


def _fields(
    session: Session, held: Definition, form_key: str | None, element: Element | None
) -> Iterator[tuple[Field, bool]]:
    """Give the fields of a step's form that are variables of their own, and whether the step hides them."""
    binding: Literal["latest", "deployment"] = (
        "deployment" if element is not None and element.form_binding == "deployment" else "latest"
    )
    try:
        form = find_form(session, form_key, deployment_id=held.deployment_id, binding=binding)
    except (NotFound, UnsupportedForm):
        return
    if form is None:
        return
    policy = FieldPolicy.from_properties(element.properties if element else {}) or OPEN
    yield from _shown(form.schema.components, policy, policy.default)


def _shown(components: Iterable[Component], policy: FieldPolicy, inherited: Mode) -> Iterator[tuple[Field, bool]]:
    for component in components:
        mode = policy.mode(component, inherited)
        if isinstance(component, Group):
            yield from _shown(component.components, policy, mode)
        elif isinstance(component, Field) and len(component.path) == 1 and not isinstance(component, FileField):
            yield component, mode == "hidden"


def _kind(component: Field) -> Kind:
    match component:
        case NumberField() | ExpressionField():
            return "number"
        case CheckboxField():
            return "boolean"
        case DatetimeField(subtype="date"):
            return "date"
        case DatetimeField(subtype="datetime"):
            return "instant"
        case ChoiceField():
            return "list" if component.many else "key"
    return "text"


def _options(component: ChoiceField) -> dict[str, tuple[str, str]]:
    values = component.values or []
    labels = []
    for language in ("zh-CN", "en"):
        entry = {"values": [{"value": option.value, "label": option.label or option.value} for option in values]}
        localise(entry, component, language)
        labels.append([str(option["label"]) for option in entry["values"]])
    return {str(option.value): (chinese, english) for option, chinese, english in zip(values, *labels, strict=True)}
