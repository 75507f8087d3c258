"""A plan says where tokens go when an instance moves to another version: which element becomes which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Instruction:
    """What stands at `source` goes on at `target`. With `update_trigger` an event is reckoned and named anew."""

    source: str
    target: str
    update_trigger: bool = False


@dataclass(frozen=True)
class Plan:
    """The instructions of a migration."""

    instructions: tuple[Instruction, ...]

    @cached_property
    def targets(self) -> Mapping[str, str]:
        """Source element -> target element."""
        return {each.source: each.target for each in self.instructions}

    @cached_property
    def updated(self) -> frozenset[str]:
        """Source elements whose event is reckoned anew."""
        return frozenset(each.source for each in self.instructions if each.update_trigger)

    def target(self, name: str) -> str | None:
        """Return where the spec of a name goes: one of several events, or a question, goes with its element."""
        element, mark, rest = name.partition("#")
        found = self.targets.get(element)
        return None if found is None else f"{found}{mark}{rest}"

    def back(self) -> "Plan | None":
        """Return the plan that leads back; None where two elements became one."""
        if len(set(self.targets.values())) < len(self.targets):
            return None
        return Plan(tuple(Instruction(each.target, each.source) for each in self.instructions))

    def stored(self) -> list[dict[str, Any]]:
        """Return what `read` makes a plan of again."""
        return [
            {"source": each.source, "target": each.target, "update_trigger": each.update_trigger}
            for each in self.instructions
        ]

    @classmethod
    def read(cls, stored: Iterable[Mapping[str, Any]]) -> "Plan":
        """Make the plan that `stored` told."""
        return cls(tuple(Instruction(each["source"], each["target"], each["update_trigger"]) for each in stored))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an instruction or a token cannot be followed: `template` is the message before its facts are filled in."""

    element: str
    code: str
    template: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, str]:
        """What the template is filled in with."""
        return {"element": self.element, **self.params}

    @property
    def message(self) -> str:
        """The message in English."""
        return self.template.format_map(self.facts)
