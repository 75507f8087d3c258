"""Pages of the inbox and of what lies beside tasks, without a browser."""

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from process_server import clock, config
from process_server.bpmn import commands
from process_server.db import engine, unit_of_work
from process_server.identity.principal import SYSTEM
from process_server.tasks.handling import comments
from process_server.tasks.inbox import worklist
from tests.acceptance.conftest import Sign, application
from tests.browser import models
from tests.diagrams import end, flow, process, start, user
from tests.statements import statements


def test_a_start_form_shows_who_will_decide_by_what_is_in_it(pages: Sign) -> None:
    chen = pages("chen")
    assert 'data-chain="/start/request/chain"' in chen.get("/start/request").text
    shown = chen.post("/start/request/chain", json={"variables": {"title": "A chair"}})
    assert shown.status_code == 200
    assert "Approve the request" in shown.text
    assert "legal" in shown.text
    assert "expected" in shown.text
    assert chen.get("/inbox/queue").text.count("data-row") == 0  # nothing was started


def test_a_lane_that_is_no_group_is_named_in_the_language_of_the_reader(pages: Sign) -> None:
    named = '<camunda:properties><camunda:property name="name:en" value="Front office"/></camunda:properties>'
    members = f"<bpmn:extensionElements>{named}</bpmn:extensionElements><bpmn:flowNodeRef>greet</bpmn:flowNodeRef>"
    lanes = f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="前台">{members}</bpmn:lane></bpmn:laneSet>'
    model = process(lanes, start(), user("greet"), end(), flow("start > greet > end"), key="visit")
    with unit_of_work() as session:
        commands.deploy(session, {"visit.bpmn": model}, name="visit", actor="demo")
    demo = pages("demo")
    begun = demo.post("/start/visit", json={"variables": {}}, headers={"Accept": "application/json"}).json()
    with unit_of_work() as session:
        (task,) = worklist.tasks_of_instance(session, UUID(begun["redirect"].removeprefix("/i/")))
    for page in ("/start/visit/chain", f"/t/{task.id}/explain", f"/t/{task.id}"):
        shown = demo.get(page).text
        assert "Front office" in shown, page
        assert "前台" not in shown, page


def test_equal_ids_of_steps_of_two_processes_are_counted_apart(pages: Sign) -> None:
    chen, mine = pages("chen"), 'camunda:assignee="chen"'
    for key in ("east", "west"):
        model = process(start(), user("check", mine), end(), flow("start > check > end"), key=key)
        with unit_of_work() as session:
            commands.deploy(session, {f"{key}.bpmn": model}, name=key, actor="demo")
    for key in ("east", "west", "west"):
        assert chen.post(f"/start/{key}", json={"variables": {}}).status_code == 200
    panel = re.sub(r"<[^>]+>|\s+", " ", chen.get("/inbox/todo/facets").text)
    assert re.search(r"check · west +2 .*check · east +1 ", panel), panel
    rows = {f: chen.get(f"/inbox?f=step:{f}").text.count("data-task=") for f in ("check", "east/check", "west/check")}
    assert rows == {"check": 3, "east/check": 1, "west/check": 2}


def begin(client: TestClient, title: str = "A chair", **more: object) -> tuple[str, str]:
    """Start a request; return its case and its task."""
    sent = {"variables": {"title": title, **more}, "business_key": title}
    case = client.post("/start/request", json=sent, headers={"Accept": "application/json"}).json()["redirect"]
    with unit_of_work() as session:
        (task,) = worklist.tasks_of_instance(session, UUID(case.removeprefix("/i/")))
    return case, f"/t/{task.id}"


def test_who_takes_a_decision_back_is_shown_the_task_that_is_open_again(pages: Sign) -> None:
    chen, steps = pages("chen"), [user(name, f'camunda:assignee="{name}"') for name in ("chen", "wang")]
    model = process(start(), *steps, end(), flow("start > chen > wang > end"), key="two")
    with unit_of_work() as session:
        commands.deploy(session, {"two.bpmn": model}, name="two", actor="demo")
    assert chen.post("/start/two", json={"variables": {}}).status_code == 200
    decided = only_task(chen)
    assert chen.post(f"{decided}/complete", json={"variables": {}}).status_code == 200
    shown = chen.post(f"{decided}/undo").headers["location"]
    assert shown == only_task(chen) != decided


def test_a_task_offered_to_people_by_name_says_to_whom(pages: Sign) -> None:
    offered = user("check", 'camunda:candidateUsers="chen,wang"')
    model = process(start(), offered, end(), flow("start > check > end"), key="offered")
    with unit_of_work() as session:
        commands.deploy(session, {"offered.bpmn": model}, name="offered", actor="demo")
    chen = pages("chen")
    begun = chen.post("/start/offered", json={"variables": {}}, headers={"Accept": "application/json"}).json()
    with unit_of_work() as session:
        (task,) = worklist.tasks_of_instance(session, UUID(begun["redirect"].removeprefix("/i/")))
    shown = chen.get(f"/t/{task.id}")
    assert shown.status_code == 200
    assert "王伟" in shown.text


def only_task(client: TestClient) -> str:
    """Return the address of the one task somebody has."""
    (task,) = re.findall(r'data-task="([^"]+)"', client.get("/inbox").text)
    return f"/t/{task}"


def test_who_watches_a_case_is_told_what_others_do_in_it(pages: Sign) -> None:
    chen, wang = pages("chen"), pages("wang")
    case, task = begin(chen)
    for person in (chen, wang):
        person.post(f"{case}/watch", data={"on": "true"})
    wang.post(f"{task}/comments", data={"text": "Which chair?"})
    wang.post(f"{task}/claim")
    done = wang.post(f"{task}/complete", json={"variables": {"decision": "approve"}})
    assert done.status_code == 200, done.text
    told = chen.get("/notifications").text
    for news in (
        "王伟 commented on Approve the request A chair",
        "王伟 approved Approve the request",
        "A chair is over",
    ):
        assert news in told, news
    assert "commented on" not in wang.get("/notifications").text
    assert "approved Approve" not in wang.get("/notifications").text
    chen.post(f"{case}/watch", data={})  # no more
    before = chen.get("/notifications").text.count("data-row")
    wang.post(f"{case}/comments", data={"text": "Done."})
    assert chen.get("/notifications").text.count("data-row") == before


def test_a_long_timeline_is_shown_page_by_page(pages: Sign) -> None:
    chen = pages("chen")
    case, _ = begin(chen)
    with unit_of_work() as session:
        for number in range(60):
            comments.comment_on_instance(session, UUID(case.removeprefix("/i/")), SYSTEM, f"word {number}.")
    shown, address = [], case
    while address:
        page = chen.get(html.unescape(address)).text
        shown += [int(said) for said in re.findall(r"word (\d+)\.", page)]
        older = re.search(r'hx-get="(/i/[^"]+/timeline[^"]+)"', page)
        address = older.group(1) if older else ""
    assert shown == list(range(59, -1, -1))
    assert chen.get(f"{case}/timeline", params={"before": "yesterday"}).status_code == 422
    assert pages("li").get(f"{case}/timeline", params={"before": "20260101T000000.0~1"}).status_code == 404


def test_people_chosen_in_a_case_are_named_however_often_at_once(pages: Sign) -> None:
    chen, wang = pages("chen"), pages("wang")
    owner = {"type": "select", "key": "owner", "label": "Owner", "valuesKey": "owners", "searchable": True}
    alike = owner | {"key": "keeper"}
    steps = [user(f"u{number}", 'camunda:assignee="chen" camunda:formKey="hand"') for number in range(4)]
    model = process(start(), *steps, end(), flow("start > u0 > u1 > u2 > u3 > end"), key="hands")
    with unit_of_work() as session:
        files = {"hands.bpmn": model, "hand.form": models.form("hand", owner, alike)}
        commands.deploy(session, files, name="hands", actor="demo")
    owners = [{"value": person, "label": person} for person in ("demo", "li", "wang")]
    sent = {"variables": {"owner": "demo", "keeper": "demo", "owners": owners}}
    case = wang.post("/start/hands", json=sent, headers={"Accept": "application/json"}).json()["redirect"]
    needed = []
    for person, name in (("li", "李娜"), ("wang", "王伟"), ("li", "李娜")):
        done = chen.post(f"{only_task(chen)}/complete", json={"variables": {"owner": person, "keeper": person}})
        assert done.status_code == 200, done.text
        wang.get(case)  # whatever a process reads once is read
        with statements(engine()) as asked:
            shown = wang.get(case).text
        assert name in shown
        needed.append(len(asked))
        assert shown.count("<dt>Owner</dt>") == len(needed)  # two fields with one label and one value are told once
    assert needed[0] == needed[-1]


def test_a_rule_is_made_on_its_page_and_tells_what_it_did(pages: Sign) -> None:
    wang = pages("wang")
    assert "It matches 0 of" in wang.post("/rules/count", data={"condition": "amount > 5"}).text
    assert "no column nonsense" in wang.post("/rules/count", data={"condition": "nonsense > 5"}).text
    sent = {"name": "Large", "condition": "business_key = 'Large'", "do": ["tag", "claim"], "tag": "large"}
    assert wang.post("/rules/new", data=sent | {"condition": "nonsense"}).status_code == 422
    assert wang.post("/rules/new", data=sent | {"tag": ""}).status_code == 422
    assert wang.post("/rules/new", data=sent).headers["Location"] == "/rules"
    address = wang.get("/rules").text.split('class="title" href="')[1].split('"')[0]
    _, small = begin(pages("chen"), "Small")
    _, large = begin(pages("chen"), "Large")
    for _ in range(2):
        with unit_of_work() as session:
            commands.apply_next_rules(session)
    assert "Large" in wang.get("/inbox").text
    assert "Small" not in wang.get("/inbox").text
    assert 'value="large"' in wang.get(large).text
    assert f'href="{large}"' in wang.get(address).text
    assert f'href="{small}"' not in wang.get(address).text
    wang.post(f"{address}/switch", data={})
    assert "paused" in wang.get("/rules").text
    wang.post(f"{large}/tags/off", data={"tag": "large"})
    assert 'value="large"' not in wang.get(large).text.split("known-tags")[0]


def test_a_list_is_narrowed_to_a_span_of_amounts(pages: Sign) -> None:
    chen = pages("chen")
    begin(chen, "Small", amount="5")
    begin(chen, "Large", amount="5000")
    panel = chen.get("/inbox/started/facets?f=field.amount:100..").text
    assert 'type="range" min="0" max="5000" step="10" value="100"' in panel
    narrowed = chen.get("/inbox/started/range?column=field.amount&low=100&high=&f=field.amount:1..2")
    assert narrowed.headers["Location"] == "/inbox/started?f=field.amount:100.."
    assert chen.get("/inbox/started/range?column=field.amount").headers["Location"] == "/inbox/started"
    values = chen.get("/inbox/started/values?column=field.title&like=arg").text
    assert "f=field.title:%3DLarge" in values
    assert "Small" not in values
    assert "field.title" in chen.get("/inbox/started/facets").text
    page = chen.get("/inbox/started?f=field.amount:100..").text
    assert "Large" in page
    assert "Small" not in page.split('id="rows"')[1].split("</tbody>")[0]


def test_a_view_is_embedded_in_sites_of_the_settings_and_shows_what_its_owner_sees(
    pages: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang, nobody = pages("wang"), TestClient(application(), follow_redirects=False)
    case, _ = begin(pages("chen"), "A chair")
    wang.post("/inbox/queue/views", data={"name": "Ours"})
    view = wang.get("/inbox/queue").text.split("?view=")[1].split('"')[0]
    sent = {"name": "Wall", "view": view}
    assert "No site is allowed to embed yet" in wang.post("/embeds", data=sent).text
    monkeypatch.setenv("PROCESS_SERVER_EMBED_ORIGINS", "https://intranet.example.com nonsense;")
    config.settings.cache_clear()
    made = wang.post("/embeds", data=sent).text
    address = "/embed/" + made.split("/embed/")[1].split("&#34;")[0].split('"')[0]
    shown = nobody.get(address)
    assert shown.status_code == 200
    assert "A chair" in shown.text
    assert "frame-ancestors https://intranet.example.com" in shown.headers["Content-Security-Policy"]
    assert "<form" not in shown.text
    assert "set-cookie" not in shown.headers
    li = pages("li")
    assert li.post("/embeds", data={"name": "Not mine", "case": case.removeprefix("/i/")}).status_code == 422
    of_case = wang.post("/embeds", data={"name": "Case", "case": case.removeprefix("/i/")}).text
    second = "/embed/" + of_case.split("/embed/")[1].split("&#34;")[0].split('"')[0]
    assert "Approve the request" in nobody.get(second).text
    clock.advance(timedelta(days=91))
    assert nobody.get(address).status_code == 404
    assert nobody.get("/embed/guessed").status_code == 404
    config.settings.cache_clear()
