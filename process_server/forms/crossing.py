"""Rules between fields: FEEL conditions of a form or component, each with a message and the field it is shown at.

They stand among the properties of any component: `rule:dates` = `end >= start`, `rule:dates:message` and
`rule:dates:message:en` say what is wrong, `rule:dates:at` names another field than the component itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from process_server.errors import FieldProblem
from process_server.forms import feel
from process_server.forms.appearances import Surroundings
from process_server.forms.components import Component, DynamicList, Field, Group
from process_server.forms.filling import Filling

PREFIX = "rule:"


def rules_of(component: Component) -> Iterator[tuple[str, str]]:
    """Give each rule of a component: its name and its condition, without the "=" some write before it."""
    for name, condition in component.properties.items():
        if name.startswith(PREFIX) and name.count(":") == 1:
            yield name.removeprefix(PREFIX), condition.strip().removeprefix("=").strip()


def broken_rules(filling: Filling) -> Iterator[FieldProblem]:
    """Give the rules that do not hold; one that comes to null says nothing, so a rule need not fear empty fields."""
    places: dict[int, list[tuple[str, Surroundings, bool]]] = {}
    for entry in filling.entries:
        places.setdefault(id(entry.field), []).append((entry.name, entry.around, entry.lock == "hidden"))
    for component in filling.schema.walk():
        for name, condition in rules_of(component):
            if isinstance(component, Field):
                spots = places.get(id(component), [])
            else:
                spots = [(_container(component), Surroundings(), False)]
            for field, around, hidden in spots:
                scope = around.scope(filling.view)
                if not hidden and feel.evaluate(f"={condition}", scope) is False:
                    yield _problem(component, name, field)


def _container(component: Component) -> str:
    steps = [step for step in component.path if step != "*"]
    return ".".join(steps) if isinstance(component, Group | DynamicList) and steps else component.id


def _problem(component: Component, name: str, field: str) -> FieldProblem:
    properties = component.properties
    where = properties.get(f"{PREFIX}{name}:at") or field
    key = f"{PREFIX}{name}:message"
    params: dict[str, Any] = {"rule": name, "message": properties.get(key, "")}
    return FieldProblem(field=where, code="rule", params=params | in_languages(properties, key))


def in_languages(properties: Mapping[str, str], key: str) -> dict[str, dict[str, str]]:
    """Return a text of an analyst's in the other languages it has, for whoever reads the problem."""
    prefix = f"{key}:"
    texts = {name.removeprefix(prefix): text for name, text in properties.items() if name.startswith(prefix)}
    return {"messages": texts} if texts else {}
