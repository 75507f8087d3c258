"""The dialect of jBPM and Kogito (drools:)."""

import re
from typing import Any

from process_server.bpmn.diagram.xml import local, namespace
from process_server.bpmn.model import Attributes, Formula, Listener

NAMESPACES = {"http://www.jboss.org/drools", "http://www.omg.org/bpmn20"}
_MOMENTS = {"onEntry-script": "start", "onExit-script": "end"}


def read(element: Any, extensions: Any, attributes: Attributes) -> None:
    """Fill `attributes` with what this dialect says about `element`."""
    for key, value in element.attrib.items():
        space, _, name = key[1:].partition("}")
        if key[:1] == "{" and space in NAMESPACES:
            _attribute(name, value, attributes)
    for extension in () if extensions is None else extensions:
        if namespace(extension) in NAMESPACES and local(extension) in _MOMENTS:
            text = "".join(extension.itertext()).strip()
            formula = Formula(text, extension.get("scriptFormat") or "java", extension.sourceline)
            attributes.listeners.append(Listener(_MOMENTS[local(extension)], formula))


def flow_priority(element: Any) -> int:
    """Return which flow of a gateway is tried before the others: the lowest first, and first what has none."""
    given = next(filter(None, (element.get(f"{{{space}}}priority") for space in NAMESPACES)), "")
    return int(given) if re.fullmatch(r"\d{1,9}", given.strip()) else 0


def _attribute(name: str, value: str, attributes: Attributes) -> None:
    if name == "taskName":
        attributes.implementation = value  # a work item: the work of a handler elsewhere
    elif name == "serviceinterface":
        attributes.implementation = ".".join(filter(None, (value, attributes.implementation)))
    elif name == "waitForCompletion" and value == "false":
        attributes.ignored.append(name)
    elif name == "serviceoperation":
        attributes.implementation = ".".join(filter(None, (attributes.implementation, value)))
