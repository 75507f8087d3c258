"""What a form showed when somebody decided by it: its version and the values in it, to be kept with the decision."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from process_server.db import Session
from process_server.forms import directory
from process_server.forms.definitions import find_form, load_form
from process_server.forms.entry import OpenForm
from process_server.forms.generated import GeneratedField, generated_form
from process_server.forms.policy import FieldPolicy
from process_server.forms.rendering import initial_data, render
from process_server.values import Value


def shown(
    session: Session,
    form_key: str | None,
    *,
    variables: Mapping[str, Value],
    deployment_id: UUID | None = None,
    binding: Literal["latest", "deployment"] = "latest",
    properties: Mapping[str, str] | None = None,
    fields: Sequence[GeneratedField] = (),
    form_id: UUID | None = None,
) -> tuple[UUID | None, dict[str, Any]]:
    """Return which version of a form a reader has before them and the values in it. Raises as `open_form`."""
    form = find_form(session, form_key, deployment_id=deployment_id, binding=binding, form_id=form_id)
    if form is None and not fields:
        return None, {}
    schema = form.schema if form else generated_form(fields)
    policy = FieldPolicy.from_properties(properties or {})
    return form.id if form else None, initial_data(schema, variables, policy=policy)


def again(
    session: Session,
    form_id: UUID | None,
    values: Mapping[str, Value],
    *,
    language: str,
    properties: Mapping[str, str] | None = None,
    fields: Sequence[GeneratedField] = (),
) -> OpenForm | None:
    """Return the form a decision was made by, with what it showed then; None where it showed none. Raises NotFound."""
    if form_id is None and not fields:
        return None
    schema = load_form(session, form_id).schema if form_id else generated_form(fields)
    policy = FieldPolicy.from_properties(properties or {})
    lookup = directory.lookup(session, None, language)
    drawn = render(schema, language=language, policy=policy, data=values, editable=False, lookup=lookup)
    return OpenForm(schema.id, drawn, dict(values))
