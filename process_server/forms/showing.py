"""What a form showed when somebody decided by it: its version and the values in it, to be kept with the decision."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from process_server.db import Session
from process_server.forms.definitions import find_form
from process_server.forms.generated import GeneratedField, generated_form
from process_server.forms.policy import FieldPolicy
from process_server.forms.rendering import initial_data
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
) -> tuple[UUID | None, dict[str, Any]]:
    """Return which version of a form a reader has before them and the values in it. Raises as `open_form`."""
    form = find_form(session, form_key, deployment_id=deployment_id, binding=binding)
    if form is None and not fields:
        return None, {}
    schema = form.schema if form else generated_form(fields)
    policy = FieldPolicy.from_properties(properties or {})
    return form.id if form else None, initial_data(schema, variables, policy=policy)
