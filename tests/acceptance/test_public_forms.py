"""Start forms for people who do not sign in: what a link allows, and what it does not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from limits import RateLimitItemPerMinute

from process_server import clock
from process_server.identity import attempts
from tests import diagrams
from tests.acceptance.client import Client

JSON = {"Accept": "application/json"}
A_MOMENT = timedelta(seconds=5)


def form(*components: dict[str, Any]) -> str:
    return json.dumps({"type": "default", "id": "enquiry", "schemaVersion": 19, "components": components})


COMPANY = {"type": "textfield", "key": "company", "label": "公司", "validate": {"required": True}}
PAPERS = {"type": "filepicker", "key": "papers", "label": "文件", "accept": ".txt", "multiple": True}
MODEL = diagrams.process(
    diagrams.start(attributes='camunda:formRef="enquiry" camunda:formRefBinding="latest"'),
    diagrams.flow("start > answer > end"),
    diagrams.user("answer", attributes='camunda:candidateGroups="sales"'),
    diagrams.end(),
    key="enquiry",
    attributes='camunda:candidateStarterGroups="sales"',
)


@pytest.fixture
def link(demo: Client) -> dict[str, Any]:
    """A link to the start form of a process that only the sales group may start otherwise."""
    demo.deploy({"enquiry.bpmn": MODEL, "enquiry.form": form(COMPANY, PAPERS)})
    made: dict[str, Any] = demo.post("/public-links", 201, process="enquiry", name="Web site", max_uses=3)
    return made


def stamp_of(http: TestClient, path: str) -> str:
    """Open the page as a visitor; return the stamp its form carries."""
    page = http.get(path)
    assert page.status_code == 200, page.text
    props = page.text.split("data-props='")[1].split("'")[0]
    stamp = json.loads(props.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">"))["extra"]["stamp"]
    return str(stamp)


def send(http: TestClient, path: str, stamp: str, **more: Any) -> Response:
    """Send the form after a moment, as a person does."""
    with clock.travel(A_MOMENT):
        body = {"variables": {"company": "上海远航"}, "stamp": stamp} | more
        return http.post(path, json=body, headers=JSON)


def cases(demo: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = demo.get("/instances")["items"]
    return found


def test_an_anonymous_person_starts_a_process_and_gets_a_reference(
    http: TestClient, demo: Client, link: dict[str, Any]
) -> None:
    sent = send(http, link["path"], stamp_of(http, link["path"]))
    assert sent.status_code == 200, sent.text
    [case] = cases(demo)
    done = http.get(sent.json()["redirect"])
    assert case["business_key"] in done.text
    assert case["initiator"] == f"link:{link['id']}"
    assert demo.get(f"/instances/{case['id']}/variables")["variables"]["company"] == "上海远航"
    [shown] = demo.get("/public-links")
    assert (shown["uses"], shown["open"]) == (1, True)
    assert "path" not in shown  # the secret is shown once


def test_the_same_copy_sent_twice_starts_one_case(http: TestClient, demo: Client, link: dict[str, Any]) -> None:
    stamp = stamp_of(http, link["path"])
    first, second = send(http, link["path"], stamp), send(http, link["path"], stamp)
    assert first.json() == second.json()
    assert len(cases(demo)) == 1
    assert demo.get("/public-links")[0]["uses"] == 1


def test_the_form_is_checked_as_any_other(http: TestClient, demo: Client, link: dict[str, Any]) -> None:
    refused = send(http, link["path"], stamp_of(http, link["path"]), variables={"initiator": "demo"})
    assert refused.status_code == 422
    assert [problem["field"] for problem in refused.json()["problems"]] == ["company"]
    assert cases(demo) == []
    assert demo.get("/public-links")[0]["uses"] == 0


@pytest.mark.parametrize("forged", ["", "1.2.3", "x"])
def test_a_form_that_was_never_handed_out_is_refused(
    http: TestClient, demo: Client, link: dict[str, Any], forged: str
) -> None:
    assert send(http, link["path"], forged).json()["code"] == "bad_stamp"
    other = demo.post("/public-links", 201, process="enquiry", name="Other")
    assert send(http, link["path"], stamp_of(http, other["path"])).json()["code"] == "bad_stamp"
    assert cases(demo) == []


def test_a_link_takes_no_more_files_however_many_addresses_send_them(
    http: TestClient, link: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "OF_UPLOAD", RateLimitItemPerMinute(1, 10, namespace="few-uploads"))
    answers = [http.post(f"{link['path']}/files", files={"file": ("a", b"x")}, headers=JSON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_machines_are_told_apart_by_speed_and_by_a_field_no_person_sees(
    http: TestClient, demo: Client, link: dict[str, Any]
) -> None:
    stamp = stamp_of(http, link["path"])
    quick = http.post(link["path"], json={"variables": {"company": "X"}, "stamp": stamp}, headers=JSON)
    assert quick.json()["code"] == "too_quick"
    assert send(http, link["path"], stamp, website="http://spam").json()["code"] == "refused"
    assert cases(demo) == []


def test_a_page_left_open_for_days_asks_to_be_loaded_anew(http: TestClient, link: dict[str, Any]) -> None:
    stamp = stamp_of(http, link["path"])
    with clock.travel(timedelta(hours=25)):
        late = http.post(link["path"], json={"variables": {"company": "X"}, "stamp": stamp}, headers=JSON)
    assert late.json()["code"] == "bad_stamp"


def test_a_link_ends_by_revoking_time_and_count(http: TestClient, demo: Client, link: dict[str, Any]) -> None:
    stamp = stamp_of(http, link["path"])
    for _ in range(3):
        assert send(http, link["path"], stamp_of(http, link["path"])).status_code == 200
    assert send(http, link["path"], stamp).json()["code"] == "link_closed"
    assert http.get(link["path"]).status_code == 404

    soon = clock.now() + timedelta(hours=1)
    timed = demo.post("/public-links", 201, process="enquiry", name="Timed", expires_at=soon.isoformat())
    with clock.travel(timedelta(hours=2)):
        assert http.get(timed["path"]).status_code == 404

    other = demo.post("/public-links", 201, process="enquiry", name="Other")
    stamp = stamp_of(http, other["path"])
    demo.call("DELETE", f"/public-links/{other['id']}", 204)
    assert send(http, other["path"], stamp).json()["code"] == "link_closed"
    assert len(cases(demo)) == 3


def test_too_many_forms_from_one_address_have_to_wait(http: TestClient, link: dict[str, Any]) -> None:
    answers = [send(http, link["path"], "x") for _ in range(22)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_files_are_taken_where_the_form_asks_for_them(http: TestClient, demo: Client, link: dict[str, Any]) -> None:
    stored = http.post(f"{link['path']}/files", files={"file": ("a.txt", b"hello")}, headers=JSON)
    sent = send(
        http, link["path"], stamp_of(http, link["path"]), variables={"company": "X", "papers": [stored.json()["id"]]}
    )
    assert sent.status_code == 200, sent.text
    [case] = cases(demo)
    [paper] = demo.get(f"/instances/{case['id']}/variables")["variables"]["papers"]
    assert demo.call("GET", f"/files/{paper['id']}").content == b"hello"
    assert http.get(f"/files/{paper['id']}", follow_redirects=False).status_code == 303  # not to those who sent it

    large = http.post(f"{link['path']}/files", files={"file": ("a.txt", b"x" * (11 * 1024 * 1024))}, headers=JSON)
    assert large.status_code == 413
    demo.deploy({"enquiry.form": form(COMPANY)})
    assert http.post(f"{link['path']}/files", files={"file": ("a.txt", b"x")}, headers=JSON).status_code == 422


def test_only_the_sites_named_may_embed_the_form(http: TestClient, demo: Client, link: dict[str, Any]) -> None:
    assert "frame-ancestors 'none'" in http.get(link["path"]).headers["Content-Security-Policy"]
    site = "https://www.example.com"
    made = demo.post("/public-links", 201, process="enquiry", name="Embedded", origins=[site])
    page = http.get(made["path"])
    assert f"frame-ancestors {site}" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    refused = demo.error("POST", "/public-links", 422, json={"process": "enquiry", "name": "x", "origins": ["*"]})
    assert refused["problems"][0]["field"] == "origins"


def test_what_only_members_may_choose_is_never_public(demo: Client, link: dict[str, Any], http: TestClient) -> None:
    owner = {"type": "select", "key": "owner", "label": "负责人", "values": [], "properties": {"ctl": "person"}}
    demo.deploy({"enquiry.form": form(COMPANY, owner)})
    assert demo.error("POST", "/public-links", 422, json={"process": "enquiry", "name": "x"})["code"] == "not_public"
    assert http.get(link["path"]).status_code == 422
    assert http.get(f"{link['path']}/options/people", headers=JSON).status_code == 404
    provinces = http.get(f"{link['path']}/options/regions", headers=JSON).json()["items"]
    assert "上海市" in {item["label"] for item in provinces}


def test_links_are_made_and_seen_by_administrators(demo: Client, chen: Client, link: dict[str, Any]) -> None:
    chen.error("GET", "/public-links", 403)
    chen.error("POST", "/public-links", 403, json={"process": "enquiry", "name": "x"})
    chen.error("DELETE", f"/public-links/{link['id']}", 403)
    demo.error("POST", "/public-links", 404, json={"process": "nothing", "name": "x"})


def test_the_page_speaks_the_language_of_its_visitor(http: TestClient, demo: Client, link: dict[str, Any]) -> None:
    assert '<html lang="en"' in http.get(link["path"], headers={"Accept-Language": "en"}).text
    assert '<html lang="zh-CN"' in http.get(f"{link['path']}?language=zh-CN", headers={"Accept-Language": "en"}).text
    made = demo.post("/public-links", 201, process="enquiry", name="Chinese", language="zh-CN")
    assert '<html lang="zh-CN"' in http.get(made["path"], headers={"Accept-Language": "en"}).text
