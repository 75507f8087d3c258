"""Tasks of every state, their reports, and filters of open ones under /engine-rest."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from process_server import clock
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start, user

MODEL = process(
    start(),
    user("check", 'camunda:candidateGroups="sales"'),
    user("pack", 'camunda:assignee="li"'),
    end(),
    flow("start > check > pack > end"),
    key="order",
)


@pytest.fixture
def cases(rest: Rest, demo: Client) -> list[str]:
    """Two cases: one has passed its first task after an hour, the other was cancelled."""
    demo.deploy({"order.bpmn": MODEL})
    ids = [
        demo.post("/instances", 201, definition_key="order", business_key=key, variables={"amount": amount})["id"]
        for key, amount in (("SO-1", 5), ("SO-2", 7))
    ]
    [task] = rest.get("/task", processInstanceId=ids[0])
    clock.advance(timedelta(hours=1))
    rest.post(f"/task/{task['id']}/complete", 204)
    demo.post(f"/instances/{ids[1]}/cancel", 204)
    return ids


def test_what_became_of_tasks(rest: Rest, rest_as: Callable[..., Rest], cases: list[str]) -> None:
    done, gone, following = sorted(
        rest.get("/history/task", sortBy="startTime", sortOrder="asc"), key=lambda each: each["deleteReason"] or "open"
    )
    assert (done["deleteReason"], done["taskState"], done["assignee"]) == ("completed", "Completed", "demo")
    assert 3_600_000 <= done["duration"] < 3_700_000
    assert done["activityInstanceId"] == f"check:{done['id']}"
    assert (gone["deleteReason"], gone["taskState"]) == ("deleted", "Deleted")
    assert (following["taskDefinitionKey"], following["endTime"], following["taskState"]) == ("pack", None, "Created")
    found = {
        "processInstanceId": (cases[0], 2),
        "finished": ("true", 2),
        "taskDeleteReason": ("deleted", 1),
        "processFinished": (True, 1),
        "taskAssignee": ("li", 1),
        "taskHadCandidateGroup": ("sales", 2),
        "taskInvolvedUser": ("li", 1),
        "finishedAfter": ("2020-01-01T00:00:00.000+0000", 2),
        "processVariables": ("amount_eq_7", 1),
        "processInstanceBusinessKeyIn": ("SO-1,SO-2", 3),
        "taskDefinitionKeyIn": ("pack", 1),
        "tenantIdIn": ("a", 0),
    }
    for name, (value, number) in found.items():
        assert rest.get("/history/task/count", **{name: value}) == {"count": number}, name
    either = [{"taskAssignee": "li", "taskDeleteReason": "deleted"}]
    assert len(rest.post("/history/task", orQueries=either, sorting=[{"sortBy": "endTime", "sortOrder": "desc"}])) == 2
    assert rest.post("/history/task/count", orQueries=either) == {"count": 2}
    assert rest_as("li").get("/history/task/count") == {"count": 1}
    assert rest_as("chen").get("/history/task/count") == {"count": 2}
    rest_as("chen").error("GET", "/history/task", 403, params={"processVariables": "amount_eq_7"})
    rest.error("GET", "/history/task", 400, params={"sortBy": "beauty", "sortOrder": "asc"})


def test_reports(rest: Rest, rest_as: Callable[..., Rest], demo: Client, cases: list[str]) -> None:
    demo.post("/instances", 201, definition_key="order")
    assert rest.get("/task/report/candidate-group-count") == [
        {"groupName": "sales", "taskCount": 1},
        {"groupName": None, "taskCount": 1},
    ]
    [by_step] = rest.get("/history/task/report", reportType="count", groupBy="taskName")
    assert (by_step["taskName"], by_step["count"], by_step["processDefinitionKey"]) == ("check", 1, "order")
    [by_process] = rest.get("/history/task/report", reportType="count", groupBy="processDefinition")
    assert (by_process["taskName"], by_process["count"]) == (None, 1)
    [took] = rest.get("/history/task/report", reportType="duration", periodUnit="quarter")
    assert took["periodUnit"] == "QUARTER"
    assert 3_600_000 <= took["minimum"] == took["maximum"] == took["average"] < 3_700_000
    before = {"completedBefore": "2020-01-01T00:00:00.000+0000"}
    assert rest.get("/history/task/report", reportType="count", groupBy="taskName", **before) == []
    for query in ({}, {"reportType": "count"}, {"reportType": "duration", "periodUnit": "week"}):
        rest.error("GET", "/history/task/report", 400, params=query)
    rest_as("chen").error("GET", "/task/report/candidate-group-count", 403)


def test_filters_are_kept_and_asked_again(rest: Rest, rest_as: Callable[..., Rest], cases: list[str]) -> None:
    query = {"processDefinitionKey": "order", "assigneeExpression": "${currentUser()}"}
    made = rest.post("/filter/create", resourceType="Task", name="Mine", query=query, properties={"priority": 5})
    assert (made["owner"], made["query"], made["properties"], made["itemCount"]) == (
        "demo",
        query,
        {"priority": 5},
        None,
    )
    filter = f"/filter/{made['id']}"
    li = rest_as("li")
    assert rest.get(f"{filter}/count") == {"count": 0}
    assert li.get(f"{filter}/count") == {"count": 1}
    assert [task["name"] for task in li.get(f"{filter}/list")] == ["pack"]
    assert li.post(f"{filter}/list", name="check") == []
    assert li.post(f"{filter}/count", taskDefinitionKey="pack") == {"count": 1}
    assert li.get(filter, itemCount=True)["itemCount"] == 1
    li.error("PUT", filter, 403, json={"resourceType": "Task", "name": "Theirs"})
    li.error("DELETE", filter, 403)
    secret = {"processVariables": [{"name": "amount", "operator": "gt", "value": 6}]}
    rest.put(filter, resourceType="Task", name="Large", query=secret)
    assert [each["itemCount"] for each in li.get("/filter", nameLike="La%", itemCount="true")] == [None]
    rest.post("/filter/create", resourceType="Task", name="All")
    assert [each["name"] for each in rest.get("/filter", sortBy="name", sortOrder="desc")] == ["Large", "All"]
    assert rest.get("/filter/count", owner="demo") == {"count": 2}
    rest.delete(filter)
    rest.error("GET", filter, 404)
    for body in (
        {"resourceType": "Case", "name": "x"},
        {"resourceType": "Task", "name": ""},
        {"resourceType": "Task", "name": "x", "query": {"dueBefore": "soon"}},
        {"resourceType": "Task", "name": "x", "query": {"sorting": [{"sortBy": "beauty"}]}},
    ):
        rest.error("POST", "/filter/create", 400, json=body)
