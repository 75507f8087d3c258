"""What a form showed when somebody decided by it: its version and the values in it, to be kept with the decision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from process_server.db import Session
from process_server.forms import directory
from process_server.forms.definitions import load_form
from process_server.forms.entry import OpenForm, StepForm
from process_server.forms.rendering import initial_data, render
from process_server.values import Value


def shown(session: Session, form: StepForm, *, variables: Mapping[str, Value]) -> tuple[UUID | None, dict[str, Any]]:
    """Return which version of a form a reader has before them and the values in it. Raises as `open_form`."""
    held = form.find(session)
    schema = held.schema if held else form.generated
    if schema is None:
        return None, {}
    return held.id if held else None, initial_data(schema, variables, policy=form.policy)


def again(
    session: Session, form: StepForm, version: UUID | None, values: Mapping[str, Value], *, language: str
) -> OpenForm | None:
    """Return the version a decision was made by, with what it showed; None where it showed none. Raises NotFound."""
    schema = load_form(session, version).schema if version else form.generated
    if schema is None:
        return None
    lookup = directory.lookup(session, None, language)
    drawn = render(schema, language=language, policy=form.policy, data=values, editable=False, lookup=lookup)
    return OpenForm(schema.id, drawn, dict(values))
