"""Automatic numbers: `KH-{yyyy}{MM}-{0000}`, counted by the server alone, without two the same.

Without gaps, a number is taken in the transaction that uses it: another form of the same sequence waits for it, and
what is rolled back gives its number back. With `gapless` = false it is taken at once, and lost with what fails; a
transaction that holds the sequence already takes it there, since it would wait for itself. Sequences are taken in the
order of their names, so that two forms never hold what the other waits for.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import URL, Engine, NullPool, bindparam, create_engine
from sqlalchemy.dialects.postgresql import insert

from process_server import clock
from process_server.db import Session
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

_HELD = "numbering.held"  # the sequences a transaction has taken numbers of

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
    for field in sorted(_numbered(schema), key=lambda field: sequence_of(schema.id, field)):
        held: Any = {**variables, **given}
        if at(held, field.path) is None:
            root = field.path[0]
            if len(field.path) > 1 and root not in given:
                given[root] = dict(variables[root]) if isinstance(variables.get(root), dict) else {}
            put(given, field.path, next_number(session, schema.id, field))
    return given


def _numbered(schema: FormSchema) -> Iterator[Field]:
    return (field for field in schema.fields() if behaviour_of(field).assigned and ROW not in field.path)


def sequence_of(form: str, field: Field) -> str:
    """Name the sequence a field counts by: that of `sequence`, or of the field in its form."""
    return setting(field, "sequence") or f"{form}.{'.'.join(field.path)}"


def next_number(session: Session, form: str, field: Field) -> str:
    """Take the next number of a field's sequence."""
    now = clock.now().astimezone(zone())
    period = now.strftime(PERIODS.get(setting(field, "reset", "never"), ""))
    given = {"sequence": sequence_of(form, field), "of_period": period}
    held: set[tuple[str, str]] = session.info.setdefault(_HELD, set())
    if setting(field, "gapless", "true") == "true" or (given["sequence"], period) in held:
        held.add((given["sequence"], period))
        number = session.execute(_NEXT, given).scalar_one()
    else:
        with _aside(session.get_bind().engine.url).connect() as connection:
            number = connection.execute(_NEXT, given).scalar_one()
    return written(setting(field, "pattern", DEFAULT_PATTERN), number, now)


@lru_cache(maxsize=1)
def _aside(url: URL) -> Engine:
    """Return what makes connections whose statements count at once, whatever becomes of the request.

    They are none of the pool's: requests that each hold one and wait for another would wait for one another.
    """
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
