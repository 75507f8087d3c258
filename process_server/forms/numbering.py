"""Automatic numbers: `KH-{yyyy}{MM}-{0000}`, counted by the server alone, without two the same.

Without gaps, a number is taken in the transaction that uses it: another form of the same sequence waits for it, and
what is rolled back gives its number back. With `gapless` = false it is taken at once, and lost with what fails.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects.postgresql import insert

from process_server import clock
from process_server.db import Session, engine
from process_server.forms.components import ROW, Field, FormSchema
from process_server.forms.controls import behaviour_of
from process_server.forms.controls.behaviour import setting
from process_server.forms.inputs import zone
from process_server.forms.models import NumberSequence
from process_server.forms.places import at, put
from process_server.i18n import gettext_noop
from process_server.values import Value

DEFAULT_PATTERN = "{yyyy}{MM}{dd}-{0000}"
PERIODS: Mapping[str, str] = {"yearly": "%Y", "monthly": "%Y-%m", "daily": "%Y-%m-%d", "never": ""}

_PART = re.compile(r"\{(yyyy|yy|MM|dd|0{1,12})\}")
_DATES: Mapping[str, str] = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d"}

_NEXT = (
    insert(NumberSequence)
    .values(key=bindparam("sequence"), period=bindparam("of_period"), last=1)
    .on_conflict_do_update(
        index_elements=[NumberSequence.key, NumberSequence.period], set_={"last": NumberSequence.last + 1}
    )
    .returning(NumberSequence.last)
)


def pattern_fault(pattern: str) -> str | None:
    """Say what is wrong with a pattern; None where it counts."""
    counters = [part for part in _PART.findall(pattern) if part.startswith("0")]
    if len(counters) != 1:
        return gettext_noop("one counter such as {0000} is needed")
    if "{" in _PART.sub("", pattern):
        return gettext_noop("known are {yyyy}, {yy}, {MM}, {dd} and {0000}")
    return None


def written(pattern: str, number: int, now: datetime) -> str:
    """Write a number as a pattern has it; one that has outgrown its digits gets more of them."""

    def part(found: "re.Match[str]") -> str:
        name = found.group(1)
        return now.strftime(_DATES[name]) if name in _DATES else str(number).zfill(len(name))

    return _PART.sub(part, pattern)


def assign(session: Session, schema: FormSchema, variables: Mapping[str, Value]) -> dict[str, Value]:
    """Return the variables that give every automatic number of a form which has none yet its value."""
    given: dict[str, Value] = {}
    for field in _numbered(schema):
        held: Any = {**variables, **given}
        if at(held, field.path) is None:
            root = field.path[0]
            if len(field.path) > 1 and root not in given:
                given[root] = dict(variables[root]) if isinstance(variables.get(root), dict) else {}
            put(given, field.path, next_number(session, schema.id, field))
    return given


def _numbered(schema: FormSchema) -> Iterator[Field]:
    return (field for field in schema.fields() if behaviour_of(field).assigned and ROW not in field.path)


def next_number(session: Session, form: str, field: Field) -> str:
    """Take the next number of a field's sequence: that of `sequence`, or of the field in its form."""
    pattern = setting(field, "pattern", DEFAULT_PATTERN)
    now = clock.now().astimezone(zone())
    reset = setting(field, "reset", "never")
    given = {
        "sequence": setting(field, "sequence") or f"{form}.{'.'.join(field.path)}",
        "of_period": now.strftime(PERIODS.get(reset, "")),
    }
    if setting(field, "gapless", "true") == "true":
        return written(pattern, session.execute(_NEXT, given).scalar_one(), now)
    with _at_once() as connection:
        return written(pattern, connection.execute(_NEXT, given).scalar_one(), now)


def _at_once() -> Connection:
    """Return a connection of its own whose statements count at once, whatever becomes of the request."""
    return engine().connect().execution_options(isolation_level="AUTOCOMMIT")
