"""Numbers that mean something: money, percentages, stars, recommendation, scales."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision, is_currency

from process_server import values
from process_server.forms import inputs
from process_server.forms.components import ChoiceField, Field
from process_server.forms.controls.behaviour import Behaviour, Context, pairs, setting, whole
from process_server.forms.controls.structured import structure, text_in
from process_server.forms.inputs import Refused, exact, read_number, same
from process_server.forms.limits import Broken, broken
from process_server.forms.options import offered
from process_server.values import Value


class Steps(Behaviour):
    """A whole number between two bounds: stars, or how likely somebody is to recommend us."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def read(self, field: Field, raw: Any) -> Value:
        if raw is None or raw == "":
            return None
        number = read_number(raw)
        if number is None:
            raise Refused("not_a_number")
        if number != int(number):
            raise Refused("integer")
        return int(number)

    def shown(self, field: Field, value: Value) -> Any:
        number = read_number(value)
        return None if number is None else int(number)

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        most = whole(field, "max", self.most)
        if value < self.least:
            yield "min", {"limit": self.least}
        if value > most:
            yield "max", {"limit": most}


class Currency(Behaviour):
    """Exact money: a decimal in one `currency`, or `{amount, currency}` where `currencies` leaves a choice."""

    def read(self, field: Field, raw: Any) -> Value:
        if not currencies(field):
            number = None if raw in (None, "") else read_number(raw)
            if number is None and raw not in (None, ""):
                raise Refused("not_a_number")
            return None if number is None else Decimal(number)
        if read_number(raw) is not None:  # a viewer without our widget knows of one currency only
            raw = {"amount": raw}
        given = structure(raw)
        if given is None or given.get("amount") in (None, ""):
            return None
        number = read_number(given["amount"])
        if number is None:
            raise Refused("not_a_number")
        return {"amount": Decimal(number), "currency": text_in(given, "currency").upper() or currencies(field)[0]}

    def shown(self, field: Field, value: Value) -> Any:
        if not isinstance(value, Mapping):
            number = read_number(value)
            plain = None if number is None else format(Decimal(number), "f")
            several = currencies(field)
            return {"amount": plain, "currency": several[0]} if several and plain is not None else plain
        amount = read_number(value.get("amount"))
        shown = None if amount is None else format(Decimal(amount), "f")
        return {"amount": shown, "currency": value.get("currency")} if currencies(field) else shown

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        amount = value["amount"] if isinstance(value, dict) else value
        code = value["currency"] if isinstance(value, dict) else of(field)
        if isinstance(value, dict) and code not in currencies(field):
            yield "currency", {"value": code, "offered": ", ".join(currencies(field))}
            return
        scale = get_currency_precision(code) if is_currency(code) else 2
        if -int(amount.normalize().as_tuple().exponent) > scale:
            yield ("decimal_digits", {"limit": scale}) if scale else ("integer", {})
        yield from broken(field, amount, context.scope, unchanged=same(value, context.before))


def of(field: Field) -> str:
    """Return the currency a field's amounts are in where it leaves no choice."""
    return setting(field, "currency", "CNY").upper()


def currencies(field: Field) -> list[str]:
    """Return the currencies a field offers; none where its amounts are all in one."""
    return [code.strip().upper() for code in setting(field, "currencies").split(",") if code.strip()]


class Matrix(Behaviour):
    """Several questions answered on one scale: an object of the option chosen for each row of `rows`."""

    listed = False

    def read(self, field: Field, raw: Any) -> Value:
        given = structure(raw)
        answers = {key: exact(value) for key, value in (given or {}).items() if value not in (None, "")}
        return answers or None

    def shown(self, field: Field, value: Value) -> Any:
        return values.show(value) if isinstance(value, Mapping) else None

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        rows = dict(pairs(setting(field, "rows")))
        for row in value:
            if row not in rows:
                yield "not_an_option", {"value": row}
        missing = [label for row, label in rows.items() if row not in value]
        if field.rules.required and missing:
            yield "rows_unanswered", {"rows": "、".join(missing)}

    def settle(self, field: Field, value: Value, context: Context) -> Value:
        assert isinstance(field, ChoiceField)
        options = [option for option, _ in offered(field, context.scope, context.variables)]
        before = context.before if isinstance(context.before, dict) else {}
        for row, answer in value.items():
            if not any(same(answer, option) for option in options) and not same(answer, before.get(row)):
                raise Refused("not_an_option", value=str(answer))
        return value


class Percent(Behaviour):
    """A share kept as a fraction: 12.5 % is 0.125."""

    def read(self, field: Field, raw: Any) -> Value:
        number = inputs.read(field, raw)
        return None if number is None else Decimal(number)

    def shown(self, field: Field, value: Value) -> Any:
        number = read_number(value)
        return None if number is None else format(Decimal(number), "f")
