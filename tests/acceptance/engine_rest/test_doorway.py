"""What holds of every request under /engine-rest: credentials, addresses, errors, pages from elsewhere."""

import base64
from collections.abc import Callable

import pytest

from tests.acceptance.client import PASSWORD, Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start

MODEL = process(start(), end(), flow("start > end"), key="empty")


@pytest.mark.parametrize("mount", ["", "/engine/default"])
def test_both_addresses_lead_to_the_same(rest: Rest, mount: str) -> None:
    assert rest.get(f"{mount}/version") == {"version": "7.24.0"}


def test_every_token_learns_the_version(rest_as: Callable[..., Rest]) -> None:
    for scope in ("jobs:read", "deployments:write"):
        assert rest_as("demo", scope).get("/version") == {"version": "7.24.0"}


def test_nothing_is_reported_to_anybody(rest: Rest) -> None:
    internals = rest.get("/telemetry/data")["product"]["internals"]
    assert (internals["telemetry-enabled"], internals["data-collection-start-date"]) == (False, None)


def test_content_type_has_no_charset(rest: Rest) -> None:
    assert rest.call("GET", "/version").headers["Content-Type"] == "application/json"


def test_without_credentials_the_browser_is_asked_for_them(rest: Rest) -> None:
    refused = rest.http.get("/engine-rest/version")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic")
    assert rest.http.get("/engine-rest/engine").json() == [{"name": "default"}]


def test_basic_credentials_do(rest: Rest) -> None:
    credentials = base64.b64encode(f"demo:{PASSWORD}".encode()).decode()
    assert rest.http.get("/engine-rest/version", headers={"Authorization": f"Basic {credentials}"}).status_code == 200


def test_a_page_from_anywhere_may_ask_before_it_has_credentials(rest: Rest) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin in ("file://", "null", "https://elsewhere.example"):
        allowed = rest.http.options("/engine-rest/deployment/create", headers={"Origin": origin, **asks})
        assert allowed.status_code == 200
        assert allowed.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        got = rest.call("GET", "/version", headers={"Origin": origin})
        assert got.headers["Access-Control-Allow-Origin"] == "*"


def test_errors_have_the_shape_that_clients_read(rest: Rest) -> None:
    assert rest.error("GET", "/nowhere", 404)["type"] == "NotFoundException"
    rest.error("GET", "/task/%0Anowhere", 404)
    assert rest.error("DELETE", "/version", 405)["type"] == "NotAllowedException"
    unknown = rest.error("GET", "/process-definition/nothing", 404)
    assert unknown["type"] == "InvalidRequestException"
    assert "nothing" in unknown["message"]
    no_id = rest.error("POST", "/task/nothing/complete", 404, json={})
    assert (no_id["type"], "UUID" in no_id["message"]) == ("InvalidRequestException", False)
    assert "nothing" in no_id["message"]
    torn = rest.error("POST", "/task", 400, content=b"{torn")
    assert ". :" not in torn["message"]
    sorting = rest.error("GET", "/process-definition", 400, params={"sortBy": "weight", "sortOrder": "asc"})
    assert "weight" in sorting["message"]
    rest.error("GET", "/process-definition", 400, params={"sortOrder": "asc"})
    rest.error("GET", "/process-definition", 400, params={"firstResult": "some"})


def test_lists_are_sorted_and_cut(rest: Rest, demo: Client) -> None:
    for key in ("b", "a", "c"):
        demo.deploy({f"{key}.bpmn": process(start(), end(), flow("start > end"), key=key)})
    demo.deploy({"a.bpmn": process(start("from"), end(), flow("from > end"), key="a")})
    sort = {"sortBy": "key", "sortOrder": "desc"}
    assert [each["key"] for each in rest.get("/process-definition", **sort)] == ["c", "b", "a", "a"]
    page = rest.get("/process-definition", **sort, firstResult=1, maxResults=1)
    assert [each["key"] for each in page] == ["b"]
    assert rest.get("/process-definition/count", keysIn="a,c", unknown=1) == {"count": 3}
    latest = rest.get("/process-definition", key="a", latestVersion="True")
    assert [each["version"] for each in latest] == [2]
    assert rest.get(f"/process-definition/{latest[0]['id']}")["id"] == latest[0]["id"]
