"""Reads decision logic: tables, literal expressions and the other boxed expressions."""

from collections.abc import Iterable
from typing import Any

from process_server.errors import InvalidExpression, Problem
from process_server.expressions.dmn import boxed, xml
from process_server.expressions.dmn.boxed import Logic
from process_server.expressions.dmn.table import INPUT, DecisionTable, Input, Output, Rule
from process_server.expressions.dmn.type_reader import TypeReader
from process_server.expressions.dmn.xml import Element
from process_server.expressions.expression import Expression, compile_expression, compile_feel
from process_server.expressions.feel.unary import UnaryTests, compile_unary_tests
from process_server.i18n import gettext_noop

_BOXED = (
    *("decisionTable", "literalExpression", "context", "invocation", "relation", "list", "functionDefinition"),
    *("conditional", "for", "some", "every", "filter"),
)
_LETTERS = {
    "UNIQUE": "U",
    "ANY": "A",
    "FIRST": "F",
    "PRIORITY": "P",
    "RULE ORDER": "R",
    "COLLECT": "C",
    "OUTPUT ORDER": "O",
}
_SIGNS = {"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}


class LogicReader:
    """Compiles the logic of one file; a problem is noted where it stands, and null put in its place."""

    def __init__(self, root: Element, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.names = _names(root)
        self._known = self.names | {item.get("id", "") for item in root} | {INPUT}
        self.types = TypeReader(root, file, problems, self.names)
        self._language = root.get("expressionLanguage", "")
        self._old = "20151101" in (root.nsmap.get(root.prefix) or "")
        self._places: dict[Element, dict[str, Any]] = {}  # of the cells of the row that is read

    def of(self, element: Element) -> Logic:
        """Return the logic inside an element; null when there is none."""
        found = xml.children(element, *_BOXED)
        return self._boxed(found[0]) if found else boxed.Nothing()

    def variables_of(self, logic: Logic, names: list[str]) -> tuple[str, ...]:
        """Return the variables a decision reads: those it declares, and those its table's columns name."""
        read: list[str] = list(names)
        if isinstance(logic, DecisionTable):
            for column in logic.inputs:
                read += sorted(column.expression.variables) if column.expression else []
        inner = logic.logic if isinstance(logic, boxed.Typed) else logic
        if isinstance(inner, boxed.Formula):
            read += sorted(inner.expression.variables)
        return tuple(dict.fromkeys(read))

    def _boxed(self, element: Element) -> Logic:
        reader = {
            "decisionTable": self._table,
            "literalExpression": self._formula,
            "context": self._context,
            "invocation": self._invocation,
            "relation": self._relation,
            "list": self._list,
            "functionDefinition": self._function,
            "conditional": self._conditional,
            "filter": self._filter,
        }.get(xml.local_name(element), self._iterator)
        logic = reader(element)
        kind = self.types.of(element.get("typeRef"))
        return logic if kind is None or isinstance(logic, DecisionTable) else boxed.Typed(logic, kind)

    def _inside(self, element: Element, name: str) -> Logic:
        holder = xml.child(element, name)
        return boxed.Nothing() if holder is None else self.of(holder)

    def _formula(self, element: Element) -> Logic:
        return boxed.Formula(self._expression(element) or compile_feel("null"))

    def _context(self, element: Element) -> Logic:
        entries = []
        for entry in xml.children(element, "contextEntry"):
            variable = xml.child(entry, "variable")
            name = None if variable is None else variable.get("name")
            kind = None if variable is None else self.types.of(variable.get("typeRef"))
            entries.append((name, self.of(entry), kind))
        return boxed.BoxedContext(tuple(entries))

    def _invocation(self, element: Element) -> Logic:
        bindings = []
        for binding in xml.children(element, "binding"):
            parameter = xml.child(binding, "parameter")
            bindings.append(("" if parameter is None else parameter.get("name", ""), self.of(binding)))
        called = xml.child(element, "literalExpression")
        function = (None if called is None else self._expression(called)) or compile_feel("null")
        return boxed.Invocation(function, tuple(bindings))

    def _relation(self, element: Element) -> Logic:
        columns = tuple(column.get("name", "") for column in xml.children(element, "column"))
        rows = [tuple(map(self._boxed, xml.children(row, *_BOXED))) for row in xml.children(element, "row")]
        return boxed.Relation(columns, tuple(rows))

    def _list(self, element: Element) -> Logic:
        return boxed.BoxedList(tuple(map(self._boxed, xml.children(element, *_BOXED))))

    def _function(self, element: Element) -> Logic:
        if element.get("kind", "FEEL") != "FEEL":
            message = gettext_noop("A function in {language} is not run here.")
            self._report("foreign_function", message, element, language=element.get("kind"))
            return boxed.Nothing()
        parameters = xml.children(element, "formalParameter")
        names = tuple(item.get("name", "") for item in parameters)
        types = tuple(self.types.of(item.get("typeRef")) for item in parameters)
        return boxed.BoxedFunction(names, types, self.of(element))

    def _conditional(self, element: Element) -> Logic:
        return boxed.Conditional(*(self._inside(element, name) for name in ("if", "then", "else")))

    def _filter(self, element: Element) -> Logic:
        return boxed.BoxedFilter(self._inside(element, "in"), self._inside(element, "match"))

    def _iterator(self, element: Element) -> Logic:
        kind = xml.local_name(element)
        body = self._inside(element, "return" if kind == "for" else "satisfies")
        return boxed.Iterator(kind, element.get("iteratorVariable", ""), self._inside(element, "in"), body)

    def _table(self, element: Element) -> Logic:
        heads = xml.children(element, "input"), xml.children(element, "output")
        inputs, outputs = tuple(map(self._input, heads[0])), tuple(map(self._output, heads[1]))
        columns = [*map(_columns, heads)]
        rules = xml.children(element, "rule")
        return DecisionTable(
            name=_decision_name(element),
            hit_policy=self._hit_policy(element),
            inputs=inputs,
            outputs=outputs,
            rules=tuple(self._rule(rule, row, inputs, columns) for row, rule in enumerate(rules, 1)),
        )

    def _hit_policy(self, element: Element) -> str:
        given = element.get("hitPolicy", "UNIQUE").upper().replace("_", " ")
        letter = _LETTERS.get(given, given if given in _LETTERS.values() else "")
        sign = _SIGNS.get(element.get("aggregation", "").upper(), "") if letter == "C" else ""
        if not letter:
            message = gettext_noop("There is no hit policy {policy}.")
            self._report("hit_policy", message, element, policy=element.get("hitPolicy"))
        return (letter or "U") + sign

    def _input(self, element: Element) -> Input:
        expression = xml.child(element, "inputExpression")
        label = element.get("label") or xml.text_in(expression) or element.get("id") or ""
        reference = None if expression is None else expression.get("typeRef")
        variable = next((value for name, value in element.attrib.items() if str(name).endswith("}inputVariable")), None)
        return Input(
            label=label,
            expression=None if expression is None else self._expression(expression),
            kind=self.types.simple(reference),
            type=self.types.of(reference) if self.types.simple(reference) is None else None,
            variable=str(variable) if variable else None,
        )

    def _output(self, element: Element) -> Output:
        values = xml.child(element, "outputValues")
        default = xml.child(element, "defaultOutputEntry")
        listed = xml.text_in(values)
        return Output(
            name=element.get("name") or element.get("label") or element.get("id") or "",
            kind=self.types.simple(element.get("typeRef")),
            values=self._compiled(f"[{listed}]", "feel", values) if values is not None and listed else None,
            default=self._expression(default) if default is not None else None,
        )

    def _rule(self, element: Element, row: int, inputs: tuple[Input, ...], columns: list[list[str]]) -> Rule:
        conditions, conclusions = xml.children(element, "inputEntry"), xml.children(element, "outputEntry")
        named = [pair for pairs in map(zip, (conditions, conclusions), columns) for pair in pairs]
        self._places = {cell: {"table_row": row, "table_column": column} for cell, column in named}
        if [len(conditions), len(conclusions)] != [*map(len, columns)]:
            message = gettext_noop("Row {row} has not as many cells as the table has columns.")
            self._report("table_row", message, element, row=row)
        rule = Rule(
            id=element.get("id") or "",
            row=row,
            conditions=tuple(map(self._condition, conditions)),
            conclusions=tuple(map(self._expression, conclusions)),
        )
        known = self._known.union(item.variable or "" for item in inputs)
        known |= {name for item in inputs if item.expression for name in item.expression.variables}
        for cell, read in zip((*conditions, *conclusions), (*rule.conditions, *rule.conclusions), strict=True):
            word = xml.text_in(cell)
            if read is not None and read.variables == {word} and word not in known:
                self._unquoted(cell, word)
        return rule

    def _unquoted(self, cell: Element, word: str) -> None:
        message = gettext_noop("Nothing in this file is called {word}: a text stands in quotation marks")
        hint = gettext_noop('Write "{word}" in row {table_row}, column {table_column}, unless a variable is meant.')
        place = self._places.get(cell, {})
        self.problems.append(
            xml.problem(self.file, "unquoted", message, element=cell, severity="warning", hint=hint, word=word, **place)
        )

    def _condition(self, element: Element) -> UnaryTests | Expression | None:
        text = xml.text_in(element)
        if text in ("", "-"):
            return None
        language = self._language_of(element)
        if language != "feel":
            return self._compiled(text, language, element)
        try:
            return compile_unary_tests(text, self.names)
        except InvalidExpression as error:
            if self._old:
                return self._compiled(text, "plain", element, error)
            self._note(element, error)
            return None

    def _expression(self, element: Element) -> Expression | None:
        """Compile what stands in an element's text; None where there is none."""
        text = xml.text_in(element)
        return self._compiled(text, self._language_of(element), element) if text not in ("", "-") else None

    def _compiled(
        self, text: str, language: str, element: Element, first: InvalidExpression | None = None
    ) -> Expression | None:
        try:
            if language == "feel":
                return compile_feel(text, self.names)
            return compile_expression(text, "juel" if language == "juel" else "plain")
        except InvalidExpression as error:
            if language == "feel" and self._old:  # before DMN 1.2 conclusions were JUEL unless said otherwise
                return self._compiled(text, "plain", element, error)
            self._note(element, first or error)
            return None

    def _language_of(self, element: Element) -> str:
        given = (element.get("expressionLanguage") or self._language).lower()
        if not given or "feel" in given:
            return "feel"
        if "juel" in given or given.endswith("/el"):
            return "juel" if "${" in xml.text_in(element) else "plain"
        if given in ("python", "javascript", "groovy", "simple", "plain", "mvel"):
            return "plain"
        message = gettext_noop("The expression language {language} is read as a plain expression.")
        self._report("expression_language", message, element, severity="warning", language=given)
        return "plain"

    def _note(self, element: Element, error: InvalidExpression) -> None:
        self._report(error.code, error.template, element, **error.params)

    def _report(self, code: str, message: str, element: Element, *, severity: str = "error", **params: Any) -> None:
        cell = self._places.get(element, {}) if severity == "error" else {}
        if cell:
            params |= {
                "hint": gettext_noop("See row {table_row}, column {table_column}: texts stand in quotation marks.")
            }
        self.problems.append(
            xml.problem(self.file, code, message, element=element, severity=severity, **params, **cell)
        )


def _columns(heads: list[Element]) -> list[str]:
    """Return what a person calls the columns of a table: by their names, or counted."""
    return [head.get("label") or head.get("name") or str(number) for number, head in enumerate(heads, 1)]


def _decision_name(element: Element) -> str:
    named: Element | None = element
    while named is not None and not named.get("name"):
        named = named.getparent()
    return "" if named is None else named.get("name", "")


def _names(root: Element) -> frozenset[str]:
    """Return all names of the file, so that FEEL knows those that hold operators or keywords."""
    found: Iterable[str | None] = (item.get("name") for item in root.iter() if isinstance(item.tag, str))
    return frozenset(name for name in found if name)
