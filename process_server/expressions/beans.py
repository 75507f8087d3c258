"""`execution` and `task`, the two objects that models for Camunda 7 and Flowable speak to."""

from collections.abc import Mapping
from typing import Any

from process_server.expressions.limits import Fault
from process_server.expressions.methods import member

_SCOPE_NAMES = {
    "processBusinessKey": "business_key",
    "businessKey": "business_key",
    "processInstanceId": "process_instance_id",
    "processInstanceBusinessKey": "business_key",
    "rootProcessInstanceId": "process_instance_id",
    "id": "process_instance_id",
    "currentActivityId": "element_id",
    "currentActivityName": "element_name",
    "processDefinitionId": "process_definition_id",
    "tenantId": "tenant_id",
}
_READS = ("getVariable", "getVariableLocal", "getVariableTyped")
_ASKS = ("hasVariable", "hasVariableLocal")
WRITES = ("setVariable", "setVariableLocal")


def bean_property(scope: Mapping[str, Any], bean: str, name: str) -> Any:
    """Return `execution.name` or `task.name`: from the host's object of that name, or from the scope."""
    given = scope.get(bean) or scope.get("task" if "ask" in bean else "execution")
    if isinstance(given, Mapping) and name in given:
        return given[name]
    if name in ("variables", "variablesLocal"):
        return {key: value for key, value in scope.items() if not callable(value)}
    if "ask" in bean:
        if isinstance(given, Mapping):
            return member(given, name)
        raise Fault("there is no task here to ask for its {name}", name=name)
    if name not in _SCOPE_NAMES:
        raise Fault("{bean} has no property {name}", bean=bean, name=name)
    return scope.get(_SCOPE_NAMES[name])


def bean_method(scope: Mapping[str, Any], bean: str, name: str, *arguments: Any) -> Any:
    """Call a method of `execution` or `task`. Raises Fault for one that does not exist or would write here."""
    if name in _READS and len(arguments) == 1:
        value = scope.get(arguments[0])
        return None if callable(value) else value
    if name in _ASKS and len(arguments) == 1:
        return arguments[0] in scope
    if name in WRITES:
        raise Fault("{bean}.{name} may stand only in a script or listener", bean=bean, name=name)
    if name in ("getProcessInstance", "getExecution") and not arguments:
        wanted = f"{name[3].lower()}{name[4:]}Id"
        raise Fault("write {bean}.{wanted} instead of {bean}.{name}()", bean=bean, wanted=wanted, name=name)
    if name.startswith("get") and not arguments:
        return bean_property(scope, bean, name[3:4].lower() + name[4:])
    raise Fault("{bean} has no method {name}", bean=bean, name=name)
