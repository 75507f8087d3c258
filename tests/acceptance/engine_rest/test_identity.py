"""People as tools of Camunda ask for them: users, groups, tenants, passwords, permissions."""

from collections.abc import Callable
from typing import Any

from tests.acceptance.client import PASSWORD, Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start, user

MODEL = process(
    start(), user("step", 'camunda:candidateGroups="sales"'), end(), flow("start > step > end"), key="order"
)


def test_users_and_groups_are_found(rest: Rest) -> None:
    assert {each["id"] for each in rest.get("/user")} == {"demo", "chen", "wang", "li"}
    assert [each["id"] for each in rest.get("/user", memberOfGroup="sales", sortBy="userId", sortOrder="desc")] == [
        "wang",
        "chen",
    ]
    assert rest.get("/user/count", firstNameLike="陈%") == {"count": 1}
    assert rest.get("/user/chen/profile") == {"id": "chen", "firstName": "陈静", "lastName": "", "email": None}
    assert rest.error("GET", "/user/nobody/profile", 404)
    assert (rest.get("/user", lastName="陈静"), rest.get("/user/count", lastNameLike="%")) == ([], {"count": 4})
    assert rest.get("/group", member="wang", sortBy="id", sortOrder="asc") == [
        {"id": "legal", "name": "legal", "type": "WORKFLOW"},
        {"id": "sales", "name": "sales", "type": "WORKFLOW"},
    ]
    assert rest.get("/group", idIn="sales,finance", nameLike="fin%")[0]["id"] == "finance"
    assert rest.get("/group/legal")["name"] == "legal"
    shared = rest.get("/identity/groups", userId="chen")
    assert ([each["id"] for each in shared["groups"]], [each["id"] for each in shared["groupUsers"]]) == (
        ["sales"],
        ["wang"],
    )
    assert rest.error("GET", "/identity/groups", 400)


def test_there_are_no_tenants(rest: Rest) -> None:
    assert rest.get("/tenant") == []
    assert rest.error("GET", "/tenant/one", 404)


def test_passwords_are_verified(rest: Rest) -> None:
    right = rest.post("/identity/verify", username="chen", password=PASSWORD)
    assert right == {"authenticatedUser": "chen", "authenticated": True, "tenants": None, "groups": None}
    for username, password in (("chen", "wrong"), ("nobody", PASSWORD), ("li", rest.headers["Authorization"][7:])):
        assert not rest.post("/identity/verify", username=username, password=password)["authenticated"]
    token = rest.headers["Authorization"].removeprefix("Bearer ")
    assert rest.post("/identity/verify", username="demo", password=token)["authenticated"]


CHECKS: list[tuple[str, int, str | None, bool, bool]] = [
    ("ACCESS", 0, "tasklist", True, True),
    ("ACCESS", 0, "cockpit", False, False),
    ("CREATE_INSTANCE", 6, "order", True, True),
    ("DELETE", 6, "order", False, False),
    ("READ", 7, "task", True, False),
    ("TASK_WORK", 7, "task", True, False),
    ("READ", 8, "case", True, False),
    ("READ", 21, None, False, False),
]
"""A permission, the number of a kind of thing, its id, and whether Chen, who is in sales, and Li have it."""


def test_whether_one_may(demo: Client, rest: Rest, rest_as: Callable[..., Rest]) -> None:
    demo.deploy({"order.bpmn": MODEL})
    case = demo.post("/instances", 201, definition_key="order")["id"]
    ids = {"task": rest.get("/task")[0]["id"], "case": case}
    chen = rest_as("chen")
    for permission, number, about, chen_may, li_may in CHECKS:
        asked: dict[str, Any] = {"permissionName": permission, "resourceName": "it", "resourceType": number}
        if about is not None:
            asked["resourceId"] = ids.get(about, about)
        assert chen.get("/authorization/check", **asked)["authorized"] is chen_may, asked
        assert rest.get("/authorization/check", userId="li", **asked)["authorized"] is li_may, asked
        assert rest.get("/authorization/check", **asked)["authorized"]
    assert chen.error("GET", "/authorization/check", 403, params={**asked, "userId": "li"})
