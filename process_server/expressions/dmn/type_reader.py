"""Reads the item definitions of a decision file, when they are asked for."""

from process_server.errors import InvalidExpression, Problem
from process_server.expressions.dmn import xml
from process_server.expressions.dmn.types import ItemType
from process_server.expressions.dmn.xml import Element
from process_server.expressions.feel.types import Type, simple_type
from process_server.expressions.feel.unary import compile_unary_tests

_ANY = Type("any")


class TypeReader:
    """Finds types by the names that `typeRef` gives."""

    def __init__(self, root: Element, file: str, problems: list[Problem], names: frozenset[str]) -> None:
        self._definitions = {item.get("name", ""): item for item in xml.children(root, "itemDefinition")}
        self._types: dict[str, ItemType] = {}
        self._file = file
        self._problems = problems
        self._names = names

    def of(self, reference: str | None) -> ItemType | None:
        """Return the type of a name, or None for no type or any."""
        name = (reference or "").rpartition(":")[2] if reference not in self._definitions else reference or ""
        if name in self._types:
            return self._types[name]
        if name in self._definitions:
            made = self._types[name] = ItemType(name)
            self._fill(made, self._definitions[name])
            return made
        simple = simple_type(name) if name else None
        return None if simple is None or simple == _ANY else ItemType(name, simple)

    def of_variable(self, element: Element) -> ItemType | None:
        """Return the type of an element's variable."""
        variable = xml.child(element, "variable")
        return None if variable is None else self.of(variable.get("typeRef") or _type_element(variable))

    def simple(self, reference: str | None) -> Type | None:
        """Return the built-in type of a column, or None."""
        if not reference or reference in self._definitions:
            return None
        return simple_type(reference.rpartition(":")[2])

    def _fill(self, made: ItemType, element: Element) -> None:
        made.collection = element.get("isCollection") == "true"
        reference = _type_element(element)
        if reference:
            made.base = self.of(reference)
            if made.base is not None and made.base is not made and not isinstance(made.base.base, ItemType):
                made.base = made.base if reference in self._definitions else made.base.base
        for component in xml.children(element, "itemComponent"):
            inner = ItemType(component.get("name", ""))
            self._fill(inner, component)
            made.components[component.get("name", "")] = inner
        allowed = xml.child(element, "allowedValues")
        if allowed is not None and xml.text_in(allowed):
            try:
                made.allowed = compile_unary_tests(xml.text_in(allowed), self._names)
            except InvalidExpression as error:
                found = xml.problem(self._file, error.code, error.template, element=allowed, **error.params)
                self._problems.append(found)


def _type_element(element: Element) -> str | None:
    found = xml.child(element, "typeRef")
    return element.get("typeRef") if found is None else (found.text or "").strip()
