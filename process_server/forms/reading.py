"""A field's values between browser and server: by its control where it is one of ours, else as form-js has it."""

from typing import Any

from process_server.forms.components import Field
from process_server.forms.controls import behaviour_of
from process_server.values import Value


def read(field: Field, raw: Any) -> Value:
    """Turn what was sent for a field into the value to keep; None clears it. Raises Refused."""
    return None if raw is None else behaviour_of(field).read(field, raw)


def shown(field: Field, value: Value) -> Any:
    """Return a value as the form in the browser holds it, its emptiness included."""
    return behaviour_of(field).shown(field, value)
