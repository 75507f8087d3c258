"""What can be read of processes."""

from process_server.bpmn.queries.deployed import (
    definition_xml,
    get_definition,
    get_deployment,
    list_decisions,
    list_definitions,
    list_deployments,
    resource_content,
    version_changes,
)
from process_server.bpmn.queries.forms import FormUse, form_versions, get_form, list_forms, uses_of_forms
from process_server.bpmn.queries.history import (
    active_elements,
    activity_history,
    list_incidents,
    open_waits,
    visit_counts,
)
from process_server.bpmn.queries.instances import (
    InstanceFilter,
    count_instances,
    get_instance,
    get_variables,
    instance_tree,
    list_instances,
    search_instances,
)
from process_server.bpmn.queries.jobs import list_jobs
from process_server.bpmn.queries.overview import count_open_incidents, instances_at, running_by_process
from process_server.bpmn.queries.result import Row

__all__ = [
    "FormUse",
    "InstanceFilter",
    "Row",
    "active_elements",
    "activity_history",
    "count_instances",
    "count_open_incidents",
    "definition_xml",
    "form_versions",
    "get_definition",
    "get_deployment",
    "get_form",
    "get_instance",
    "get_variables",
    "instance_tree",
    "instances_at",
    "list_decisions",
    "list_definitions",
    "list_deployments",
    "list_forms",
    "list_incidents",
    "list_instances",
    "list_jobs",
    "open_waits",
    "resource_content",
    "running_by_process",
    "search_instances",
    "uses_of_forms",
    "version_changes",
    "visit_counts",
]
