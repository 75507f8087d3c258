"""What Camunda Modeler and others deploy, and what they are told of it."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from process_server import clock
from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start, user

ORDER = process(start(), user("check"), end(), flow("start > check > end"), key="order")
OTHER = process(start(), end(), flow("start > end"), key="order")
FORM = json.dumps({"type": "default", "id": "lead", "components": [{"type": "textfield", "key": "name"}]})
DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rules" name="Rules" namespace="urn:test">
  <decision id="discount" name="Discount">
    <decisionTable id="table" hitPolicy="FIRST">
      <input id="in"><inputExpression id="e" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="out" name="percent" typeRef="number" />
      <rule id="a">
        <inputEntry id="i"><text>&gt; 100</text></inputEntry><outputEntry id="o"><text>12.5</text></outputEntry>
      </rule>
      <rule id="b"><inputEntry id="j"><text></text></inputEntry><outputEntry id="p"><text>0</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""

MODELER = {"enable-duplicate-filtering": "true", "deployment-source": "Camunda Modeler"}


def deploy(rest: Rest, files: dict[str, Any], expected: int = 200, /, **fields: str) -> Any:
    """Deploy as Camunda Modeler does: the parts are called by the files."""
    sent = [(name, (name, content)) for name, content in files.items()]
    data = {"deployment-name": "test"} | {name.replace("_", "-"): value for name, value in fields.items()}
    return rest.call("POST", "/deployment/create", expected, files=sent, data=data)


def test_the_modeler_deploys_and_starts(rest: Rest) -> None:
    assert rest.get("/version") == {"version": "7.24.0"}
    assert rest.get("/deployment", maxResults=0) == []
    made = deploy(rest, {"订单.bpmn": ORDER, "lead.form": FORM}, **MODELER)
    UUID(made["id"])
    assert made["name"] == "test"
    assert made["source"] == "Camunda Modeler"
    assert made["links"][0]["href"].endswith(f"/engine-rest/deployment/{made['id']}")
    (definition,) = made["deployedProcessDefinitions"].values()
    assert definition["id"].startswith("order:1:")
    assert definition["resource"] == "订单.bpmn"
    assert definition["deploymentId"] == made["id"]
    started = rest.post(f"/process-definition/{definition['id']}/start", businessKey="default", variables={})
    assert started["definitionId"] == definition["id"]
    assert (started["businessKey"], started["ended"], "variables" in started) == ("default", False, False)


def test_links_of_the_modeler_lead_to_pages(rest: Rest) -> None:
    where = rest.http.get("/.well-known/camunda-automation-platform/webapps")  # of a page from elsewhere, nobody's
    assert where.headers["Access-Control-Allow-Origin"] == "*"
    cockpit = where.json()["cockpitUrl"]
    case = uuid4()
    for link, page in ((f"process-instance/{case}", f"/i/{case}"), ("repository?deploymentsQuery=1", "/processes")):
        assert rest.http.get(cockpit + link, follow_redirects=False).headers["Location"] == page


def test_what_is_there_already_is_not_deployed_again_where_that_is_asked_for(rest: Rest) -> None:
    first = deploy(rest, {"order.bpmn": ORDER, "lead.form": FORM}, **MODELER)
    same = deploy(rest, {"order.bpmn": ORDER, "lead.form": FORM}, **MODELER)
    assert same["id"] == first["id"]
    assert same["deployedProcessDefinitions"] is None
    longer = FORM.replace('"key": "name"', '"key": "title"')
    together = deploy(rest, {"order.bpmn": ORDER, "lead.form": longer}, **MODELER)
    assert [key.partition(":")[2][0] for key in together["deployedProcessDefinitions"]] == ["2"]
    changed = deploy(rest, {"order.bpmn": ORDER, "lead.form": FORM}, **MODELER, deploy_changed_only="true")
    assert changed["id"] != together["id"]
    assert changed["deployedProcessDefinitions"] is None
    always = deploy(rest, {"order.bpmn": ORDER})
    assert [each["version"] for each in always["deployedProcessDefinitions"].values()] == [3]


def test_the_first_definition_told_is_that_of_the_first_file(rest: Rest) -> None:
    files = {f"{key}.bpmn": process(start(), end(), flow("start > end"), key=key) for key in ("b", "a", "c")}
    made = deploy(rest, files, **MODELER)
    assert [each["key"] for each in made["deployedProcessDefinitions"].values()] == ["b", "a", "c"]


def test_any_part_that_has_a_file_name_is_a_file(rest: Rest) -> None:
    parts = [
        ("deployment-name", (None, "first")),
        ("deployment-name", (None, "last")),
        ("data", ("order.bpmn", ORDER)),
        ("data", ("lead.form", FORM)),
        ("resource-0", ("readme.md", b"notes")),
    ]
    made = rest.call("POST", "/deployment/create", 200, files=parts)
    assert made["name"] == "last"
    resources = rest.get(f"/deployment/{made['id']}/resources")
    assert {each["name"] for each in resources} == {"order.bpmn", "lead.form", "readme.md"}
    held = next(each for each in resources if each["name"] == "order.bpmn")
    assert rest.get(f"/deployment/{made['id']}/resources/{held['id']}") == held
    content = rest.call("GET", f"/deployment/{made['id']}/resources/{held['id']}/data")
    assert content.content == ORDER
    assert content.headers["Content-Type"].startswith("text/xml")
    assert content.headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize(
    ("fields", "files"),
    [
        ({}, []),
        ({"deployment-name": "nothing"}, []),
        ({"tenant-id": "one"}, [("data", ("order.bpmn", ORDER))]),
        ({"deployment-activation-time": "soon"}, [("data", ("order.bpmn", ORDER))]),
        ({}, [("data", ("order.bpmn", ORDER)), ("other", ("order.bpmn", OTHER))]),
    ],
)
def test_what_cannot_be_meant_is_refused(rest: Rest, fields: dict[str, str], files: list[Any]) -> None:
    parts = [(name, (None, value)) for name, value in fields.items()] + files
    refused = rest.error("POST", "/deployment/create", 400, files=parts or [("nothing", (None, ""))])
    assert refused["type"] == "InvalidRequestException"
    assert rest.get("/deployment/count") == {"count": 0}


def test_new_versions_begin_when_they_are_to(rest: Rest) -> None:
    when = (clock.now() + timedelta(hours=1)).isoformat()
    made = deploy(rest, {"order.bpmn": ORDER}, deployment_activation_time=when)
    assert [each["suspended"] for each in made["deployedProcessDefinitions"].values()] == [True]
    rest.error("POST", "/process-definition/key/order/start", 500, json={})
    with clock.travel(timedelta(hours=2)):
        jobs.fire_due_timers()
        rest.post("/process-definition/key/order/start")
        later = deploy(rest, {"order.bpmn": OTHER}, deployment_activation_time=when)
    assert [each["suspended"] for each in later["deployedProcessDefinitions"].values()] == [False]


def test_problems_have_line_column_and_element(rest: Rest) -> None:
    broken = ORDER.replace(b'<bpmn:userTask id="check"', b'\n    <bpmn:userTask camunda:assignee="${" id="check"')
    line = next(number for number, text in enumerate(broken.split(b"\n"), 1) if b'id="check"' in text)
    refused = deploy(rest, {"订单.bpmn": broken}, 400)
    assert refused["type"] == "ParseException"
    (problem,) = refused["details"]["订单.bpmn"]["errors"]
    assert (problem["line"], problem["column"], problem["mainElementId"]) == (line, 5, "check")
    assert problem["elementIds"] == problem["\u0435lementIds"] == ["check"]
    assert problem["message"]
    assert f"| resource 订单.bpmn | line {line} | column 5" in refused["message"]
    lost = deploy(rest, {"order.bpmn": ORDER.replace(b'targetRef="end"', b'targetRef="nowhere"')}, 400)
    assert " – " in lost["details"]["order.bpmn"]["errors"][0]["message"]  # what is wrong, then what to do about it
    unclosed = deploy(rest, {"order.bpmn": ORDER[:-10]}, 400)
    (problem,) = unclosed["details"]["order.bpmn"]["errors"]
    assert problem["line"] > 1
    assert problem["column"] > 1
    assert problem["mainElementId"] is None


def test_problems_are_told_in_the_language_asked_for(rest: Rest) -> None:
    def message(language: str) -> str:
        parts = {"files": [("data", ("a.bpmn", b"<a/>"))], "headers": {"Accept-Language": language}}
        return str(rest.call("POST", "/deployment/create", 400, **parts)["message"])

    assert message("zh-CN") != message("en")


def test_only_administrators_deploy(rest_as: Any) -> None:
    chen = rest_as("chen")
    assert deploy(chen, {"order.bpmn": ORDER}, 403)["type"] == "AuthorizationException"


def test_deployments_are_found_and_deleted(rest: Rest, demo: Client) -> None:
    first = deploy(rest, {"order.bpmn": ORDER}, deployment_name="first")
    second = deploy(rest, {"order.bpmn": OTHER}, deployment_name="second", deployment_source="script")

    def names(**query: Any) -> list[str]:
        return [each["name"] for each in rest.get("/deployment", sortBy="deploymentTime", sortOrder="asc", **query)]

    assert names() == ["first", "second"]
    assert names(nameLike="%sec%") == names(source="script") == names(id=second["id"]) == ["second"]
    assert names(withoutSource="true") == ["first"]
    assert names(after=second["deploymentTime"], id="nothing") == names(tenantIdIn="a,b") == []
    assert rest.get("/deployment/count", name="first") == {"count": 1}
    assert rest.get("/deployment/registered") == []
    assert rest.get(f"/deployment/{first['id']}")["name"] == "first"
    rest.post("/process-definition/key/order/start")
    instance = demo.post("/instances", 201, definition_id=first_definition(rest, first))["id"]
    assert rest.error("DELETE", f"/deployment/{first['id']}", 500)["type"] == "ProcessEngineException"
    rest.delete(f"/deployment/{first['id']}", cascade="true")
    demo.error("GET", f"/instances/{instance}", 404)
    for path in ("", "/resources", f"/resources/{first['id']}", "/resources/x/data"):
        rest.error("GET", f"/deployment/{first['id']}{path}", 404)
    rest.error("DELETE", "/deployment/nothing", 404)


def first_definition(rest: Rest, deployment: dict[str, Any]) -> str:
    (found,) = rest.get("/process-definition", deploymentId=deployment["id"])
    return str(found["id"]).rpartition(":")[2]


def test_an_earlier_deployment_becomes_the_newest_again(rest: Rest) -> None:
    first = deploy(rest, {"order.bpmn": ORDER, "discount.dmn": DECISION})
    deploy(rest, {"order.bpmn": OTHER})
    again = rest.post(f"/deployment/{first['id']}/redeploy", source="rollback")
    assert again["source"] == "rollback"
    assert [each["version"] for each in again["deployedProcessDefinitions"].values()] == [3]
    part = rest.post(f"/deployment/{first['id']}/redeploy", resourceNames=["order.bpmn"])
    assert part["deployedDecisionDefinitions"] is None
    rest.error("POST", f"/deployment/{first['id']}/redeploy", 404, json={"resourceNames": ["other.bpmn"]})
    xml = rest.get("/process-definition/key/order/xml")["bpmn20Xml"]
    assert xml.encode() == ORDER


def test_decisions_are_found_and_asked(rest: Rest) -> None:
    made = deploy(rest, {"discount.dmn": DECISION})
    (deployed,) = made["deployedDecisionDefinitions"].values()
    assert rest.get("/decision-definition", key="discount", latestVersion="true") == [deployed]
    assert rest.get("/decision-definition/count", nameLike="Dis%") == {"count": 1}
    assert rest.get(f"/decision-definition/{deployed['id']}") == rest.get("/decision-definition/key/discount")
    assert rest.get("/decision-definition/key/discount/xml")["dmnXml"] == DECISION
    assert rest.get(f"/decision-definition/{deployed['id']}/xml") == {"id": deployed["id"], "dmnXml": DECISION}
    assert rest.call("GET", f"/decision-definition/{deployed['id']}/diagram", 204) is None
    asked = {"amount": {"value": 100.01, "type": "Double"}}
    told = rest.post("/decision-definition/key/discount/evaluate", variables=asked)
    assert told == [{"percent": {"value": 12.5, "type": "Double", "valueInfo": {}}}]
    by_id = rest.post(f"/decision-definition/{deployed['id']}/evaluate", variables={"amount": {"value": 100}})
    assert by_id == [{"percent": {"value": 0, "type": "Integer", "valueInfo": {}}}]
    rest.error("POST", "/decision-definition/key/other/evaluate", 404, json={})
    rest.error("POST", "/decision-definition/key/discount/tenant-id/one/evaluate", 404, json={})
    rest.error("POST", "/decision-definition/key/discount/evaluate", 400, json={"variables": {"amount": 5}})
