"""What a step of a process may do with each field of its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from process_server.errors import Problem
from process_server.faults import fault
from process_server.forms.components import Component, FormSchema, Group, dotted
from process_server.i18n import gettext_noop

Mode: TypeAlias = Literal["hidden", "read", "write", "required"]
MODES: tuple[Mode, ...] = get_args(Mode)

PREFIX = "field:"


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """Modes by field: its key with the paths it lies under (`items.price`), a container's path, or a component's id.

    A container's mode holds for what it contains unless that has one of its own; `default` holds for the rest. A mode
    only narrows what the form itself allows: a field the form declares read-only stays so. Of a list, the mode says
    whether rows may come and go as well.
    """

    modes: Mapping[str, Mode] = field(default_factory=dict)
    default: Mode = "write"

    def mode(self, component: Component, inherited: Mode) -> Mode:
        """Return the mode of a component whose container has the mode `inherited`."""
        name = dotted(component.path)
        for key in (component.id, name):
            if key and key in self.modes:
                return self.modes[key]
        while "." in name:
            name = name.rpartition(".")[0]
            if name in self.modes:
                return self.modes[name]
        return inherited

    def hides(self, component: Component, mode: Mode) -> bool:
        """Tell whether a component of that mode is not shown: a container is, as long as anything in it is."""
        inner = component.components if isinstance(component, Group) else ()
        return mode == "hidden" and all(self.hides(each, self.mode(each, mode)) for each in inner)

    def read_only(self) -> "FieldPolicy":
        """Return the policy of whoever may only look at what the step shows."""
        seen: dict[str, Mode] = {name: "hidden" if mode == "hidden" else "read" for name, mode in self.modes.items()}
        return FieldPolicy(seen, "hidden" if self.default == "hidden" else "read")

    @classmethod
    def from_properties(cls, properties: Mapping[str, str]) -> "FieldPolicy | None":
        """Read a step's extension properties: `field:<name>` = mode, `field:*` for all that are not named."""
        modes = {
            name.removeprefix(PREFIX): mode
            for name, mode in properties.items()
            if name.startswith(PREFIX) and mode in MODES
        }
        if not modes:
            return None
        default = modes.pop("*", "write")
        return cls(modes, default)


OPEN = FieldPolicy()


def check_policy(
    properties: Mapping[str, str], schema: FormSchema | None, *, file: str | None = None, element: str | None = None
) -> list[Problem]:
    """Find modes that do not exist and, where the form is known, fields that it does not have."""
    problems: list[Problem] = []
    names = {"*"}
    for component in schema.walk() if schema else ():
        names |= {component.id, dotted(component.path)}
    for name, mode in properties.items():
        if not name.startswith(PREFIX):
            continue
        target = name.removeprefix(PREFIX)
        if mode not in MODES:
            message = gettext_noop('"{mode}" is not a mode of a field: hidden, read, write or required.')
            found = fault("invalid_field_mode", message, file=file, element=element, field=target, mode=mode)
            problems.append(found)
        elif schema and target not in names:
            message = gettext_noop('The form {form} has no field "{field}".')
            found = fault(
                "unknown_field",
                message,
                file=file,
                severity="warning",
                element=element,
                field=target,
                form=schema.id,
            )
            problems.append(found)
    return problems
