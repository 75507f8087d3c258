"""Open tasks under /engine-rest: found by any condition, taken, handed on, completed, as clients of Camunda do it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start, user

ERROR = '<bpmn:error id="refused" errorCode="REFUSED"/><bpmn:escalation id="late" escalationCode="LATE"/>'
MODEL = process(
    start(),
    user(
        "check",
        'camunda:candidateGroups="sales" camunda:dueDate="${dateTime().plusDays(2)}" camunda:priority="70"',
        "<bpmn:documentation>Look at the order.</bpmn:documentation>",
    ),
    user("pack", 'camunda:assignee="li"'),
    end(),
    end("gone"),
    end("told"),
    '<bpmn:boundaryEvent id="no" attachedToRef="check"><bpmn:errorEventDefinition errorRef="refused"/>'
    "</bpmn:boundaryEvent>",
    '<bpmn:boundaryEvent id="hurry" attachedToRef="check" cancelActivity="false">'
    '<bpmn:escalationEventDefinition escalationRef="late"/></bpmn:boundaryEvent>',
    flow("start > check > pack > end", "no > gone", "hurry > told"),
    key="order",
    extra=ERROR,
)


CONDITIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"processInstanceBusinessKey": "SO-2"}, ["SO-2"]),
    ({"processInstanceBusinessKeyIn": ["SO-2", "SO-3"]}, ["SO-2", "SO-3"]),
    ({"processInstanceBusinessKeyLike": "%-3"}, ["SO-3"]),
    ({"processDefinitionKey": "order", "taskDefinitionKeyIn": ["check"]}, ["SO-1", "SO-2", "SO-3"]),
    ({"processDefinitionKey": "other"}, []),
    ({"candidateGroup": "sales"}, ["SO-2", "SO-3"]),
    ({"candidateGroup": "sales", "includeAssignedTasks": True}, ["SO-1", "SO-2", "SO-3"]),
    ({"candidateUser": "wang"}, ["SO-2", "SO-3"]),
    ({"candidateUser": "li"}, []),
    ({"candidateGroups": ["legal", "sales"], "unassigned": "true"}, ["SO-2", "SO-3"]),
    ({"candidateGroupLike": "sal%"}, ["SO-2", "SO-3"]),
    ({"assignee": "chen"}, ["SO-1"]),
    ({"assigneeLike": "c%", "assigned": 1}, ["SO-1"]),
    ({"assigneeNotIn": ["chen"]}, ["SO-2", "SO-3"]),
    ({"assigneeExpression": "${currentUser()}"}, []),
    ({"involvedUser": "chen"}, ["SO-1"]),
    ({"dueBeforeExpression": "${dateTime().plusDays(3)}", "dueAfterExpression": "${now()}"}, ["SO-1", "SO-2", "SO-3"]),
    ({"dueBefore": "2020-01-01T10:00:00.000+0000"}, []),
    ({"withoutDueDate": True}, []),
    ({"minPriority": 70, "maxPriority": 70, "active": True}, ["SO-1", "SO-2", "SO-3"]),
    ({"suspended": True}, []),
    ({"nameLike": "che%", "descriptionLike": "Look%"}, ["SO-1", "SO-2", "SO-3"]),
    ({"nameNotEqual": "check"}, []),
    ({"tenantIdIn": ["one"]}, []),
    ({"withoutTenantId": True, "withCandidateGroups": True}, ["SO-1", "SO-2", "SO-3"]),
    ({"processVariables": [{"name": "amount", "operator": "gt", "value": 90}]}, ["SO-1", "SO-2"]),
    ({"processVariables": [{"name": "customer", "operator": "eq", "value": "Customer SO-3"}]}, ["SO-3"]),
    ({"processVariables": [{"name": "customer", "operator": "like", "value": "%SO-3"}]}, ["SO-3"]),
    (
        {
            "processVariables": [{"name": "CUSTOMER", "operator": "eq", "value": "customer so-3"}],
            "variableNamesIgnoreCase": True,
            "variableValuesIgnoreCase": True,
        },
        ["SO-3"],
    ),
    ({"processVariables": [{"name": "amount", "operator": "neq", "value": 100}]}, ["SO-2", "SO-3"]),
    (
        {"orQueries": [{"assignee": "chen", "processInstanceBusinessKey": "SO-3"}], "priority": 70},
        ["SO-1", "SO-3"],
    ),
    ({"unknownToUs": "x", "assignee": None}, ["SO-1", "SO-2", "SO-3"]),
]


@pytest.fixture
def cases(demo: Client) -> dict[str, str]:
    """Three cases that wait for their first task; their ids by their business keys."""
    demo.deploy({"order.bpmn": MODEL})
    found = {}
    for key, amount in (("SO-1", 100), ("SO-2", 2500.5), ("SO-3", 40)):
        variables = {"amount": amount, "customer": f"Customer {key}"}
        found[key] = demo.post("/instances", 201, definition_key="order", business_key=key, variables=variables)["id"]
    return found


def of(rest: Rest, case: str) -> dict[str, Any]:
    [task] = rest.get("/task", processInstanceId=case)
    return task


def names(rest: Rest, cases: dict[str, str], **query: Any) -> list[str]:
    """Return the business keys of the tasks that are found, in the order they come."""
    keys = {held: key for key, held in cases.items()}
    return [keys[task["processInstanceId"]] for task in rest.post("/task", **query)]


def test_a_task_has_every_key_that_clients_look_for(rest: Rest, cases: dict[str, str]) -> None:
    task = of(rest, cases["SO-1"])
    assert task["id"] == task["executionId"]
    assert task["processDefinitionId"].startswith("order:1:")
    assert (task["taskDefinitionKey"], task["name"], task["description"]) == ("check", "check", "Look at the order.")
    assert (task["priority"], task["suspended"], task["taskState"]) == (70, False, "Created")
    assert task["created"].endswith("+0000")
    nothing = (
        "assignee",
        "owner",
        "delegationState",
        "followUp",
        "formKey",
        "camundaFormRef",
        "tenantId",
        "parentTaskId",
    )
    assert all(task[name] is None for name in nothing)
    assert rest.get(f"/task/{task['id']}") == task
    assert rest.error("GET", "/task/no-such-task", 404)["type"] == "InvalidRequestException"


def test_conditions(rest: Rest, cases: dict[str, str]) -> None:
    rest.post(f"/task/{of(rest, cases['SO-1'])['id']}/claim", 204, userId="chen")
    for query, found in CONDITIONS:
        assert names(rest, cases, **query, sorting=[{"sortBy": "created", "sortOrder": "asc"}]) == found, query
        assert rest.post("/task/count", **query) == {"count": len(found)}, query


def test_an_address_says_the_same_as_a_body(rest: Rest, cases: dict[str, str]) -> None:
    found = rest.get(
        "/task", processVariables="amount_gt_90,customer_like_Customer%", sortBy="dueDate", sortOrder="desc"
    )
    assert [task["processInstanceId"] for task in found] == [cases["SO-2"], cases["SO-1"]]
    assert rest.get("/task/count", processInstanceBusinessKeyIn="SO-1,SO-9", candidateGroup="sales") == {"count": 1}
    page = rest.get("/task", sortBy="created", sortOrder="asc", firstResult=1, maxResults=1)
    assert [task["processInstanceId"] for task in page] == [cases["SO-2"]]
    by_amount = [
        {"sortBy": "processVariable", "sortOrder": "desc", "parameters": {"variable": "amount", "type": "Double"}}
    ]
    assert names(rest, cases, sorting=by_amount) == ["SO-2", "SO-1", "SO-3"]


def test_what_contradicts_itself_is_refused(rest: Rest, rest_as: Callable[..., Rest], cases: dict[str, str]) -> None:
    for query in (
        {"includeAssignedTasks": True},
        {"sortBy": "weight", "sortOrder": "asc"},
        {"sortOrder": "asc"},
        {"sortBy": "name"},
        {"sorting": [{"sortBy": "processVariable", "sortOrder": "asc"}]},
        {"dueBefore": "tomorrow"},
        {"dueBeforeExpression": "${'soon'}"},
        {"delegationState": "SOME"},
        {"processVariables": [{"name": "amount", "operator": "near", "value": 1}]},
        {"orQueries": [{"sortBy": "name", "sortOrder": "asc"}]},
    ):
        rest.error("POST", "/task", 400, json=query)
    rest.error("GET", "/task", 400, params={"processVariables": "amount"})
    seeking = {"processVariables": [{"name": "amount", "operator": "gt", "value": 90}]}
    assert rest_as("chen").error("POST", "/task", 403, json=seeking)["type"] == "AuthorizationException"


def test_everybody_sees_what_they_have_to_do_with(rest_as: Callable[..., Rest], cases: dict[str, str]) -> None:
    assert rest_as("chen").get("/task/count") == {"count": 3}
    assert rest_as("li").get("/task/count") == {"count": 0}
    task = rest_as("chen").get("/task")[0]
    rest_as("li").error("GET", f"/task/{task['id']}", 404)


def test_a_task_is_taken_handed_on_and_given_back(
    rest: Rest, rest_as: Callable[..., Rest], cases: dict[str, str]
) -> None:
    task = f"/task/{of(rest, cases['SO-1'])['id']}"
    chen, wang = rest_as("chen"), rest_as("wang")
    chen.post(f"{task}/claim", 204, userId="chen")
    chen.post(f"{task}/claim", 204)
    refused = wang.error("POST", f"{task}/claim", 500, json={"userId": "wang"})
    assert refused["type"] == "ProcessEngineException"
    chen.post(f"{task}/assignee", 204, userId="wang")
    assert rest.get(task)["assignee"] == "wang"
    wang.post(f"{task}/delegate", 204, userId="li")
    delegated = rest.get(task)
    assert (delegated["owner"], delegated["assignee"], delegated["delegationState"]) == ("wang", "li", "PENDING")
    assert rest.get("/task", delegationState="PENDING", owner="wang")[0]["id"] == delegated["id"]
    li = rest_as("li")
    li.error("POST", f"{task}/complete", 500, json={})
    li.post(f"{task}/resolve", 204, variables={"advice": {"value": "yes"}})
    resolved = rest.get(task)
    assert (resolved["assignee"], resolved["delegationState"]) == ("wang", "RESOLVED")
    wang.error("POST", f"{task}/resolve", 500, json={})
    wang.call("POST", f"{task}/unclaim", 204)
    assert rest.get(task)["assignee"] is None
    rest.error("POST", f"{task}/delegate", 400, json={})
    rest.error("POST", f"{task}/assignee", 404, json={"userId": "nobody"})


def test_changing_a_task_takes_away_what_is_left_out(rest: Rest, cases: dict[str, str]) -> None:
    task = f"/task/{of(rest, cases['SO-1'])['id']}"
    due = "2031-05-06T07:08:09.000+0000"
    said = {"name": "Look closely", "assignee": "chen", "owner": "wang", "due": due, "followUp": due, "priority": 90}
    rest.put(task, **said)
    held = rest.get(task)
    assert {name: held[name] for name in said} == said
    assert (held["description"], held["taskState"]) == (None, "Updated")
    rest.put(task, assignee="chen", description="short")
    held = rest.get(task)
    assert (held["due"], held["owner"], held["name"], held["description"]) == (None, None, "Look closely", "short")
    rest.error("PUT", task, 400, json={"delegationState": "PENDING"})
    rest.error("PUT", task, 400, json={"priority": -3})


def test_completing_goes_on_and_conflicts_are_told(
    rest: Rest, rest_as: Callable[..., Rest], cases: dict[str, str]
) -> None:
    task = of(rest, cases["SO-1"])
    sent = {"approved": {"value": True, "type": "Boolean"}, "amount": {"value": "5", "type": "Integer"}}
    held = rest.post(f"/task/{task['id']}/complete", 200, variables=sent, withVariablesInReturn=True)
    assert held["amount"] == {"value": 5, "type": "Integer", "valueInfo": {}}
    assert held["customer"]["value"] == "Customer SO-1"
    rest.error("POST", f"/task/{task['id']}/complete", 500, json={})
    rest.error("GET", f"/task/{task['id']}", 404)
    following = of(rest, cases["SO-1"])
    assert following["taskDefinitionKey"] == "pack"
    rest_as("chen").error("POST", f"/task/{following['id']}/complete", 404, json={})
    rest.error(
        "POST", f"/task/{following['id']}/complete", 400, json={"variables": {"n": {"value": "x", "type": "Integer"}}}
    )
    rest_as("li").call("POST", f"/task/{following['id']}/submit-form", 204)
    assert rest.get("/task", processInstanceId=cases["SO-1"]) == []


def test_a_task_ends_by_an_error_or_escalates(rest: Rest, rest_as: Callable[..., Rest], cases: dict[str, str]) -> None:
    task, wang = f"/task/{of(rest, cases['SO-1'])['id']}", rest_as("wang")
    wang.error("POST", f"{task}/bpmnError", 400, json={})
    wang.error("POST", f"{task}/bpmnError", 403, json={"errorCode": "REFUSED", "variables": {"why": {"value": "x"}}})
    wang.post(f"{task}/bpmnEscalation", 204, escalationCode="LATE")
    assert rest.get(task)["assignee"] is None
    wang.post(f"{task}/bpmnError", 204, errorCode="REFUSED", errorMessage="no")
    assert rest.get("/task", processInstanceId=cases["SO-1"]) == []


def test_a_task_that_ended_by_an_error_nobody_catches_opens_again(rest: Rest, cases: dict[str, str]) -> None:
    task = of(rest, cases["SO-1"])
    rest.post(f"/task/{task['id']}/bpmnError", 204, errorCode="UNKNOWN")
    assert rest.get("/task", processInstanceId=cases["SO-1"]) == []
    (job,) = rest.get("/job", processInstanceId=cases["SO-1"])
    rest.post(f"/job/{job['id']}/execute", 204)
    again = of(rest, cases["SO-1"])
    assert (again["id"], again["assignee"]) == (task["id"], task["assignee"])
    rest.post(f"/task/{again['id']}/complete", 204, variables={"approved": {"value": True}})


def test_a_task_may_belong_to_no_process(rest: Rest, rest_as: Callable[..., Rest], demo: Client) -> None:
    chen = rest_as("chen")
    due = "2031-05-06T07:08:09.000+0000"
    chen.post("/task/create", 204, name="Call back", description="Ask for the date.", due=due, assignee="wang")
    chen.post("/task/create", 204, name="Tidy up", priority=10)
    [call] = rest_as("wang").get("/task")
    assert (call["name"], call["description"], call["due"]) == ("Call back", "Ask for the date.", due)
    nothing = ("processInstanceId", "processDefinitionId", "taskDefinitionKey", "executionId")
    assert all(call[name] is None for name in nothing)
    rest_as("wang").post(f"/task/{call['id']}/complete", 204)
    [tidy] = chen.get("/task", candidateUser="chen")
    rest_as("li").error("DELETE", f"/task/{tidy['id']}", 404)
    chen.delete(f"/task/{tidy['id']}")
    chen.error("DELETE", f"/task/{tidy['id']}", 500)
    assert rest.get("/task") == []
    rest.error("POST", "/task/create", 400, json={"name": ""})
    rest.error("POST", "/task/create", 400, json={"name": "x", "id": "mine"})


def test_a_task_of_a_process_is_not_deleted(rest: Rest, cases: dict[str, str]) -> None:
    rest.error("DELETE", f"/task/{of(rest, cases['SO-1'])['id']}", 500)
