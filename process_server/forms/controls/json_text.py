"""JSON that people write as text, checked by the JSON Schema an analyst gave."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from process_server import values
from process_server.forms import patterns
from process_server.forms.components import Field
from process_server.forms.controls.behaviour import Behaviour, Context, setting
from process_server.forms.inputs import MAX_TEXT, Refused, exact
from process_server.forms.limits import Broken
from process_server.values import Value


class Json(Behaviour):
    """Any JSON, written as text; `schema` is a JSON Schema it has to satisfy."""

    def read(self, field: Field, raw: Any) -> Value:
        if not isinstance(raw, str):
            return exact(raw)
        if not raw.strip():
            return None
        if len(raw) > MAX_TEXT:
            raise Refused("max_length", limit=MAX_TEXT)
        try:
            return exact(json.loads(raw, parse_float=Decimal))
        except (ValueError, RecursionError) as error:
            raise Refused("not_json") from error

    def shown(self, field: Field, value: Value) -> Any:
        return "" if value is None else json.dumps(values.show(value), ensure_ascii=False, indent=2, default=str)

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        schema = setting(field, "schema")
        if not schema:
            return
        try:
            error = next(_Validator(json.loads(schema), registry=Registry()).iter_errors(values.show(value)), None)
        except RecursionError:  # a schema that refers to itself without going deeper into the value
            yield "json_schema", {"place": "$", "reason": "$ref"}
            return
        if error is not None:
            yield "json_schema", {"place": error.json_path, "reason": error.message[:200]}


def _pattern(_: Any, pattern: str, given: Any, __: Any) -> Iterator[ValidationError]:
    """Match within the time that patterns of forms have."""
    if isinstance(given, str) and not patterns.matches(pattern, given):
        yield ValidationError(f"{given!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def schema_fault(schema: str) -> str | None:
    """Say what is wrong with a JSON Schema; None where it is one. It may refer to parts of itself only."""
    try:
        read = json.loads(schema)
        Draft202012Validator.check_schema(read)
        resolver = Registry().with_resource("", DRAFT202012.create_resource(read)).resolver()
        for reference in _references(read):
            resolver.lookup(reference)
    except SchemaError as error:
        return str(error.message)
    except Unresolvable as error:
        return f"$ref {error.ref}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        for name, item in schema.items():
            if name == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from _references(item)
