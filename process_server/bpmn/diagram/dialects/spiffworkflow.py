"""The dialect of SpiffArena (spiffworkflow:)."""

from typing import Any

from process_server.bpmn.diagram.xml import local, namespace
from process_server.bpmn.model import Attributes, Formula, Listener, Mapping

NAMESPACE = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def read(element: Any, extensions: Any, attributes: Attributes) -> None:
    """Fill `attributes` with what this dialect says about `element`."""
    for key, value in element.attrib.items():
        if key.startswith(f"{{{NAMESPACE}}}"):
            attributes.ignored.append(f"{key.rpartition('}')[2]}={value}")
    for extension in () if extensions is None else extensions:
        if namespace(extension) == NAMESPACE:
            _extension(local(extension), extension, attributes)


def _extension(tag: str, element: Any, attributes: Attributes) -> None:
    text = (element.text or "").strip()
    if tag == "properties":
        for item in element:
            attributes.properties[item.get("name") or ""] = item.get("value") or ""
        attributes.form_key = attributes.properties.get("formJsonSchemaFilename", attributes.form_key)
    elif tag == "calledDecisionId":
        attributes.decision = text
    elif tag in ("preScript", "postScript"):
        on = "start" if tag == "preScript" else "end"
        attributes.listeners.append(Listener(on, Formula(text, "python", element.sourceline)))
    elif tag == "serviceTaskOperator":
        attributes.topic = element.get("id")
        attributes.result_variable = element.get("resultVariable")
        for item in element.iter(f"{{{NAMESPACE}}}parameter"):
            attributes.inputs.append(
                Mapping(item.get("id") or "", Formula(item.get("value") or "", "plain", item.sourceline))
            )
    elif tag == "variableName":
        attributes.variable_name = text
    else:
        attributes.ignored.append(tag)
