"""The dialect of Camunda 7 and of what shares its words: Operaton, Activiti and Flowable."""

from typing import Any

from process_server.bpmn.diagram.xml import local, namespace
from process_server.bpmn.model import ANSWER, VARIABLE, Attributes, Formula, Listener, Mapping
from process_server.connectors import knows
from process_server.forms.generated import GeneratedField

NAMESPACES = {
    "http://camunda.org/schema/1.0/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
    "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
}
_PLAIN = {
    "assignee": "assignee",
    "candidateUsers": "candidate_users",
    "candidateGroups": "candidate_groups",
    "formKey": "form_key",
    "formRef": "form_key",
    "formRefBinding": "form_binding",
    "dueDate": "due",
    "followUpDate": "follow_up",
    "priority": "priority",
    "taskPriority": "priority",
    "topic": "topic",
    "expression": "expression",
    "resultVariable": "result_variable",
    "resultVariableName": "result_variable",
    "decisionRefBinding": "decision_binding",
    "mapDecisionResult": "map_result",
    "calledElementBinding": "binding",
    "collection": "collection",
    "elementVariable": "element_variable",
    "errorCodeVariable": "error_code_variable",
    "errorMessageVariable": "error_message_variable",
    "errorMessage": "error_message",
    "escalationCodeVariable": "error_code_variable",
    "variableName": "variable_name",
    "variableEvents": "variable_events",
    "resource": "script_resource",
    "skipExpression": "skip",
    "versionTag": "version_tag",
    "historyTimeToLive": "history_time_to_live",
    "isStartableInTasklist": "startable",
    "initiator": "initiator",
}
_IGNORED = {
    "asyncBefore", "asyncAfter", "async", "exclusive", "jobPriority",
    "formHandlerClass", "caseRef", "diagramRelationId",
    "modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon",
    "owner", "category",
}  # fmt: skip


def read(element: Any, extensions: Any, attributes: Attributes) -> None:
    """Fill `attributes` with what this dialect says about `element`."""
    for key, value in element.attrib.items():
        if key[:1] == "{":
            space, _, name = key[1:].partition("}")
            if space in NAMESPACES:
                _attribute(name, value, attributes)
    for extension in () if extensions is None else extensions:
        if namespace(extension) in NAMESPACES:
            _EXTENSIONS.get(local(extension), _ignore)(extension, attributes)


def _attribute(name: str, value: str, attributes: Attributes) -> None:
    if name in _PLAIN:
        setattr(attributes, _PLAIN[name], "${initiator}" if value == "$INITIATOR" else value)
    elif name in ("calledElementVersion", "calledElementVersionTag"):
        attributes.version = value
    elif name == "decisionRef":
        attributes.decision, attributes.map_result = value, attributes.map_result or "resultList"
    elif name in ("decisionRefVersion", "decisionRefVersionTag"):
        attributes.decision_version = value
    elif name == "class":
        attributes.implementation = value
    elif name == "delegateExpression":
        attributes.implementation, attributes.delegate = value, True
    elif name == "type":
        if value != "external":
            attributes.implementation = attributes.implementation or value
    elif name in ("candidateStarterUsers", "candidateStarterGroups"):
        attributes.candidate_starters = ",".join(filter(None, (attributes.candidate_starters, value)))
    elif name == "inheritVariables":
        attributes.call_in_all = value == "true"
    elif name == "terminateAll":
        attributes.ends_all = value == "true"
    elif name == "terminateMultiInstance":
        attributes.ends_instances = value == "true"
    elif name not in _IGNORED:
        attributes.ignored.append(name)


def _ignore(element: Any, attributes: Attributes) -> None:
    attributes.ignored.append(local(element))


def _properties(element: Any, attributes: Attributes) -> None:
    for item in element:
        attributes.properties[item.get("name") or item.get("id") or ""] = item.get("value") or ""


def _input_output(element: Any, attributes: Attributes, worker: bool = False, foreign: bool = False) -> None:
    """Read mappings; those of a connector are a `worker`'s, who may answer otherwise and be a `foreign` one."""
    for item in element:
        name = item.get("name") or ""
        if local(item) == "inputParameter":
            attributes.inputs.append(Mapping(name, _value(item), foreign))
        elif local(item) == "outputParameter":
            attributes.outputs.append(Mapping(name, _value(item), worker))


def _value(element: Any) -> Any:
    for child in element:
        tag = local(child)
        if tag == "list":
            return [_value(item) if len(item) else _formula(item) for item in child]
        if tag == "map":
            return {entry.get("key") or "": _value(entry) if len(entry) else _formula(entry) for entry in child}
        if tag in ("script", "value"):
            return _formula(child)
    return _formula(element)


def _script(element: Any) -> Any:
    return next((child for child in element if local(child) == "script"), None)


def _formula(element: Any) -> Formula:
    language = element.get("scriptFormat")
    return Formula((element.text or "").strip(), language, element.sourceline, script=local(element) == "script")


def _connector(element: Any, attributes: Attributes) -> None:
    name = next((child.text or "" for child in element if local(child) == "connectorId"), "").strip()
    if name:
        attributes.connector = name
        attributes.topic = attributes.topic or name
    for child in element:
        if local(child) == "inputOutput":
            _input_output(child, attributes, worker=True, foreign=not knows(name))


def _listener(element: Any, attributes: Attributes) -> None:
    expression = element.get("expression")
    script = _script(element)
    formula = None
    if expression:
        formula = Formula(expression, None, element.sourceline)
    elif script is not None:
        formula = Formula((script.text or "").strip(), script.get("scriptFormat") or "script", script.sourceline)
    implementation = element.get("class") or element.get("delegateExpression") or ""
    attributes.listeners.append(Listener(element.get("event") or "start", formula, implementation))


def _retries(element: Any, attributes: Attributes) -> None:
    attributes.retries = (element.text or "").strip() or None


def _in(element: Any, attributes: Attributes) -> None:
    if element.get("businessKey"):
        attributes.business_key = element.get("businessKey")
    elif element.get("variables") == "all":
        attributes.call_in_all = True
        attributes.call_in_locals = element.get("local") == "true"
    else:
        _call_mapping(element, attributes.call_in)


def _out(element: Any, attributes: Attributes) -> None:
    if element.get("variables") == "all":
        attributes.call_out_all = attributes.call_out_failed = True
    else:
        _call_mapping(element, attributes.call_out)


def _call_mapping(element: Any, mappings: list[Mapping]) -> None:
    source, expression = element.get("source"), element.get("sourceExpression")
    formula = Formula(expression or source or "", None if expression else VARIABLE, element.sourceline)
    mappings.append(Mapping(element.get("target") or "", formula))


def _field(element: Any, attributes: Attributes) -> None:
    text = element.get("stringValue") or element.get("expression") or "".join(element.itertext()).strip()
    if element.get("name") in ("decisionTableReferenceKey", "decisionServiceReferenceKey"):
        attributes.decision = text  # Flowable's decision task
        return
    formula = Formula(text, None, element.sourceline)
    attributes.inputs.append(Mapping(element.get("name") or "", formula, optional=True))


def _form_data(element: Any, attributes: Attributes) -> None:
    for item in element:
        if local(item) == "formField" and item.get("id"):
            attributes.form_fields.append(_form_field(item))


def _form_field(element: Any) -> GeneratedField:
    parts: dict[str, list[Any]] = {}
    for part in element.iterdescendants("{*}*"):
        parts.setdefault(local(part), []).append(part)
    return GeneratedField(
        element.get("id"),
        element.get("type") or "string",
        element.get("label"),
        element.get("defaultValue"),
        values=[(part.get("id") or "", part.get("name") or "") for part in parts.get("value", ())],
        constraints={part.get("name") or "": part.get("config") or "" for part in parts.get("constraint", ())},
        properties={part.get("id") or "": part.get("value") or "" for part in parts.get("property", ())},
    )


def _form_property(element: Any, attributes: Attributes) -> None:
    """Read a field as Activiti and Flowable write it."""
    values = [(part.get("id") or "", part.get("name") or "") for part in element if local(part) == "value"]
    constraints = {"required": "true"} if element.get("required") == "true" else {}
    if element.get("writable") == "false":
        constraints["readonly"] = "true"
    name = element.get("variable") or element.get("id")
    if name:
        kind = element.get("type") or "string"
        default = element.get("default")
        attributes.form_fields.append(GeneratedField(name, kind, element.get("name"), default, values, constraints))


def _error_definition(element: Any, attributes: Attributes) -> None:
    attributes.ignored.append("errorEventDefinition")


def _correlation(element: Any, attributes: Attributes) -> None:
    attributes.correlation_key = element.get("value")


def _aggregation(element: Any, attributes: Attributes) -> None:
    """Flowable gathers variables of each instance in a list of objects."""
    gathered: dict[str, str] = {}
    for item in element:
        source = item.get("source") or (item.get("sourceExpression") or "").strip().removeprefix("${").removesuffix("}")
        if local(item) == "variable" and source:
            gathered[item.get("target") or source] = source
    if attributes.output_collection or not element.get("target") or not gathered:
        attributes.ignored.append(local(element))
        return
    attributes.output_collection = element.get("target")
    entries = ", ".join(f'"{name}": {source}' for name, source in gathered.items())
    attributes.output_element = f"={{{entries}}}"
    attributes.output_variables = tuple(source for source in gathered.values() if source.isidentifier())


def _event_out(element: Any, attributes: Attributes) -> None:
    attributes.outputs.append(Mapping(element.get("target") or "", Formula(element.get("source") or "", ANSWER)))


def _nothing(element: Any, attributes: Attributes) -> None:
    """Of no effect on a run, and nobody misses it."""


def _text_of(name: str) -> Any:
    def take(element: Any, attributes: Attributes) -> None:
        text = (element.text or "").strip() or None
        setattr(attributes, name, text)

    return take


_EXTENSIONS: dict[str, Any] = {
    "properties": _properties,
    "inputOutput": _input_output,
    "connector": _connector,
    "executionListener": _listener,
    "taskListener": _listener,
    "failedJobRetryTimeCycle": _retries,
    "in": _in,
    "out": _out,
    "field": _field,
    "formData": _form_data,
    "formProperty": _form_property,
    "errorEventDefinition": _error_definition,
    "expression": _text_of("expression"),
    "collection": _text_of("collection"),
    "eventType": _text_of("event_type"),
    "eventCorrelationParameter": _correlation,
    "eventOutParameter": _event_out,
    "variableAggregation": _aggregation,
    "potentialStarter": _nothing,
    "exclusive": _nothing,
}
