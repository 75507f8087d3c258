"""Decision tables: rules against inputs, and what the hit policy makes of those that match (DMN 1.3, 8.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from process_server.errors import ExpressionFailed
from process_server.expressions.dmn.types import ItemType, as_column
from process_server.expressions.expression import Expression
from process_server.expressions.feel.library.lists import total
from process_server.expressions.feel.operators import equal, less
from process_server.expressions.feel.types import Type
from process_server.expressions.feel.unary import UnaryTests
from process_server.expressions.limits import MAX_ITEMS, Fault, because
from process_server.i18n import gettext_noop

_TOO_MANY = gettext_noop("hit policy {policy}: the rules {rules} match, but at most one may")
_DIFFER = gettext_noop("hit policy {policy}: the rules {rules} match and conclude differently")
INPUT = "cellInput"  # the name under which a JUEL cell sees its input, as in Camunda 7


@dataclass(frozen=True, slots=True)
class Input:
    """A column that rules test. `variable` names the value for cells in other languages than FEEL."""

    label: str
    expression: Expression | None
    kind: Type | None = None
    type: ItemType | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A column that rules fill. `values` are its allowed values, the first with the highest priority."""

    name: str
    kind: Type | None = None
    values: Expression | None = None
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row; a condition that is None is met by everything."""

    id: str
    row: int
    conditions: tuple[UnaryTests | Expression | None, ...]
    conclusions: tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, with what it concludes."""

    rule: Rule
    outputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table; `hit_policy` is its letter with the aggregator's sign, e.g. `U` or `C+`."""

    name: str
    hit_policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def evaluate(self, scope: Mapping[str, Any], record: dict[str, Any]) -> Any:
        """Return the value by the hit policy; note inputs, matched rules and outputs."""
        inner = dict(scope)
        values = [self._input(column, inner) for column in self.inputs]
        hits = []
        record["hit_policy"] = self.hit_policy
        record["inputs"] = {column.label: value for column, value in zip(self.inputs, values, strict=True)}
        for rule in self.rules:
            if self._matches(rule, values, inner):
                hits.append(Hit(rule, self._outputs(rule, inner)))
                if self.hit_policy == "F":
                    break
        record["matched"] = [hit.rule.id for hit in hits]
        record["rows"] = [hit.rule.row for hit in hits]
        record["outputs"] = [hit.outputs for hit in hits]
        return self._result(hits, inner)

    def _input(self, column: Input, scope: Mapping[str, Any]) -> Any:
        value = column.expression.evaluate(scope) if column.expression else None
        value = as_column(value, column.kind)
        return column.type.conforming(value) if column.type else value

    def _matches(self, rule: Rule, values: list[Any], scope: dict[str, Any]) -> bool:
        for column, condition, value in zip(self.inputs, rule.conditions, values, strict=False):
            if condition is None:
                continue
            if isinstance(condition, UnaryTests):
                if not condition.matches(value, scope):
                    return False
            elif not _holds(condition, value, {**scope, INPUT: value, column.variable or INPUT: value}):
                return False
        return True

    def _outputs(self, rule: Rule, scope: Mapping[str, Any]) -> dict[str, Any]:
        return {
            column.name: as_column(conclusion.evaluate(scope), column.kind) if conclusion else None
            for column, conclusion in zip(self.outputs, rule.conclusions, strict=False)
        }

    def _result(self, hits: list[Hit], scope: Mapping[str, Any]) -> Any:
        letter = self.hit_policy[0]
        if not hits:
            return self._without_match(letter, scope)
        if letter == "U" and len(hits) > 1:
            raise self._violated(_TOO_MANY, hits)
        if letter == "A" and any(equal(hit.outputs, hits[0].outputs) is False for hit in hits):
            raise self._violated(_DIFFER, hits)
        if letter in "PO":
            hits = self._by_priority(hits, scope)
        if letter in "UAFP":
            return self._value(hits[0])
        values = [self._value(hit) for hit in hits]
        return _aggregated(self.hit_policy, values) if len(self.hit_policy) > 1 else values

    def _without_match(self, letter: str, scope: Mapping[str, Any]) -> Any:
        if self.hit_policy == "C#":
            return 0
        if not any(output.default for output in self.outputs):
            return None
        made = {output.name: output.default.evaluate(scope) if output.default else None for output in self.outputs}
        value = made if len(self.outputs) > 1 else next(iter(made.values()))
        return value if letter in "UAFP" or len(self.hit_policy) > 1 else [value]

    def _value(self, hit: Hit) -> Any:
        return hit.outputs if len(self.outputs) > 1 else next(iter(hit.outputs.values()), None)

    def _by_priority(self, hits: list[Hit], scope: Mapping[str, Any]) -> list[Hit]:
        ranks = [(output.name, _listed(output.values, scope)) for output in self.outputs if output.values]

        def rank(hit: Hit) -> tuple[int, ...]:
            return tuple(_place(order, hit.outputs[name]) for name, order in ranks)

        return sorted(hits, key=rank)

    def _violated(self, template: str, hits: list[Hit]) -> ExpressionFailed:
        fault = Fault(template, rules=_rows(hits), policy=self.hit_policy)
        return ExpressionFailed(expression=self.name, **because(fault))


def _holds(condition: Expression, value: Any, scope: Mapping[str, Any]) -> bool:
    """Evaluate a cell in another language than FEEL: a truth value decides, any other value must be equal."""
    outcome = condition.evaluate(scope)
    return outcome if isinstance(outcome, bool) and not isinstance(value, bool) else equal(outcome, value) is True


def _rows(hits: list[Hit]) -> str:
    return ", ".join(f"{hit.rule.row} ({hit.rule.id})" if hit.rule.id else str(hit.rule.row) for hit in hits)


def _listed(values: Expression | None, scope: Mapping[str, Any]) -> list[Any]:
    found = values.evaluate(scope) if values else []
    return found if isinstance(found, list) else [found]


def _place(order: list[Any], value: Any) -> int:
    return next((place for place, other in enumerate(order) if equal(other, value) is True), MAX_ITEMS)


def _least(values: list[Any], larger: bool) -> Any:
    best = values[0]
    for value in values[1:]:
        if less(best, value) is larger and equal(best, value) is not True:
            best = value
    return best


_AGGREGATORS: dict[str, Callable[[list[Any]], Any]] = {
    "+": total,
    "<": lambda values: _least(values, False),
    ">": lambda values: _least(values, True),
    "#": len,
}


def _aggregated(policy: str, values: list[Any]) -> int | Decimal | Any:
    if values and isinstance(values[0], dict):
        names = values[0].keys()
        return {name: _AGGREGATORS[policy[1]]([value[name] for value in values]) for name in names}
    return _AGGREGATORS[policy[1]](values)
