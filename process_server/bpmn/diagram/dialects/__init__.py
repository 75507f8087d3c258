"""The extension elements of each family of tools, read into one set of attributes."""

from collections.abc import Callable
from typing import Any

from process_server.bpmn.diagram.dialects import camunda, jbpm, spiffworkflow, zeebe
from process_server.bpmn.diagram.xml import BPMN
from process_server.bpmn.model import Attributes

_READERS: tuple[Callable[[Any, Any, Attributes], None], ...] = (camunda.read, zeebe.read, spiffworkflow.read, jbpm.read)


def read_attributes(element: Any) -> Attributes:
    """Return what the extensions of `element` say, all dialects together."""
    attributes = Attributes()
    extensions = element.find(f"{{{BPMN}}}extensionElements")
    for read in _READERS:
        read(element, extensions, attributes)
    return attributes


def read_loop_attributes(element: Any) -> Attributes:
    """Return what the extensions of multi-instance characteristics say."""
    return read_attributes(element)
