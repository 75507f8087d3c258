"""The components of a form-js 1.23 schema, typed: what may stand in a form and which settings each understands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec

Path: TypeAlias = tuple[str, ...]
"""Where a field keeps its value, `ROW` standing for the index of a dynamic list: ("items", "*", "price")."""

ROW = "*"

READER = "$"
"""Begins the names of what no file may set: the reader of the schema does."""

Limit: TypeAlias = Any
"""An int or Decimal, or a FEEL expression (text beginning with "=") that gives one; the reader has checked it."""


class Struct(msgspec.Struct, kw_only=True, rename="camel"):
    """Settings as form-js names them, read strictly."""


class Conditional(Struct):
    """When the component is hidden: a FEEL expression that must be exactly true."""

    hide: str | None = None


class Rules(Struct):
    """What a value has to satisfy (`validate` in the schema)."""

    required: bool = False
    min: Limit = None
    max: Limit = None
    min_length: Limit = None
    max_length: Limit = None
    pattern: str | None = None
    pattern_error_message: str | None = None
    validation_type: Literal["", "email", "phone", "custom"] | None = None


class Option(Struct):
    """One choice of a static list."""

    label: str | None = None
    value: Any = None


class Component(Struct):
    """What every component may have. The reader of the schema fills in `path`."""

    type: str
    id: str = ""
    label: str | None = None
    conditional: Conditional | None = None
    properties: Mapping[str, str] = {}
    layout: Mapping[str, Any] = {}
    appearance: Mapping[str, Any] = {}
    vertical_alignment: str | None = None
    path: Path = msgspec.field(default=(), name=READER + "path")

    def bound(self, name: Literal["minItems", "maxItems"]) -> int | None:
        """Return how many rows or choices there must or may be: form-js has no setting, so it is a property."""
        text = self.properties.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 7 else None


class Field(Component):
    """A component that holds a value under its key."""

    key: str = ""
    description: str | None = None
    disabled: bool | str = False
    readonly: bool | str = False
    default_value: Any = None
    rules: Rules = msgspec.field(default_factory=Rules, name="validate")


class TextField(Field):
    """A line of text (`textfield`) or several (`textarea`)."""


class NumberField(Field):
    """A number; with `serializeToString` an exact one that never passes through a binary float in the browser."""

    decimal_digits: int | None = None
    increment: Limit = None
    serialize_to_string: bool = False


class DatetimeField(Field):
    """A date, a time of day, or both."""

    subtype: Literal["date", "time", "datetime"] = "date"
    date_label: str | None = None
    time_label: str | None = None
    use24h: bool = False
    time_interval: int | None = None
    time_serializing_format: Literal["utc_offset", "utc_normalized", "no_timezone"] = "utc_offset"
    disallow_passed_dates: bool = False


class ExpressionField(Field):
    """A value computed by FEEL; the server computes it again and believes nobody."""

    expression: str | None = None
    compute_on: Literal["change", "presubmit"] = "change"


class FileField(Field):
    """Uploaded files."""

    multiple: bool | str = False
    accept: str | None = None


class CheckboxField(Field):
    """Yes or no; required means that it must be ticked."""


class ChoiceField(Field):
    """One of several options (`radio`, `select`) or some of them (`checklist`, `taglist`)."""

    values: list[Option] | None = None
    values_key: str | None = None
    values_expression: str | None = None
    searchable: bool = False

    @property
    def many(self) -> bool:
        """Whether several options may be chosen."""
        return self.type in ("checklist", "taglist")


class Group(Component):
    """Components shown together; with a `path` their values lie in an object of that name."""

    binding: str | None = msgspec.field(default=None, name="path")
    show_outline: bool = True
    components: tuple[Component, ...] = msgspec.field(default=(), name=READER + "components")


class DynamicList(Group):
    """Rows of the same components: a list of objects under `path`."""

    is_repeating: bool = True
    allow_add_remove: bool = True
    default_repetitions: int | None = 1
    disable_collapse: bool = False
    non_collapsed_items: int | None = None
    readonly: bool | str = False
    disabled: bool | str = False


class View(Component):
    """Something shown that holds no value: text, pictures, tables, lines, buttons."""

    alt: str | None = None
    source: str | None = None
    text: str | None = None
    content: str | None = None
    url: str | None = None
    title: str | None = None
    data_source: str | None = None
    max_height: Any = None
    height: Any = None
    row_count: Any = None
    columns: list[Any] | None = None
    columns_expression: str | None = None
    security: Mapping[str, Any] = {}
    strict: bool = False
    action: Literal["submit", "reset"] = "submit"
    endpoint_key: str | None = None


TYPES: Mapping[str, type[Component]] = {
    "textfield": TextField,
    "textarea": TextField,
    "number": NumberField,
    "datetime": DatetimeField,
    "expression": ExpressionField,
    "filepicker": FileField,
    "checkbox": CheckboxField,
    "checklist": ChoiceField,
    "radio": ChoiceField,
    "select": ChoiceField,
    "taglist": ChoiceField,
    "group": Group,
    "dynamiclist": DynamicList,
    "text": View,
    "html": View,
    "image": View,
    "table": View,
    "documentPreview": View,
    "spacer": View,
    "separator": View,
    "iframe": View,
    "button": View,
}


def is_expression(setting: object) -> bool:
    """Tell whether a setting is computed by FEEL rather than given."""
    return isinstance(setting, str) and setting.startswith("=")


@dataclass(frozen=True, slots=True)
class FormSchema:
    """A form as deployed (`source`) and as understood (`components`)."""

    id: str
    source: Mapping[str, Any]
    components: tuple[Component, ...]

    def walk(self) -> Iterator[Component]:
        """Visit every component, parents first, in the order of the file."""
        return _walk(self.components)

    def fields(self) -> Iterator[Field]:
        """Visit every component that holds a value."""
        return (component for component in self.walk() if isinstance(component, Field))


def _walk(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        if isinstance(component, Group):
            yield from _walk(component.components)


def dotted(path: Path) -> str:
    """Name a value's place as people write it, without the indexes of rows: `items.price`."""
    return ".".join(part for part in path if part != ROW)
