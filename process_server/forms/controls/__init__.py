"""Controls: one entry each, which server, browser and form editor read; a stored form has only types of form-js.

A control of ours is a native component (its carrier) with `properties.ctl`: any modeler opens it, our viewer and the
checks of the server refine it.
"""

from collections.abc import Mapping

from process_server.forms.components import Component
from process_server.forms.controls.behaviour import NATIVE, Behaviour
from process_server.forms.controls.catalogue import (
    choices,
    computed,
    counting,
    organisation,
    times,
    uploading,
    writing,
)
from process_server.forms.controls.control import Control

CONTROLS: Mapping[str, Control] = {
    control.key: control
    for part in (writing, counting, times, choices, organisation, computed, uploading)
    for control in part.CONTROLS
}
"""Every control by its key, in the order of the palette."""

_BY_CTL = {control.ctl: control for control in CONTROLS.values() if control.ctl}


def refined(component: Component) -> Control | None:
    """Return the control of ours that a component is; None where it is form-js's own."""
    control = _BY_CTL.get(component.properties.get("ctl", ""))
    return control if control is not None and control.carrier == component.type else None


def named(ctl: str) -> Control | None:
    """Return the control of ours with that name, whatever carries it."""
    return _BY_CTL.get(ctl)


def behaviour_of(component: Component) -> Behaviour:
    """Return what the server does with the values of a component."""
    control = refined(component)
    return NATIVE if control is None else control.behaviour
