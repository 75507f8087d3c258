"""What lists of open tasks can be asked: conditions, in the words of Camunda, and their order."""

from typing import Any, ClassVar, Literal

from process_server.api.engine_rest.tasks.task_expressions import ENDING, EVALUATED, evaluate
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing, Sorting, VariableQueries
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.finder import EITHER
from process_server.bpmn.finders.tasks import ASSIGNED_TOO, OFFERS, OPEN_TASKS, variable_order
from process_server.errors import NotAllowed
from process_server.identity.principal import Principal
from process_server.tasks.inbox.column import Kind


class TaskQuery(Asked):
    """Which open tasks. What is not given does not restrict; a name that ends in Expression takes an expression."""

    manners: ClassVar[frozenset[str]] = Asked.manners | EVALUATED | {"include_assigned_tasks"}

    task_id: SoughtId | None = None
    task_id_in: list[SoughtId] | None = None
    process_instance_id: SoughtId | None = None
    process_instance_id_in: list[SoughtId] | None = None
    process_instance_business_key: Text | None = None
    process_instance_business_key_expression: Text | None = None
    process_instance_business_key_in: list[Text] | None = None
    process_instance_business_key_like: Text | None = None
    process_instance_business_key_like_expression: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_definition_key_in: list[Text] | None = None
    process_definition_name: Text | None = None
    process_definition_name_like: Text | None = None
    execution_id: SoughtId | None = None
    activity_instance_id_in: list[Text] | None = None
    case_instance_id: Text | None = None
    case_instance_business_key: Text | None = None
    case_instance_business_key_like: Text | None = None
    case_definition_id: Text | None = None
    case_definition_key: Text | None = None
    case_definition_name: Text | None = None
    case_definition_name_like: Text | None = None
    case_execution_id: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    assignee: Text | None = None
    assignee_expression: Text | None = None
    assignee_like: Text | None = None
    assignee_like_expression: Text | None = None
    assignee_in: list[Text] | None = None
    assignee_not_in: list[Text] | None = None
    owner: Text | None = None
    owner_expression: Text | None = None
    candidate_group: Text | None = None
    candidate_group_expression: Text | None = None
    candidate_group_like: Text | None = None
    candidate_groups: list[Text] | None = None
    candidate_groups_expression: Text | None = None
    candidate_user: Text | None = None
    candidate_user_expression: Text | None = None
    include_assigned_tasks: bool | None = None
    involved_user: Text | None = None
    involved_user_expression: Text | None = None
    assigned: bool | None = None
    unassigned: bool | None = None
    task_definition_key: Text | None = None
    task_definition_key_in: list[Text] | None = None
    task_definition_key_not_in: list[Text] | None = None
    task_definition_key_like: Text | None = None
    name: Text | None = None
    name_not_equal: Text | None = None
    name_like: Text | None = None
    name_not_like: Text | None = None
    description: Text | None = None
    description_like: Text | None = None
    priority: int | None = None
    max_priority: int | None = None
    min_priority: int | None = None
    due_date: Date | None = None
    due_date_expression: Text | None = None
    due_after: Date | None = None
    due_after_expression: Text | None = None
    due_before: Date | None = None
    due_before_expression: Text | None = None
    without_due_date: bool | None = None
    follow_up_date: Date | None = None
    follow_up_date_expression: Text | None = None
    follow_up_after: Date | None = None
    follow_up_after_expression: Text | None = None
    follow_up_before: Date | None = None
    follow_up_before_expression: Text | None = None
    follow_up_before_or_not_existent: Date | None = None
    follow_up_before_or_not_existent_expression: Text | None = None
    created_on: Date | None = None
    created_on_expression: Text | None = None
    created_after: Date | None = None
    created_after_expression: Text | None = None
    created_before: Date | None = None
    created_before_expression: Text | None = None
    updated_after: Date | None = None
    updated_after_expression: Text | None = None
    delegation_state: Literal["PENDING", "RESOLVED"] | None = None
    with_candidate_groups: bool | None = None
    without_candidate_groups: bool | None = None
    with_candidate_users: bool | None = None
    without_candidate_users: bool | None = None
    active: bool | None = None
    suspended: bool | None = None
    task_variables: VariableQueries | None = None
    process_variables: VariableQueries | None = None
    case_instance_variables: VariableQueries | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None
    parent_task_id: SoughtId | None = None
    or_queries: list["TaskQuery"] | None = None

    def wanted_by(self, actor: Principal) -> dict[str, Any]:
        """Return the conditions for the finder as they are for who asks. Raises InvalidRequest, NotAllowed."""
        found = self.wanted()
        for name in EVALUATED & self.model_fields_set:
            text = getattr(self, name)
            if text is not None:
                found[name.removesuffix(ENDING)] = evaluate(name, text, actor)
        if EITHER in found:
            found[EITHER] = [self._alternative(each, actor) for each in self.or_queries or ()]
        self._check(found, actor)
        if self.include_assigned_tasks:
            return {f"{name}{ASSIGNED_TOO}" if name in OFFERS else name: value for name, value in found.items()}
        return found

    @staticmethod
    def _alternative(query: "TaskQuery", actor: Principal) -> dict[str, Any]:
        if query.or_queries or query.sorting or query.sort_by:
            raise InvalidRequest("An entry of orQueries has neither orQueries nor an order of its own.")
        return query.wanted_by(actor)

    def _check(self, found: dict[str, Any], actor: Principal) -> None:
        """Refuse what contradicts itself, and looking for variables that one is not shown."""
        if self.include_assigned_tasks and not OFFERS & found.keys():
            raise InvalidRequest("includeAssignedTasks says something of candidateUser or candidateGroup only.")
        orders = {self.sort_by, *(each.sort_by for each in self.sorting or ())}
        by_variable = not orders.isdisjoint(_VARIABLES) or bool(found.keys() & {"task_variables", "process_variables"})
        if by_variable and not actor.admin:
            raise NotAllowed("Only administrators search by variables.")


_SORTINGS = {
    "id": "id",
    "instanceId": "instance",
    "executionId": "id",
    "caseInstanceId": "id",
    "caseExecutionId": "id",
    "dueDate": "due",
    "followUpDate": "follow_up",
    "created": "created",
    "lastUpdated": "updated",
    "assignee": "assignee",
    "description": "description",
    "name": "name",
    "nameCaseInsensitive": "name_in_any_case",
    "priority": "priority",
}
_VARIABLES: dict[str, Literal["case", "task"]] = {
    "processVariable": "case",
    "executionVariable": "case",
    "taskVariable": "task",
}
_KINDS: dict[str, Kind] = {"string": "text", "boolean": "boolean", "date": "instant"}
_NUMBERS = frozenset({"short", "integer", "long", "double"})


class TaskListing(Listing[TaskQuery]):
    """Lists open tasks, in the order of a variable as well."""

    def __init__(self) -> None:
        super().__init__(TaskQuery, OPEN_TASKS, dict, _SORTINGS)

    def wanted(self, asked: TaskQuery, actor: Principal) -> dict[str, Any]:
        """Return the conditions for the finder. Raises InvalidRequest, NotAllowed."""
        return asked.wanted_by(actor)

    def order(self, sorting: Sorting) -> str:
        """Return the finder's name of an order; that of a variable needs its name and type. Raises InvalidRequest."""
        if sorting.sort_by not in _VARIABLES:
            return super().order(sorting)
        said = sorting.parameters or {}
        variable, kind = said.get("variable"), str(said.get("type") or "").lower()
        if not isinstance(variable, str) or kind not in _NUMBERS | _KINDS.keys():
            raise InvalidRequest("Sorting by {order} needs the parameters variable and type.", order=sorting.sort_by)
        return variable_order(_VARIABLES[sorting.sort_by], _KINDS.get(kind, "number"), variable)


LIST = TaskListing()
