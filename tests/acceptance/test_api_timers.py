"""Running timers over the API and on the page of their case, and how long cases are kept."""

from collections.abc import Callable
from datetime import timedelta

from fastapi.testclient import TestClient

from process_server import clock
from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, timer, user

HOUR = timedelta(hours=1)


def waiting(text: str = "PT1H") -> bytes:
    """A case that waits for a timer, and for nobody."""
    wait = f'<bpmn:intermediateCatchEvent id="wait">{timer("timeDuration", text)}</bpmn:intermediateCatchEvent>'
    return process(start(), wait, user("work"), end(), flow("start > wait > work > end"), key="waiting")


def test_a_running_timer_is_moved_without_deploying(demo: Client, chen: Client) -> None:
    demo.deploy({"waiting.bpmn": waiting()})
    case = demo.post("/instances", 201, definition_key="waiting", business_key="K-1")["id"]
    [held] = demo.get("/timers", instance_id=case)["items"]
    assert (held["element_id"], held["business_key"], held["suspended"]) == ("wait", "K-1", False)
    later = (clock.now() + 5 * HOUR).isoformat()
    demo.call("PUT", f"/timers/{held['id']}/due", 204, json={"due_at": later})
    with clock.travel(2 * HOUR):
        assert jobs.fire_due_timers() == 0
    demo.post(f"/timers/{held['id']}/recalculate", 204)
    assert demo.get("/timers")["items"][0]["due_at"] < later
    demo.post(f"/timers/{held['id']}/suspend", 204)
    assert demo.get("/timers")["items"][0]["suspended"]
    demo.post(f"/timers/{held['id']}/activate", 204)
    demo.post(f"/timers/{held['id']}/fire", 204)
    assert demo.get("/timers")["items"] == []
    assert demo.error("POST", f"/timers/{held['id']}/fire", 404)["code"] == "not_found"
    assert chen.error("GET", "/timers", 403)["code"] == "not_allowed"


def test_cases_are_kept_as_long_as_their_version_says(demo: Client, chen: Client) -> None:
    demo.deploy({"waiting.bpmn": waiting()})
    assert demo.get("/definitions/waiting/history") == {"days": None}
    demo.call("PUT", "/definitions/waiting/history", 204, json={"days": 30})
    demo.deploy({"waiting.bpmn": waiting("PT2H")})
    assert demo.get("/definitions/waiting/history") == {"days": 30}, "the next version keeps to it"
    assert demo.error("PUT", "/definitions/waiting/history", 422, json={"days": -1})
    assert chen.error("PUT", "/definitions/waiting/history", 403, json={"days": 1})["code"] == "not_allowed"
    case = demo.post("/instances", 201, definition_key="waiting")["id"]
    assert demo.error("DELETE", f"/instances/{case}", 409)["code"] == "conflict"
    demo.post(f"/instances/{case}/cancel", 204)
    demo.call("DELETE", f"/instances/{case}", 204)
    assert demo.error("GET", f"/instances/{case}", 404)


def test_an_administrator_moves_timers_on_the_page_of_a_case(demo: Client, pages: Callable[[str], TestClient]) -> None:
    demo.deploy({"waiting.bpmn": waiting()})
    case = demo.post("/instances", 201, definition_key="waiting")["id"]
    [held] = demo.get("/timers", instance_id=case)["items"]
    page = pages("demo")
    assert f"/i/{case}/timers/{held['id']}" in page.get(f"/i/{case}").text
    moved = page.post(f"/i/{case}/timers/{held['id']}", data={"do": "move", "at": "2040-01-01T18:30"})
    assert moved.status_code == 303
    assert demo.get("/timers")["items"][0]["due_at"].startswith("2040-01-01T10:30")
    assert page.post(f"/i/{case}/timers/{held['id']}", data={"do": "move", "at": "soon"}).status_code == 422
    page.post(f"/i/{case}/timers/{held['id']}", data={"do": "suspend"})
    assert demo.get("/timers")["items"][0]["suspended"]
    page.post(f"/i/{case}/timers/{held['id']}", data={"do": "fire"})
    assert demo.get("/timers")["items"] == []
    chen = pages("chen")
    assert chen.post(f"/i/{case}/timers/{held['id']}", data={"do": "fire"}).status_code == 403


def test_an_administrator_says_on_the_page_of_a_process_how_long_cases_are_kept(
    demo: Client, pages: Callable[[str], TestClient]
) -> None:
    demo.deploy({"waiting.bpmn": waiting()})
    version = demo.get("/definitions/waiting")["id"]
    page = pages("demo")
    assert f"/definitions/{version}/history" in page.get("/processes/waiting").text
    page.post(f"/definitions/{version}/history", data={"days": "180"})
    assert demo.get("/definitions/waiting/history") == {"days": 180}
    assert page.post(f"/definitions/{version}/history", data={"days": "a month"}).status_code == 422
    page.post(f"/definitions/{version}/history", data={"days": ""})
    assert demo.get("/definitions/waiting/history") == {"days": None}
    assert "history-days" not in pages("chen").get("/processes/waiting").text
