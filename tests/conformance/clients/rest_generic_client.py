"""A round of generic-camunda-client against a server: python rest_generic_client.py ADDRESS USER PASSWORD MODEL."""

import json
import sys
from typing import Any

import generic_camunda_client as camunda

ADDRESS, USER, PASSWORD, MODEL = sys.argv[1:]


def main() -> dict[str, Any]:
    """Do what the client offers; return what it saw."""
    seen: dict[str, Any] = {}
    with camunda.ApiClient(camunda.Configuration(host=ADDRESS)) as client:
        signed_in = client.configuration
        signed_in.username, signed_in.password = USER, PASSWORD
        client.set_default_header("Authorization", signed_in.get_basic_auth_token())
        seen["version"] = camunda.VersionApi(client).get_rest_api_version().version
        deployed = camunda.DeploymentApi(client).create_deployment(deployment_name="generic", data=MODEL)
        seen["deployed"] = [each.key for each in deployed.deployed_process_definitions.values()]
        given = {"amount": camunda.VariableValueDto(value=12, type="Integer")}
        case = camunda.ProcessDefinitionApi(client).start_process_instance_by_key(
            "round", start_process_instance_dto=camunda.StartProcessInstanceDto(business_key="K-3", variables=given)
        )
        seen["case"] = case.business_key
        work(client, case.id, seen)
        message = camunda.CorrelationMessageDto(message_name="paid", business_key="K-3", result_enabled=True)
        answered = camunda.MessageApi(client).deliver_message(correlation_message_dto=message)
        seen["correlated"] = [each.result_type for each in answered]
        history(client, case.id, seen)
        found = camunda.IncidentApi(client).get_incidents(process_instance_id=case.id)
        seen["incidents"] = [each.activity_id for each in found]
        tree = camunda.ProcessInstanceApi(client).get_activity_instance_tree(case.id)
        seen["tree"] = tree.id == case.id
        camunda.ProcessInstanceApi(client).delete_process_instance(case.id)
    return seen


def work(client: Any, case: str, seen: dict[str, Any]) -> None:
    """Find a task, take it, look at what belongs to it, complete it."""
    tasks = camunda.TaskApi(client)
    sorting = [camunda.TaskQueryDtoSorting(sort_by="dueDate", sort_order="asc")]
    by_amount = [camunda.VariableQueryParameterDto(name="amount", operator="lt", value=20)]
    query = camunda.TaskQueryDto(process_instance_id=case, process_variables=by_amount, sorting=sorting)
    [task] = tasks.query_tasks(task_query_dto=query)
    counted = tasks.get_tasks_count(process_instance_id=case, unassigned=True)
    seen["task"] = [task.name, task.task_definition_key, task.delegation_state, counted.count]
    tasks.claim(task.id, user_id_dto=camunda.UserIdDto(user_id=USER))
    seen["owned"] = tasks.get_task(task.id).assignee
    comments = camunda.TaskCommentApi(client)
    made = comments.create_comment(task.id, comment_dto=camunda.CommentDto(message="seen"))
    seen["comment"] = [each.id == made.id for each in comments.get_comments(task.id)]
    attachments = camunda.TaskAttachmentApi(client)
    added = attachments.add_attachment(task.id, attachment_name="model.bpmn", content=MODEL)
    seen["attachment"] = [added.name, [each.id == added.id for each in attachments.get_attachments(task.id)]]
    links = camunda.TaskIdentityLinkApi(client).get_identity_links(task.id)
    seen["links"] = sorted(f"{each.type}:{each.user_id or each.group_id}" for each in links)
    own = camunda.TaskLocalVariableApi(client)
    own.put_task_local_variable(task.id, "note", variable_value_dto=camunda.VariableValueDto(value="x", type="String"))
    seen["local"] = own.get_task_local_variable(task.id, "note").value
    camunda.TaskVariableApi(client).put_task_variable(
        task.id, "amount", variable_value_dto=camunda.VariableValueDto(value=13, type="Integer")
    )
    seen["form"] = tasks.get_form(task.id).key
    given = {"approved": camunda.VariableValueDto(value=True, type="Boolean")}
    done = camunda.CompleteTaskDto(variables=given, with_variables_in_return=True)  # it cannot read an empty answer
    seen["completed"] = tasks.complete(task.id, complete_task_dto=done)["approved"].value


def history(client: Any, case: str, seen: dict[str, Any]) -> None:
    """Look at what happened."""
    tasks = camunda.HistoricTaskInstanceApi(client).get_historic_task_instances(process_instance_id=case, finished=True)
    seen["tasks"] = [[each.name, each.delete_reason, each.assignee] for each in tasks]
    held = camunda.HistoricVariableInstanceApi(client).get_historic_variable_instances(process_instance_id=case)
    seen["variables"] = {each.name: each.value for each in held}
    passed = camunda.HistoricActivityInstanceApi(client).get_historic_activity_instances(
        process_instance_id=case, finished=True
    )
    seen["passed"] = sorted(each.activity_id for each in passed)
    found = camunda.HistoricProcessInstanceApi(client).get_historic_process_instance(case)
    seen["state"] = [found.state, found.business_key]


if __name__ == "__main__":
    print(json.dumps(main()))
