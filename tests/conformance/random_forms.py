"""Random forms with values that variables hold and values that a person types."""

import random
from typing import Any

OPTIONS = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}, {"label": "One", "value": 1}]
TEXTS = [
    "",
    "a",
    "ab",
    "abc",
    " ab ",
    "12",
    "123",
    "x1",
    "é",
    "😀",
    "😀😀",
    "a@b.co",
    "bad@",
    "+8613800138000",
    "138",
    "A1",
]
VALUES: dict[str, list[Any]] = {
    "text": TEXTS,
    "number": [None, 0, 1, 2, 5, -1, 10, 0.1, 0.25, 0.3, 1.5, 1.505, 100, 12345678, -2.5],
    "exact": [None, "0", "1", "0.1", "1.505", "12345678901234567890.12", "-1", "5", "0.250", "1.0"],
    "bool": [True, False],
    "date": [None, "2026-01-31", "2020-02-29"],
    "time": [None, "09:30", "23:45"],
    "one": [None, "a", "b", 1],
    "many": [[], ["a"], ["b", 1], ["a", "b"]],
}
CONDITIONS = {
    "text": ['{} = "a"', '{} = ""', '{} != "ab"'],
    "number": ["{} > 1", "{} = 0", "{} = null", "{} <= 5"],
    "exact": ["number({}) > 1"],
    "bool": ["{}", "{} = false", "not({})"],
    "date": ["{} = null", '{} = "2026-01-31"'],
    "one": ['{} = "a"', "{} = 1", "{} = null"],
    "many": ["count({}) > 1", 'list contains({}, "a")'],
}
KINDS = {
    "textfield": "text",
    "textarea": "text",
    "number": "number",
    "checkbox": "bool",
    "radio": "one",
    "select": "one",
    "checklist": "many",
    "taglist": "many",
    "datetime": "date",
    "expression": "",
}
CHOICES = ("radio", "select", "checklist", "taglist")

Known = list[tuple[str, str]]
"""The names that conditions may use so far, each with the kind of its values."""


class Generator:
    """Makes one form, and values for it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.keys = 0
        self.kinds: dict[str, str] = {}

    def form(self) -> dict[str, Any]:
        known: Known = []
        components = [self.component(known, 0) for _ in range(self.rng.randint(1, 6))]
        return {"type": "default", "id": "random", "schemaVersion": 19, "components": components}

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    def condition(self, known: Known) -> str | None:
        usable = [(name, kind) for name, kind in known if kind in CONDITIONS]
        if not usable:
            return None
        name, kind = self.rng.choice(usable)
        return "=" + self.rng.choice(CONDITIONS[kind]).format(name)

    def component(self, known: Known, depth: int) -> dict[str, Any]:
        containers = ["group", "dynamiclist"] if depth < 2 else []
        component: dict[str, Any] = {"type": self.rng.choice([*KINDS, "textfield", "number", *containers])}
        component["id"] = f"Field_{self.rng.getrandbits(60)}"
        hide = self.condition(known) if self.happens(0.35) else None
        if hide:
            component["conditional"] = {"hide": hide}
        if component["type"] == "dynamiclist":
            component |= {"path": self.key(), "components": self.row(known)}
        elif component["type"] == "group":
            if self.happens(0.6):
                component["path"] = self.key()
            component["components"] = [self.component(known, depth + 1) for _ in range(self.rng.randint(1, 3))]
        else:
            self.field(component, known, depth)
        return component

    def row(self, known: Known) -> list[dict[str, Any]]:
        inner: Known = []
        components = []
        for _ in range(self.rng.randint(1, 4)):
            component = self.component(inner if self.happens(0.6) else known, 2)
            components.append(component)
            inner.append((f"this.{component['key']}", self.kinds[component["key"]]))
        return components

    def field(self, component: dict[str, Any], known: Known, depth: int) -> None:
        kind = component["type"]
        key = component["key"] = self.key()
        values = KINDS[kind]
        rules: dict[str, Any] = {"required": True} if kind != "expression" and self.happens(0.4) else {}
        if values == "text":
            rules |= self.text_rules(kind)
        elif kind == "number":
            rules |= self.number_rules(component)
            values = "exact" if component.get("serializeToString") else "number"
        elif kind == "datetime":
            values = component["subtype"] = self.rng.choice(["date", "time"])
            component["timeSerializingFormat"] = "no_timezone"
        elif kind == "expression":
            numbers = [name for name, of in known if of == "number"]
            component["expression"] = f"={self.rng.choice(numbers)} + 1" if numbers else '="x"'
        elif kind in CHOICES:
            component |= self.options(known)
        if rules:
            component["validate"] = rules
        self.kinds[key] = values
        if kind != "expression":
            self.access(component, known, values)
        if depth == 0:
            known.append((key, values))

    def text_rules(self, kind: str) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        if self.happens(0.3):
            rules["minLength"] = self.rng.randint(1, 3)
        if self.happens(0.3):
            rules["maxLength"] = self.rng.randint(3, 4)
        if kind == "textfield" and self.happens(0.2):
            rules["pattern"] = self.rng.choice(["^[a-z]+$", "[0-9]", r"^\d{3}$", "^(?=.*[A-Z]).+$"])
        if kind == "textfield" and self.happens(0.15):
            rules["validationType"] = self.rng.choice(["email", "phone"])
        return rules

    def number_rules(self, component: dict[str, Any]) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        if self.happens(0.3):
            rules["min"] = self.rng.choice([0, 1, "0.2", "=1+1"])
        if self.happens(0.3):
            rules["max"] = self.rng.choice([5, 10, "=2*5"])
        if self.happens(0.2):
            component["decimalDigits"] = self.rng.choice([0, 2])
        if self.happens(0.2):
            component["increment"] = self.rng.choice([0.1, "0.25", 5])
        if self.happens(0.3):
            component["serializeToString"] = True
        return rules

    def options(self, known: Known) -> dict[str, Any]:
        condition = self.condition(known)
        if condition and self.happens(0.2):
            return {"valuesExpression": f'=if {condition[1:]} then ["a", "b"] else ["b", 1]'}
        return {"valuesKey": "offered"} if self.happens(0.15) else {"values": OPTIONS}

    def access(self, component: dict[str, Any], known: Known, values: str) -> None:
        chance = self.rng.random()
        if chance < 0.1:
            component["readonly"] = True
        elif chance < 0.15:
            component["disabled"] = True
        default = self.rng.choice(VALUES[values])
        if default is not None and self.happens(0.15):
            component["defaultValue"] = default

    def values(self, components: list[dict[str, Any]], chance: float) -> dict[str, Any]:
        """Give values to some of the fields; lists get one to three rows."""
        data: dict[str, Any] = {}
        for component in components:
            path = component.get("path")
            if component["type"] == "dynamiclist":
                if self.happens(chance):
                    rows = range(self.rng.randint(1, 3))
                    data[path] = [self.values(component["components"], 0.8) for _ in rows]
            elif component["type"] == "group":
                inner = self.values(component["components"], chance)
                data |= {path: inner} if path and inner else {} if path else inner
            elif component["type"] != "expression" and self.happens(chance):
                data[component["key"]] = self.rng.choice(VALUES[self.kinds[component["key"]]])
        return data
