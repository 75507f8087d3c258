"""A round of camunda-client against a server: python rest_camunda_client.py ADDRESS USER PASSWORD."""

import asyncio
import json
import sys
from typing import Any

import httpx
from camunda_client.clients.dto import AuthData
from camunda_client.clients.engine.client import CamundaEngineClient
from camunda_client.clients.engine.dto import GetTaskVariableDTO, UpdateTaskVariableDTO
from camunda_client.clients.engine.schemas import (
    GetHistoryTasksFilterSchema,
    GetTasksFilterSchema,
    ProcessInstanceQuerySchema,
    SendCorrelationMessageSchema,
)
from camunda_client.clients.engine.schemas.body import (
    HistoricProcessInstanceFilterSchema,
    HistoryVariableInstanceFilterSchema,
    UpdateProcessVariablesSchema,
    VariableInstanceFilterSchema,
)
from camunda_client.clients.schemas import PaginationParams
from camunda_client.types_ import VariableValueSchema

ADDRESS, USER, PASSWORD = sys.argv[1:]


async def main() -> dict[str, Any]:
    """Do what the client offers; return what it saw."""
    client = CamundaEngineClient(ADDRESS, AuthData(USER, PASSWORD), httpx.AsyncHTTPTransport())
    seen: dict[str, Any] = {}
    given = {"amount": VariableValueSchema(value=12, type="Integer")}
    case = await client.start_process("round", business_key="K-2", variables=given)
    found = await client.get_process_instances(ProcessInstanceQuerySchema(business_key="K-2"))
    seen["case"] = [case.business_key, [each.id == case.id for each in found]]
    sought = GetTasksFilterSchema(
        process_instance_id=case.id,
        process_variables=[{"name": "amount", "operator": "gt", "value": 10}],
    )
    [task] = await client.get_tasks(sought, PaginationParams(offset=0, limit=5))
    seen["task"] = [task.name, task.task_definition_key, (await client.get_tasks_count(sought)).count]
    await work(client, task, seen)
    seen["gone"] = await client.get_task(task.id) is None
    message = SendCorrelationMessageSchema(message_name="paid", business_key="K-2", result_enabled=True)
    answered = await client.send_correlation_message(message)
    seen["correlated"] = [each["resultType"] for each in answered or ()]
    await history(client, case.id, seen)
    seen["incidents"] = [each.activity_id for each in await client.get_incidents()]
    await client.delete_process(str(case.id))
    ended = await client.get_history_process_instance(case.id)
    seen["ended"] = ended is not None and ended.end_time is not None
    return seen


async def work(client: CamundaEngineClient, task: Any, seen: dict[str, Any]) -> None:
    """Take a task, give it back, change it and its variables, complete it."""
    await client.claim_task(task.id, USER)
    await client.unclaim_task(task.id)
    await client.set_assignee_task(task.id, USER)
    links = await client.get_identity_links(task.id)
    seen["links"] = sorted(f"{each.type}:{each.user_id or each.group_id}" for each in links)
    held = await client.get_task(task.id)
    await client.update_task(task.id, schema=held.model_copy(update={"priority": 8}))
    changed = await client.get_task(task.id)
    seen["changed"] = [changed.priority, changed.assignee, changed.name]
    wanted = GetTaskVariableDTO(task_id=task.id, variable_name="amount")
    seen["variable"] = (await client.get_typed_task_variable(wanted, int)).value
    more = UpdateTaskVariableDTO(
        task_id=task.id, variable_name="amount", variable=VariableValueSchema(value=13, type="Integer")
    )
    await client.update_task_variable(more)
    missing = GetTaskVariableDTO(task_id=task.id, variable_name="nothing")
    seen["missing"] = await client.get_task_variable(missing)
    await client.submit_task_form(task.id, {"approved": VariableValueSchema(value=False, type="Boolean")})


async def history(client: CamundaEngineClient, case: Any, seen: dict[str, Any]) -> None:
    """Look at what happened, and change a variable."""
    changes = UpdateProcessVariablesSchema(
        modifications={"more": {"value": "x", "type": "String"}}, deletions=["approved"]
    )
    await client.update_variable_instances(process_instance_id=case, schema=changes)
    wanted = VariableInstanceFilterSchema(process_instance_id_in=[str(case)])
    held = await client.get_variable_instances_post(wanted)
    seen["variables"] = {each.name: each.value for each in held}
    tasks = await client.get_history_tasks(GetHistoryTasksFilterSchema(process_instance_id=case))
    seen["tasks"] = [[each.name, each.delete_reason, each.assignee] for each in tasks]
    cases = await client.get_history_process_instances(
        HistoricProcessInstanceFilterSchema(process_instance_ids=[str(case)])
    )
    seen["cases"] = [each.state.value for each in cases]
    kept = await client.get_history_variable_instances_post(
        HistoryVariableInstanceFilterSchema(process_instance_id=case)
    )
    seen["kept"] = sorted(each.name for each in kept)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
