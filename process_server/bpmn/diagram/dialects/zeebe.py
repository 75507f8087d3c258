"""The dialect of Camunda 8 (zeebe:)."""

from typing import Any

from process_server.bpmn.diagram.xml import local, namespace
from process_server.bpmn.model import Attributes, Formula, Listener, Mapping

NAMESPACE = "http://camunda.org/schema/zeebe/1.0"


def read(element: Any, extensions: Any, attributes: Attributes) -> None:
    """Fill `attributes` with what this dialect says about `element`."""
    for extension in () if extensions is None else extensions:
        if namespace(extension) == NAMESPACE:
            _EXTENSIONS.get(local(extension), _ignore)(extension, attributes)


def _ignore(element: Any, attributes: Attributes) -> None:
    attributes.ignored.append(local(element))


def _task(element: Any, attributes: Attributes) -> None:
    attributes.topic = element.get("type")
    attributes.retries = element.get("retries")


def _mapping(element: Any, attributes: Attributes) -> None:
    attributes.nested = True
    for item in element:
        text = item.get("source") or ""
        literal = not text.lstrip().startswith("=")  # what connectors are told: GET, https://.., a prompt
        mapping = Mapping(item.get("target") or "", Formula(text, "feel", item.sourceline, literal))
        if local(item) == "input":
            attributes.inputs.append(mapping)
        elif local(item) == "output":
            attributes.outputs.append(mapping)
            attributes.local_result = True
    policy = element.get("propagateAllParentVariables")
    if policy is not None:
        attributes.call_in_all = policy == "true"


def _assignment(element: Any, attributes: Attributes) -> None:
    attributes.assignee = element.get("assignee") or attributes.assignee
    attributes.candidate_users = element.get("candidateUsers") or attributes.candidate_users
    attributes.candidate_groups = element.get("candidateGroups") or attributes.candidate_groups


def _schedule(element: Any, attributes: Attributes) -> None:
    attributes.due = element.get("dueDate")
    attributes.follow_up = element.get("followUpDate")


def _form(element: Any, attributes: Attributes) -> None:
    key = element.get("formId") or element.get("formKey") or element.get("externalReference")
    attributes.form_key = key or attributes.form_key
    attributes.form_binding = _BINDINGS.get(element.get("bindingType") or "", "latest")


def _called_element(element: Any, attributes: Attributes) -> None:
    attributes.called = element.get("processId") or element.get("processIdExpression")
    attributes.binding = _BINDINGS.get(element.get("bindingType") or "", "latest")
    attributes.version = element.get("versionTag")
    attributes.call_in_all = element.get("propagateAllParentVariables") != "false"
    attributes.call_out_all = element.get("propagateAllChildVariables") != "false"


def _called_decision(element: Any, attributes: Attributes) -> None:
    attributes.decision = element.get("decisionId")
    attributes.result_variable = element.get("resultVariable")
    attributes.decision_binding = _BINDINGS.get(element.get("bindingType") or "", "latest")
    attributes.decision_version = element.get("versionTag")


def _script(element: Any, attributes: Attributes) -> None:
    attributes.script = Formula(element.get("expression") or "", "feel", element.sourceline)
    attributes.script_format = "feel"
    attributes.result_variable = element.get("resultVariable")


def _loop(element: Any, attributes: Attributes) -> None:
    attributes.collection = element.get("inputCollection")
    attributes.element_variable = element.get("inputElement")
    attributes.output_collection = element.get("outputCollection")
    attributes.output_element = element.get("outputElement")


def _subscription(element: Any, attributes: Attributes) -> None:
    attributes.correlation_key = element.get("correlationKey")


def _headers(element: Any, attributes: Attributes) -> None:
    for item in element:
        attributes.headers[item.get("key") or ""] = item.get("value") or ""


def _properties(element: Any, attributes: Attributes) -> None:
    for item in element:
        attributes.properties[item.get("name") or ""] = item.get("value") or ""


def _priority(element: Any, attributes: Attributes) -> None:
    attributes.priority = element.get("priority")


def _version_tag(element: Any, attributes: Attributes) -> None:
    attributes.version_tag = element.get("value")


def _ad_hoc(element: Any, attributes: Attributes) -> None:
    attributes.active_elements = element.get("activeElementsCollection")
    attributes.output_collection = element.get("outputCollection")
    attributes.output_element = element.get("outputElement")


def _listeners(element: Any, attributes: Attributes) -> None:
    for item in element:
        attributes.listeners.append(Listener(item.get("eventType") or "start", None, item.get("type") or ""))


def _filter(element: Any, attributes: Attributes) -> None:
    attributes.variable_name = element.get("variableNames")
    attributes.variable_events = element.get("variableEvents")


def _embedded_form(element: Any, attributes: Attributes) -> None:
    if element.get("id"):
        attributes.embedded_forms[element.get("id")] = element.text or ""


def _nothing(element: Any, attributes: Attributes) -> None:
    """Of no effect on a run, and nobody misses it."""


_BINDINGS = {"deployment": "deployment", "versionTag": "version_tag", "latest": "latest"}
_EXTENSIONS: dict[str, Any] = {
    "taskDefinition": _task,
    "ioMapping": _mapping,
    "assignmentDefinition": _assignment,
    "taskSchedule": _schedule,
    "formDefinition": _form,
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "script": _script,
    "loopCharacteristics": _loop,
    "subscription": _subscription,
    "taskHeaders": _headers,
    "properties": _properties,
    "priorityDefinition": _priority,
    "versionTag": _version_tag,
    "adHoc": _ad_hoc,
    "executionListeners": _listeners,
    "taskListeners": _listeners,
    "userTask": _nothing,
    "userTaskForm": _embedded_form,
    "conditionalFilter": _filter,
}
