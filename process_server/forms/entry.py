"""What commands and pages do with forms: show the one a form key means, and take over what was filled in."""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from process_server.db import Session
from process_server.errors import FieldProblem, InvalidForm
from process_server.forms import directory, files, numbering
from process_server.forms.components import FileField, FormSchema
from process_server.forms.controls import behaviour_of
from process_server.forms.controls.behaviour import Behaviour
from process_server.forms.controls.media import Picture
from process_server.forms.definitions import Form, find_form
from process_server.forms.generated import GeneratedField, generated_form
from process_server.forms.inputs import Refused, clean, exact
from process_server.forms.places import everywhere
from process_server.forms.policy import FieldPolicy
from process_server.forms.rendering import initial_data, render
from process_server.forms.submission import Submission, validate
from process_server.identity.principal import Principal
from process_server.values import Value, dump_json

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form ready for the viewer: its schema in the reader's language and the data it opens with."""

    key: str
    schema: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StepForm:
    """The form of a step, as its model refers to it, and what the step may do with the fields of that form.

    `fields` are those that the model itself describes: they make the form where no form key does. `version` is the very
    form a task keeps.
    """

    key: str | None = None
    deployment_id: UUID | None = None
    binding: Literal["latest", "deployment"] = "latest"
    properties: Mapping[str, str] = field(default_factory=dict)
    fields: Sequence[GeneratedField] = ()
    version: UUID | None = None

    @property
    def policy(self) -> FieldPolicy | None:
        """What the step may do with each field; None where it says nothing of any."""
        return FieldPolicy.from_properties(self.properties)

    def find(self, session: Session) -> Form | None:
        """Return the deployed form; None where there is no form key. Raises NotFound, UnsupportedForm."""
        return find_form(
            session, self.key, deployment_id=self.deployment_id, binding=self.binding, form_id=self.version
        )

    @property
    def generated(self) -> FormSchema | None:
        """The form that the model's own fields make; None where it describes none."""
        return generated_form(self.fields) if self.fields else None

    def schema(self, session: Session) -> FormSchema | None:
        """Return what the form asks; None where there is no form. Raises as `find`."""
        form = self.find(session)
        return form.schema if form else self.generated


def open_form(
    session: Session, form: StepForm, *, variables: Mapping[str, Value], language: str, editable: bool = True
) -> OpenForm | None:
    """Return the form of a task or start event for a reader; None where there is none. Raises as `StepForm.find`."""
    schema = form.schema(session)
    if schema is None:
        return None
    lookup = directory.lookup(session, None, language)
    shown = render(schema, language=language, policy=form.policy, data=variables, editable=editable, lookup=lookup)
    return OpenForm(schema.id, shown, initial_data(schema, variables, policy=form.policy))


def accept(
    session: Session,
    form: StepForm,
    values: Mapping[str, Any],
    *,
    variables: Mapping[str, Value],
    actor: Principal,
    process_instance_id: UUID | None = None,
    open_ended: bool = False,
) -> dict[str, Value]:
    """Return the variables that submitted values set: checked by the form where there is one. Raises InvalidForm.

    Without a form all values are taken. `open_ended` takes those that the form does not know as well, which only an
    administrator's system may send.
    """
    schema = form.schema(session)
    if schema is None:
        return take(values)
    files.without_traces(session, file_ids(schema, values, Picture), user_id=actor.user_id)
    uploads = files.usable_files(
        session, file_ids(schema, values), user_id=actor.user_id, process_instance_id=process_instance_id
    )
    given: dict[str, Any] = {"policy": form.policy, "files": uploads, "lookup": directory.lookup(session, actor)}
    checked = validate(schema, values, variables=variables, **given)
    numbers = numbering.assign(session, schema, {**variables, **checked.values})
    if numbers:  # once more: what is computed may name them
        checked = validate(schema, values, variables={**variables, **numbers}, **given)
    _log_vain(checked, schema, actor)
    return numbers | checked.values | (_besides(schema, values) if open_ended else {})


def _log_vain(checked: Submission, schema: FormSchema, actor: Principal) -> None:
    if checked.dropped:
        names = ", ".join(f"{item['field']} ({item['code']})" for item in checked.dropped)
        _log.warning("%s sent values that the form %s does not let be changed: %s", actor.user_id, schema.id, names)
    if checked.ignored:
        _log.info("%s sent values that the form %s does not know: %s", actor.user_id, schema.id, checked.ignored)


def _besides(schema: FormSchema, values: Mapping[str, Any]) -> dict[str, Value]:
    known = {component.path[0] for component in schema.walk() if component.path}
    return take({name: value for name, value in values.items() if name not in known})


def take(values: Mapping[str, Any]) -> dict[str, Value]:
    """Return values that no form checks, as variables keep them. Raises InvalidForm for what cannot be kept."""
    taken: dict[str, Value] = {}
    problems: list[FieldProblem] = []
    for name, value in values.items():
        try:
            taken[clean(name)] = exact(value)
        except Refused as refused:
            problems.append(FieldProblem(field=name, code=refused.code, params=refused.params))
    if problems:
        raise InvalidForm(problems)
    return taken


def attach_files(
    session: Session,
    accepted: Mapping[str, Value],
    *,
    user_id: str,
    instance_id: UUID,
    task_id: UUID | None = None,
) -> None:
    """Let the person's files among accepted values belong to the instance, bound to all that was accepted with them."""
    ids = set(files_in(accepted))
    if not ids:
        return
    files.attach(
        session,
        ids,
        user_id=user_id,
        process_instance_id=instance_id,
        user_task_id=task_id,
        form_sha256=hashlib.sha256(dump_json(dict(sorted(accepted.items()))).encode()).digest(),
    )


def files_in(value: Value) -> Iterator[str]:
    """Give the ids of file entries, wherever they lie."""
    if isinstance(value, Mapping):
        if value.keys() == {"id", "name", "size", "type"} and isinstance(value["id"], str):
            yield value["id"]
        else:
            for item in value.values():
                yield from files_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from files_in(item)


def file_ids(schema: FormSchema, values: Mapping[str, Any], kind: type[Behaviour] = Behaviour) -> set[str]:
    """Collect the ids that were sent for file fields, or for those of a kind."""
    found: set[str] = set()
    for component in schema.fields():
        if isinstance(component, FileField) and isinstance(behaviour_of(component), kind):
            for sent in everywhere(values, component.path):
                entries = sent if isinstance(sent, list) else []
                ids = (item.get("id") if isinstance(item, dict) else item for item in entries)
                found |= {item for item in ids if isinstance(item, str)}
    return found
