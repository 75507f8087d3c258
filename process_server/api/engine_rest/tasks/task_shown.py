"""Open tasks as the wire has them, with what else was asked for: variables, whether there are comments and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends
from fastapi import Query as QueryParameters
from pydantic import Field

from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.ids import definition_id
from process_server.api.engine_rest.wire.schemas import VariableValue, Wire
from process_server.bpmn.commands.standalone import KEY as STANDALONE
from process_server.bpmn.definitions import definition
from process_server.bpmn.finders.tasks import OPEN_TASKS
from process_server.bpmn.form_binding.task_variables import variables_of, visible_local_variables, visible_variables
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.forms import case_files
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.handling import comments
from process_server.tasks.inbox import worklist


class FormRef(Wire):
    """A form that was deployed, as a task names it."""

    key: str
    binding: str
    version: int | None


class TaskShown(Wire):
    """A task that waits for somebody; what has to do with cases of CMMN and with tenants is always null."""

    id: UUID
    name: str
    assignee: str | None
    owner: str | None
    created: datetime
    last_updated: datetime | None
    due: datetime | None
    follow_up: datetime | None
    delegation_state: Literal["PENDING", "RESOLVED"] | None
    description: str | None
    execution_id: UUID | None
    parent_task_id: UUID | None
    priority: int
    process_definition_id: str | None
    process_instance_id: UUID | None
    task_definition_key: str | None
    case_execution_id: str | None
    case_instance_id: str | None
    case_definition_id: str | None
    suspended: bool
    form_key: str | None
    camunda_form_ref: FormRef | None
    tenant_id: str | None
    task_state: Literal["Created", "Updated"]
    variables: dict[str, VariableValue] | None = None
    attachment: Annotated[bool | None, Field(description="Null unless withCommentAttachmentInfo is asked for.")]
    comment: bool | None


@dataclass(frozen=True)
class Extras:
    """What is wanted of tasks beside themselves."""

    parts: bool
    variables: bool
    local_variables: bool


def _extras(
    parts: Annotated[bool, QueryParameters(alias="withCommentAttachmentInfo")] = False,
    all_variables: Annotated[bool, QueryParameters(alias="withTaskVariablesInReturn")] = False,
    local_variables: Annotated[bool, QueryParameters(alias="withTaskLocalVariablesInReturn")] = False,
) -> Extras:
    return Extras(parts, all_variables, local_variables)


AlsoWanted = Annotated[Extras, Depends(_extras)]
NOTHING_ELSE = Extras(False, False, False)


def shown(session: Session, row: Row) -> dict[str, Any]:
    """Return a task as the wire has it."""
    free = row["process_key"] == STANDALONE
    form_key, form_ref = form_of(session, row)
    return {
        "id": row["id"],
        "name": row["name"],
        "assignee": row["assignee"],
        "owner": row["owner"],
        "created": row["created_at"],
        "lastUpdated": row["claimed_at"],
        "due": row["due_at"],
        "followUp": row["follow_up_at"],
        "delegationState": row["delegation"] and row["delegation"].upper(),
        "description": row["description"],
        "executionId": None if free else row["id"],
        "parentTaskId": row["parent_id"],
        "priority": row["priority"],
        "processDefinitionId": None if free else _definition_of(row),
        "processInstanceId": None if free else row["process_instance_id"],
        "taskDefinitionKey": None if free else row["element_id"],
        "caseExecutionId": None,
        "caseInstanceId": None,
        "caseDefinitionId": None,
        "suspended": row["suspended"],
        "formKey": form_key,
        "camundaFormRef": form_ref,
        "tenantId": None,
        "taskState": "Created" if row["revision"] == 1 else "Updated",
        "attachment": None,
        "comment": None,
    }


def _definition_of(row: Row) -> str:
    return definition_id(row["process_key"], row["process_version"], row["definition_id"])


def form_of(session: Session, row: Row) -> tuple[str | None, dict[str, Any] | None]:
    """Return the form key of a task, or else the reference to a deployed form: a model has one of both."""
    if row["form_key"] is None:
        return None, None
    element = definition(session, row["definition_id"]).program.elements.get(row["element_id"])
    if element is None or element.form_binding is None or ":" in row["form_key"]:
        return row["form_key"], None
    return None, {"key": row["form_key"], "binding": element.form_binding, "version": None}


def all_shown(session: Session, actor: Principal, found: Sequence[Row], wanted: Extras) -> list[dict[str, Any]]:
    """Return tasks as the wire has them, with what else is wanted of them."""
    tasks = [shown(session, row) for row in found]
    cases = {row["process_instance_id"] for row in found}
    commented = comments.commented_tasks(session, cases) if wanted.parts else frozenset[UUID]()
    filed = case_files.filed_tasks(session, cases) if wanted.parts else frozenset[UUID]()
    for task in tasks:
        if wanted.parts:
            task |= {"comment": task["id"] in commented, "attachment": task["id"] in filed}
    if wanted.variables or wanted.local_variables:
        _add_variables(session, actor, tasks, wanted)
    return tasks


def _add_variables(session: Session, actor: Principal, tasks: list[dict[str, Any]], wanted: Extras) -> None:
    """Add what each task sees, or has alone: administrators are shown all, others what the forms show them."""
    held = variables_of(session, [task["id"] for task in tasks]) if actor.admin else {}
    reading = visible_variables if wanted.variables else visible_local_variables
    for task in tasks:
        if actor.admin:
            of_case, own = held[task["id"]]
            seen = {**of_case, **own} if wanted.variables else own
        else:
            seen = reading(session, worklist.find_task(session, task["id"], actor), actor)
        task["variables"] = variables.shown_all(seen)


def one(session: Session, actor: Principal, task_id: UUID) -> Row:
    """Return an open task somebody may look at. Raises NotFound."""
    worklist.find_task(session, task_id, actor)
    return OPEN_TASKS.one(session, SYSTEM, task_id)
