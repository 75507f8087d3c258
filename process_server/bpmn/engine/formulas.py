"""Texts of a model compiled once: literals, expressions, templates and scripts behind one `evaluate`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from process_server.bpmn.model import ANSWER, VARIABLE, Formula
from process_server.errors import ExpressionFailed
from process_server.expressions import compile_expression, compile_script, compile_template, is_expression
from process_server.expressions.foreign.flowable import plain_functions
from process_server.expressions.foreign.java import plain_condition

Dialect = Literal["juel", "feel", "plain", "auto"]


class Evaluable(Protocol):
    """Something that has a value in a scope."""

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value. Raises ExpressionFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Literal_:
    """A text that stands for itself."""

    text: Any

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the text."""
        return self.text


@dataclass(frozen=True, slots=True)
class Named:
    """A variable by its name, whatever characters that has; null when there is none."""

    text: str

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the variable's value."""
        return scope.get(self.text)


@dataclass(frozen=True, slots=True)
class Path:
    """A variable, or an entry deep inside one: `customer.owner`; null where there is none."""

    text: str

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value."""
        found: Any = scope
        for name in self.text.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True, slots=True)
class Answer(Named):
    """A part of what the work answered: nothing is copied where the work did not say it."""


@dataclass(frozen=True, slots=True)
class Lenient:
    """What a foreign implementation is configured with: null where it cannot be evaluated, for only that needs it."""

    inner: Evaluable

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value, or null."""
        try:
            return self.inner.evaluate(scope)
        except ExpressionFailed:
            return None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of formulas."""

    items: tuple[Evaluable, ...]

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the list of their values."""
        return [item.evaluate(scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map of formulas; its keys are formulas as well."""

    items: tuple[tuple[Evaluable, Evaluable], ...]

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the map of their values."""
        return {str(key.evaluate(scope)): item.evaluate(scope) for key, item in self.items}


def dialect_of(language: str | None) -> Dialect | None:
    """Return the dialect a file's name for a language means; None when it is a language of another house."""
    name = (language or "").strip().lower()
    if not name or name.endswith(("/xpath", "xpath")):
        return "auto"
    if "feel" in name:
        return "feel"
    if name in ("juel", "el") or name.endswith("/el"):
        return "juel"
    if name in ("plain", "python", "spiff", "spiffworkflow", "simple"):
        return "plain"
    return None


def compile_value(text: str, language: str | None = None) -> Evaluable:
    """Compile a text that may be a literal ("sales"), a template ("Hello ${x}") or an expression ("${x}", "=x").

    Where the `language` is FEEL or plain it is always an expression. Raises InvalidExpression.
    """
    text = plain_functions(text.strip())
    if is_expression(text):
        return compile_expression(text, "auto")
    if "${" in text or "#{" in text:
        return compile_template(text)
    dialect = dialect_of(language)
    return compile_expression(text, dialect) if dialect in ("plain", "feel") else Literal_(text)


def compile_condition(formula: Formula) -> Evaluable:
    """Compile what is always an expression. Raises InvalidExpression."""
    text = plain_functions(formula.text.strip())
    if is_expression(text):
        return compile_expression(text, "auto")
    dialect = dialect_of(formula.language)
    if dialect is None or text.startswith("return "):
        text = plain_condition(text)
    return compile_expression(text, "plain" if dialect in (None, "auto") else dialect)


def compile_source(source: object) -> Evaluable:
    """Compile the source of a mapping, nested lists and maps included. Raises InvalidExpression."""
    if isinstance(source, list):
        return ListOf(tuple(compile_source(item) for item in source))
    if isinstance(source, dict):
        return MapOf(tuple((compile_value(key), compile_source(item)) for key, item in source.items()))
    assert isinstance(source, Formula)
    if source.literal:
        return Literal_(source.text)
    if source.script and (source.language or "").lower() != "freemarker":  # whose scripts are templates
        return compile_script(source.text, dialect_of(source.language) or "plain")
    if source.language == VARIABLE:
        return Named(source.text)
    if source.language == ANSWER:
        return Answer(source.text)
    return compile_value(source.text, source.language)


__all__ = [
    "Evaluable",
    "Literal_",
    "compile_condition",
    "compile_script",
    "compile_source",
    "compile_value",
    "dialect_of",
]
