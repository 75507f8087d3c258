"""What can be read of processes."""

from process_server.bpmn.instances import get_instance, get_variables
from process_server.bpmn.queries.activity_instances import Tree, local_variables, where_tokens_stand
from process_server.bpmn.queries.approvals import Chain, chain
from process_server.bpmn.queries.batches import batch_items, get_batch, list_batches
from process_server.bpmn.queries.begins import start_elements
from process_server.bpmn.queries.counted import (
    Standing,
    standing_by_definition,
    standing_by_element,
    visits_by_element,
)
from process_server.bpmn.queries.decisions import decide, decision_xml
from process_server.bpmn.queries.deployed import (
    called_definitions,
    definition_xml,
    get_definition,
    get_deployment,
    history_days,
    list_decisions,
    list_definitions,
    list_deployments,
    newest_files,
    planned_suspensions,
    resource_content,
    version_changes,
)
from process_server.bpmn.queries.durations import durations, element_counts
from process_server.bpmn.queries.explanations import Because, explain
from process_server.bpmn.queries.fields import business_fields, columns_of
from process_server.bpmn.queries.forms import FormUse, form_versions, get_form, list_forms, uses_of_forms
from process_server.bpmn.queries.history import (
    active_elements,
    activity_history,
    list_incidents,
    open_waits,
    visit_counts,
)
from process_server.bpmn.queries.inbox import DRAWN, inbox_page
from process_server.bpmn.queries.instances import (
    InstanceFilter,
    count_instances,
    instance_tree,
    list_instances,
    search_instances,
)
from process_server.bpmn.queries.jobs import list_jobs
from process_server.bpmn.queries.migrations import (
    Mapped,
    Outlook,
    Selection,
    Stuck,
    chosen_instances,
    complete_plan,
    foresee,
    mappable,
    mapping,
    plan_faults,
    propose_plan,
    stuck_instances,
)
from process_server.bpmn.queries.overview import (
    count_open_incidents,
    instances_at,
    running_by_process,
    running_by_version,
)
from process_server.bpmn.queries.start_forecast import expected_from_start
from process_server.bpmn.queries.task_actions import (
    Action,
    actions,
    expected,
    may_undo,
    no_further_back,
    return_targets,
    signers,
)
from process_server.bpmn.queries.timers import list_timers
from process_server.bpmn.queries.titles import titles
from process_server.bpmn.queries.totals import Totals, totals
from process_server.bpmn.result import Row

__all__ = [
    "DRAWN",
    "Action",
    "Because",
    "Chain",
    "FormUse",
    "InstanceFilter",
    "Mapped",
    "Outlook",
    "Row",
    "Selection",
    "Standing",
    "Stuck",
    "Totals",
    "Tree",
    "actions",
    "active_elements",
    "activity_history",
    "batch_items",
    "business_fields",
    "called_definitions",
    "chain",
    "chosen_instances",
    "columns_of",
    "complete_plan",
    "count_instances",
    "count_open_incidents",
    "decide",
    "decision_xml",
    "definition_xml",
    "durations",
    "element_counts",
    "expected",
    "expected_from_start",
    "explain",
    "foresee",
    "form_versions",
    "get_batch",
    "get_definition",
    "get_deployment",
    "get_form",
    "get_instance",
    "get_variables",
    "history_days",
    "inbox_page",
    "instance_tree",
    "instances_at",
    "list_batches",
    "list_decisions",
    "list_definitions",
    "list_deployments",
    "list_forms",
    "list_incidents",
    "list_instances",
    "list_jobs",
    "list_timers",
    "local_variables",
    "mappable",
    "mapping",
    "may_undo",
    "newest_files",
    "no_further_back",
    "open_waits",
    "plan_faults",
    "planned_suspensions",
    "propose_plan",
    "resource_content",
    "return_targets",
    "running_by_process",
    "running_by_version",
    "search_instances",
    "signers",
    "standing_by_definition",
    "standing_by_element",
    "start_elements",
    "stuck_instances",
    "titles",
    "totals",
    "uses_of_forms",
    "version_changes",
    "visit_counts",
    "visits_by_element",
    "where_tokens_stand",
]
