"""What a control does with a value on the server: read it, check it, compute it, show it to the browser."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from process_server.forms import feel, inputs
from process_server.forms.components import ChoiceField, ExpressionField, Field, FileField
from process_server.forms.inputs import Refused, exact, same
from process_server.forms.limits import Broken, broken
from process_server.forms.options import check_choice, offered
from process_server.forms.sources import NOWHERE, Lookup
from process_server.forms.uploads import UploadedFile, check_files
from process_server.values import Value


@dataclass(frozen=True, slots=True)
class Context:
    """What a value is checked against: what was there before, the other values, files and things at hand."""

    scope: Mapping[str, Any]
    before: Value = None  # as the field understands it
    held: Value = None  # as it lies in the variables
    variables: Mapping[str, Value] = field(default_factory=dict)
    files: Mapping[str, UploadedFile] = field(default_factory=dict)
    lookup: Lookup = NOWHERE


class Behaviour:
    """A native component of form-js; controls of our own override what they do otherwise."""

    assigned = False
    """Whether the server alone gives the value."""

    listed = True
    """Whether the value of a choice is one of the options the form lists."""

    def read(self, field: Field, raw: Any) -> Value:
        """Turn what was sent into the value to keep; None clears it. Raises Refused."""
        return inputs.read(field, raw)

    def shown(self, field: Field, value: Value) -> Any:
        """Return a value as the browser holds it, its emptiness included."""
        return inputs.shown(field, value)

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        """Give the rules that a filled-in value breaks."""
        yield from broken(field, value, context.scope, unchanged=same(value, context.before))

    def settle(self, field: Field, value: Value, context: Context) -> Value:
        """Return what to keep, once options, files and sources were asked. Raises Refused."""
        if isinstance(field, ChoiceField):
            check_choice(field, value, context.before, offered(field, context.scope, context.variables))
        elif isinstance(field, FileField):
            return check_files(field, value, context.held, context.files, context.scope)
        return value

    def compute(self, field: ExpressionField, scope: Mapping[str, Any], lookup: Lookup) -> Value:
        """Return what a computed field holds. Raises ExpressionFailed where its expression asks for too much."""
        return exact(feel.evaluate(field.expression or "=null", scope))


class Native(Behaviour):
    """What form-js itself does."""


NATIVE = Native()


def setting(field: Field, name: str, default: str = "") -> str:
    """Return one of the properties by which an analyst sets a control."""
    return field.properties.get(name, default)


def whole(field: Field, name: str, default: int) -> int:
    """Return a property that is a whole number; the default where it is none."""
    text = setting(field, name)
    return int(text) if text.isdecimal() and len(text) < 7 else default


def pairs(text: str) -> list[tuple[str, str]]:
    """Read a list of keys and labels as an analyst writes it: `speed:速度;quality:质量`."""
    items = (item.strip().partition(":") for item in text.split(";") if item.strip())
    return [(key.strip(), label.strip() or key.strip()) for key, _, label in items]


__all__ = ["NATIVE", "Behaviour", "Context", "Refused", "pairs", "setting", "whole"]
