"""The inbox over HTTP: lists, columns, facets, views, acting on many tasks, taking a list away."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any, get_args

import pytest

from process_server.api.inbox.asked import ListName
from process_server.bpmn import commands
from process_server.config import settings
from process_server.db import unit_of_work
from process_server.tasks.inbox.lists import LISTS
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

FORM = {
    "type": "default",
    "id": "offer",
    "schemaVersion": 18,
    "components": [
        {
            "type": "textfield",
            "id": "f1",
            "key": "customer",
            "label": "客户",
            "properties": {"label:en": "Customer"},
        },
        {"type": "number", "id": "f2", "key": "amount", "label": "金额", "properties": {"label:en": "Amount"}},
        {"type": "number", "id": "f3", "key": "margin", "label": "毛利"},
    ],
}


def properties(**values: str) -> str:
    named = {key.replace("__", ":"): value for key, value in values.items()}
    inner = "".join(f'<camunda:property name="{key}" value="{value}"/>' for key, value in named.items())
    return f"<bpmn:extensionElements><camunda:properties>{inner}</camunda:properties></bpmn:extensionElements>"


REF = 'camunda:formRef="offer" camunda:formRefBinding="latest"'
OFFER = process(
    properties(inbox__summary="customer,amount"),
    start(),
    user("check", f'camunda:assignee="li" {REF}', properties(approval__bulk="true", field__margin="hidden")),
    end(),
    flow("start > check > end"),
    key="offer",
)
SECRET = "margin"


@pytest.fixture
def li(sign_in: Callable[..., Client]) -> Client:
    return sign_in("li")


@pytest.fixture(autouse=True)
def offers(demo: Client) -> None:
    demo.deploy({"offer.bpmn": OFFER, "offer.form": json.dumps(FORM)})
    for key, customer, amount in (("O-1", "海尔智家", 100), ("O-2", "=cmd|' /C calc'!A0", 20.5), ("O-3", "格力", 3000)):
        variables = {"customer": customer, "amount": amount, SECRET: amount / 2}
        demo.post("/instances", 201, definition_key="offer", business_key=key, variables=variables)


def cells(client: Client, name: str = "todo", list: str = "todo", **query: Any) -> list[Any]:
    found = client.get(f"/inbox/{list}", columns=name, **query)["items"]
    return [row["cells"][name] for row in found]


def test_the_lists_of_the_api_are_those_of_the_inbox(li: Client, demo: Client) -> None:
    assert set(get_args(ListName)) == set(LISTS)
    numbers = {row["list"]: row["count"] for row in li.get("/inbox")["items"]}
    assert numbers["todo"] == 3
    assert "incidents" not in numbers
    for name in (row["list"] for row in demo.get("/inbox")["items"]):
        demo.get(f"/inbox/{name}")
        assert demo.get(f"/inbox/{name}/columns")["items"]


def test_a_list_shows_sorts_and_filters_business_fields(li: Client) -> None:
    assert cells(li, "field.amount", sort="-field.amount") == [3000, 100, 20.5]
    assert cells(li, "business_key", filter="field.amount:50..") == ["O-1", "O-3"]
    assert cells(li, "business_key", where="amount > 50 and contains(customer, '海尔')") == ["O-1"]
    assert cells(li, "business_key", text="格力") == ["O-3"]
    assert cells(li, "summary", text="格力") == [{"customer": "格力", "amount": 3000}]
    assert cells(li, "progress", text="格力") == [{"number": 1, "total": 1}]


def test_pages_follow_each_other(li: Client) -> None:
    first = li.get("/inbox/todo", columns="business_key", sort="field.customer", limit=2)
    second = li.get("/inbox/todo", columns="business_key", sort="field.customer", limit=2, cursor=first["next"])
    keys = [row["cells"]["business_key"] for row in first["items"] + second["items"]]
    assert (keys, second["next"]) == (["O-2", "O-3", "O-1"], None)
    error = li.error("GET", "/inbox/todo", 422, params={"sort": "due", "cursor": first["next"]})
    assert error["problems"][0]["code"] == "other_order"


@pytest.mark.parametrize(
    "query",
    [
        {"sort": f"field.{SECRET}"},
        {"filter": f"field.{SECRET}:10.."},
        {"where": f"{SECRET} > 10"},
        {"where": f"field.{SECRET} > 10"},
    ],
)
def test_a_field_the_form_hides_cannot_be_found_out(li: Client, demo: Client, query: dict[str, str]) -> None:
    answer = li.call("GET", "/inbox/todo", params={"columns": f"business_key,field.{SECRET}", **query})
    if answer.status_code == 200:
        rows = answer.json()["items"]
        assert all(row["cells"][f"field.{SECRET}"] is None for row in rows)
        keys = [row["cells"]["business_key"] for row in rows]
        assert keys in ([], ["O-1", "O-2", "O-3"])  # nobody's order tells of it
    else:
        assert answer.status_code == 422
    seen = demo.get("/inbox/all", columns="business_key", sort=f"-field.{SECRET}")["items"]
    assert [row["cells"]["business_key"] for row in seen] == ["O-3", "O-1", "O-2"]


def test_columns_say_what_they_can_do(li: Client) -> None:
    found = {row["name"]: row for row in li.get("/inbox/todo/columns")["items"]}
    assert found["field.amount"] == {
        "name": "field.amount",
        "label": "Amount",
        "kind": "number",
        "sortable": True,
        "filterable": True,
        "facet": False,
        "options": {},
    }
    assert found["due"]["label"] == "Due"
    assert not found["summary"]["sortable"]


def test_facets_count(li: Client) -> None:
    found = li.get("/inbox/todo/facets", facet=["process", "due"])
    assert found == {
        "facets": {"process": [{"value": "offer", "count": 3}], "due": [{"value": "-", "count": 3}]},
        "ranges": {"field.amount": {"low": 20.5, "high": 3000}},
        "complete": True,
    }
    assert "unread" in li.get("/inbox/todo/facets")["facets"]


def test_texts_an_analyst_shows_in_lists_have_facets_that_are_searched(li: Client, demo: Client) -> None:
    every = [{"value": f"={name}", "count": 1} for name in ("=cmd|' /C calc'!A0", "格力", "海尔智家")]
    asked = {"facet": "field.customer"}
    values = li.get("/inbox/todo/facets", **asked)["facets"]["field.customer"]
    assert sorted(values, key=str) == sorted(every, key=str)
    for each in values:
        assert len(cells(li, "business_key", filter=f"field.customer:{each['value']}")) == 1
    narrowed = li.get("/inbox/todo/facets", **asked, like="尔", filter="field.customer:=格力")
    assert narrowed["facets"] == {"field.customer": [{"value": "=海尔智家", "count": 1}]}
    assert f"field.{SECRET}" not in demo.get("/inbox/all/facets")["facets"]


def test_a_list_is_exported_as_text_and_not_as_formulas(li: Client) -> None:
    query = {"columns": "business_key,field.customer,field.amount,summary,progress", "sort": "business_key"}
    sheet = li.call("GET", "/inbox/todo/export", params=query)
    with zipfile.ZipFile(io.BytesIO(sheet.content)) as book:
        written = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in written
    assert "20.5" in written
    assert "海尔智家" in written
    lines = (
        li.call("GET", "/inbox/todo/export", params=query | {"format": "csv"}).content.decode("utf-8-sig").split("\r\n")
    )
    assert lines[0] == "Business key,Customer,Amount,Summary,Progress"
    assert lines[1] == "O-1,海尔智家,100,Customer: 海尔智家; Amount: 100,1/1"
    assert lines[2].startswith("O-2,'=cmd")
    assert len(lines) == 5
    second, last = (row["id"] for row in li.get("/inbox/todo", sort="business_key")["items"][1:])
    selected = li.call("GET", "/inbox/todo/export", params=query | {"format": "csv", "id": [second, last]})
    assert [line[:3] for line in selected.content.decode("utf-8-sig").split("\r\n")] == ["Bus", "O-2", "O-3", ""]


def test_incidents_are_for_those_who_manage(li: Client) -> None:
    assert li.get("/inbox/incidents")["items"] == []
    li.error("GET", "/inbox/nothing", 422)


def test_a_view_is_saved_shared_counted_and_deleted(li: Client, demo: Client, sign_in: Callable[..., Client]) -> None:
    body = {"name": "Large", "settings": {"list": "todo", "filters": ["field.amount:50.."], "sort": "-field.amount"}}
    made = li.post("/views", 201, **body)
    assert made["address"] == f"/inbox/todo?view={made['id']}"
    assert li.get(f"/views/{made['id']}/count") == {"count": 2}
    demo.call("GET", f"/views/{made['id']}", 404)
    changed = li.call("PUT", f"/views/{made['id']}", 200, json=body | {"shared": "everyone", "name": "Big"})
    assert demo.get(f"/views/{made['id']}")["name"] == changed["name"] == "Big"
    assert demo.get(f"/views/{made['id']}/count") == {"count": 0}
    li.call("PUT", f"/views/{made['id']}/subscription", 204)
    assert li.get("/views")["items"][0]["subscribed"]
    li.call("DELETE", f"/views/{made['id']}/subscription", 204)
    sign_in("wang").call("DELETE", f"/views/{made['id']}", 403)
    li.call("DELETE", f"/views/{made['id']}", 204)
    assert li.get("/views")["items"] == []
    li.error("POST", "/views", 422, json={"name": "x", "settings": {"list": "todo", "where": "nothing = 1"}})


def test_tasks_are_approved_together(li: Client) -> None:
    rows = li.get("/inbox/todo")["items"]
    tasks = [row["task_id"] for row in rows]
    assert li.post("/bulk/preview", tasks=tasks) == {"count": 3, "decidable": 3, "sums": {"amount": 3120.5}}
    done = li.post("/bulk", action="approve", tasks=tasks, opinion="ok", revisions={tasks[0]: 7})
    assert [row["done"] for row in done["items"]] == [False, True, True]
    assert done["items"][0]["error"]["code"] == "stale_revision"
    assert cells(li, "title") == ["check"]
    assert cells(li, "outcome", list="done") == ["approve", "approve"]
    li.error("POST", "/bulk", 422, json={"action": "transfer", "tasks": tasks})


def test_tags_are_ones_own_or_shared_and_lists_are_found_by_them(li: Client, demo: Client) -> None:
    first, second, _ = (row["task_id"] for row in li.get("/inbox/todo", sort="business_key")["items"])
    li.post(f"/tasks/{first}/tags", name="urgent")
    assert li.error("POST", "/tags", 403, json={"name": "VIP", "shared": True})["code"] == "not_allowed"
    demo.post("/tags", 201, name="VIP", shared=True)
    assert li.error("POST", "/tags", 409, json={"name": "vip"})["code"] == "conflict"
    done = li.post("/bulk", action="tag", tasks=[first, second], tag="VIP")
    assert [row["done"] for row in done["items"]] == [True, True]
    assert cells(li, "tags", sort="business_key") == [["urgent", "VIP"], ["VIP"], []]
    assert cells(li, "business_key", filter="tags:urgent") == ["O-1"]
    assert sorted(cells(li, "business_key", where="contains(tags, 'VIP')")) == ["O-1", "O-2"]
    assert li.get("/inbox/todo/facets", facet="tags")["facets"]["tags"] == [
        {"value": "VIP", "count": 2},
        {"value": "urgent", "count": 1},
    ]
    assert cells(demo, "tags", "all", sort="business_key") == [["VIP"], ["VIP"], []]  # li's own are li's alone
    assert {tag["name"]: tag["open"] for tag in li.get("/tags")["items"]} == {"urgent": 1, "VIP": 2}
    li.call("DELETE", f"/tasks/{first}/tags/VIP", 204)
    assert [tag["name"] for tag in li.get(f"/tasks/{first}/tags")["items"]] == ["urgent"]
    shared = next(tag["id"] for tag in li.get("/tags")["items"] if tag["shared"])
    li.error("DELETE", f"/tags/{shared}", 403)
    demo.call("DELETE", f"/tags/{shared}", 204)
    assert cells(li, "tags", sort="business_key") == [["urgent"], [], []]


def work(units: Any = unit_of_work) -> None:
    """Apply rules until none is called any more, as the worker does."""
    while True:
        with units() as session:
            if not commands.apply_next_rules(session):
                return


def offer(who: Client, key: str, amount: float) -> str:
    started = who.post("/instances", 201, definition_key="offer", business_key=key, variables={"amount": amount})
    return str(started["id"])


def test_a_rule_does_for_its_owner_what_they_could_do_by_hand(li: Client, demo: Client) -> None:
    actions = [{"do": "tag", "tag": "large"}, {"do": "urgent"}, {"do": "snooze", "for": "P1D"}, {"do": "read"}]
    rule = li.post("/rules", 201, name="Large", condition="amount > 1000", actions=actions)
    work()
    assert cells(li, "tags") == [[], [], []]  # what is there already is left alone until it is asked for
    assert li.post(f"/rules/{rule['id']}/apply") == {"count": 1}
    offer(demo, "O-4", 5000)
    offer(demo, "O-5", 5)
    work()
    shown = {"columns": "business_key,tags,priority,unread", "sort": "business_key"}
    found = [row["cells"] for row in li.get("/inbox/snoozed", **shown)["items"]]
    assert found == [
        {"business_key": key, "tags": ["large"], "priority": 80, "unread": False} for key in ("O-3", "O-4")
    ]
    assert cells(li, "business_key", sort="business_key") == ["O-1", "O-2", "O-5"]
    log = li.get(f"/rules/{rule['id']}/runs")["items"]
    assert [run["done"] for run in log] == [["read", "tag", "urgent", "snooze"]] * 2
    assert li.get("/rules")["items"][0]["runs"] == 2
    assert li.post(f"/rules/{rule['id']}/apply") == {"count": 2}
    work()
    assert len(li.get(f"/rules/{rule['id']}/runs")["items"]) == 2  # once with each task


def test_a_rule_is_bound_by_the_rights_of_its_owner_and_of_the_model(li: Client, demo: Client, chen: Client) -> None:
    chen.post("/rules", 201, name="Mine", actions=[{"do": "tag", "tag": "x"}])
    rule = li.post("/rules", 201, name="Away", actions=[{"do": "stand_in"}, {"do": "copy", "to": "chen"}])
    offer(demo, "O-4", 1)
    work()
    (run,) = li.get(f"/rules/{rule['id']}/runs")["items"]
    assert run["done"] == ["copy"]
    assert run["problems"] == [{"message": "Nobody stands in for you now.", "params": {}}]
    assert chen.get("/rules")["items"][0]["runs"] == 0  # nothing came to chen
    li.post("/stand-ins", 201, substitute_id="chen")
    offer(demo, "O-6", 1)
    work()
    assert cells(chen, "business_key") == ["O-6"]
    assert chen.get("/inbox/todo", columns="tags")["items"][0]["cells"]["tags"] == ["x"]
    li.error("GET", f"/rules/{chen.get('/rules')['items'][0]['id']}/runs", 404)


def test_a_rule_approves_only_where_the_model_lets_it_and_until_its_end(li: Client, demo: Client) -> None:
    for key, more in (("open", {"approval__rules": "true"}), ("closed", {"approval__bulk": "true"})):
        step = user("check", 'camunda:assignee="li"', properties(outcome__variable="decision", **more))
        demo.deploy({f"{key}.bpmn": process(start(), step, end(), flow("start > check > end"), key=key)})
    body = {"name": "Small", "condition": "process != 'offer'", "actions": [{"do": "approve"}]}
    assert li.error("POST", "/rules", 422, json=body)["problems"][0]["field"] == "ends_at"
    both = body | {"actions": [{"do": "approve"}, {"do": "stand_in"}], "ends_at": "2099-01-01T00:00:00Z"}
    li.error("POST", "/rules", 422, json=both)
    rule = li.post("/rules", 201, **body, ends_at="2099-01-01T00:00:00Z")
    cases = {key: demo.post("/instances", 201, definition_key=key)["id"] for key in ("open", "closed")}
    work()
    runs = li.get(f"/rules/{rule['id']}/runs")["items"]
    assert sorted((run["done"], [each["message"] for each in run["problems"]]) for run in runs) == [
        ([], ["The model of this step does not let rules approve it."]),
        (["approve"], []),
    ]
    assert demo.get(f"/instances/{cases['open']}")["state"] == "completed"
    assert demo.get(f"/instances/{cases['closed']}")["state"] == "active"
    done = li.get("/inbox/done", columns="process,outcome")["items"][0]
    assert done["cells"] == {"process": "open", "outcome": "approve"}
    lines = demo.get("/audit", entity_type="user_task", action="decide_by_rule")["items"]
    assert [(line["actor"], line["detail"]["rule"]) for line in lines] == [("li", "Small")]


@pytest.mark.parametrize("actions", [["approve"], ["claim", "approve"]])
def test_a_rule_takes_what_is_offered_to_approve_it(li: Client, demo: Client, chen: Client, actions: list[str]) -> None:
    step = user("check", 'camunda:candidateGroups="sales,finance"', properties(approval__rules="true"))
    form = user(
        "fill", 'camunda:candidateUsers="li" ' + REF, properties(approval__rules="true", field__amount="required")
    )
    model = process(start(), step, form, end(), flow("start > check > fill > end"), key="offered")
    demo.deploy({"offered.bpmn": model})
    asked = [{"do": each} for each in actions]
    body = {"name": "Small", "condition": "process == 'offered'", "actions": asked, "ends_at": "2099-01-01T00:00:00Z"}
    for who in (chen, li):  # it is offered to both: one of them decides, the other's rule finds nothing to do
        who.post("/rules", 201, **body)
    case = demo.post("/instances", 201, definition_key="offered")["id"]
    work()
    (line,) = demo.get("/audit", action="decide_by_rule")["items"]
    lines = demo.get("/audit", entity_type="user_task", entity_id=line["entity_id"])["items"]
    decider = line["actor"]
    assert [(each["actor"], each["action"]) for each in lines[::-1]] == [
        (decider, "claim"),
        (decider, "decide_by_rule"),
    ]
    (left,) = (each for each in li.get("/tasks")["items"] if each["process_instance_id"] == case)
    assert left["element_id"] == "fill"  # what has to be filled in is left as it was
    assert left["assignee"] == ("li" if "claim" in actions else None)


def test_a_view_or_a_case_is_embedded_and_no_longer(li: Client, demo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    view = li.post("/views", 201, name="Mine", settings={"list": "todo"})["id"]
    li.error("POST", "/embeds", 409, json={"name": "Mine", "view_id": view})
    monkeypatch.setattr(settings(), "embed_origins", "https://intranet.example.com")
    made = li.post("/embeds", 201, name="Mine", view_id=view, days=7)
    assert li.http.get(made["path"]).status_code == 200
    found = li.get("/embeds")
    assert found["origins"] == ["https://intranet.example.com"]
    assert [each["id"] for each in found["items"]] == [made["id"]]
    assert demo.get("/embeds")["items"] == []
    demo.error("POST", "/embeds", 404, json={"name": "Not mine", "view_id": view})
    li.error("POST", "/embeds", 422, json={"name": "Neither"})
    case = li.get("/inbox/todo")["items"][0]["process_instance_id"]
    demo.error("DELETE", f"/embeds/{made['id']}", 404)
    li.post("/embeds", 201, name="Case", process_instance_id=case)
    li.call("DELETE", f"/embeds/{made['id']}", 204)
    assert li.http.get(made["path"]).status_code == 404


def test_a_rule_that_is_changed_at_rest_or_at_its_end_does_nothing(li: Client, demo: Client) -> None:
    body = {"name": "Tag", "actions": [{"do": "tag", "tag": "seen"}], "condition": "priority > 60"}
    rule = li.post("/rules", 201, **body, enabled=False)
    offer(demo, "O-4", 1)
    work()
    li.call("PUT", f"/rules/{rule['id']}", 200, json=body | {"ends_at": "2020-01-01T00:00:00Z"})
    task = li.get("/inbox/todo", filter="business_key:O-4")["items"][0]["task_id"]
    li.call("PATCH", f"/tasks/{task}", 200, json={"priority": 90})
    work()
    assert cells(li, "tags", filter="business_key:O-4") == [[]]
    li.call("PUT", f"/rules/{rule['id']}", 200, json=body | {"on_change": True})
    li.call("PATCH", f"/tasks/{task}", 200, json={"priority": 50})
    work()
    assert cells(li, "tags", filter="business_key:O-4") == [[]]
    li.call("PATCH", f"/tasks/{task}", 200, json={"priority": 91})
    work()
    assert cells(li, "tags", filter="business_key:O-4") == [["seen"]]
    li.call("DELETE", f"/rules/{rule['id']}", 204)
    assert li.get("/rules")["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"condition": "nothing > 1"},
        {"condition": "amount"},
        {"actions": []},
        {"actions": [{"do": "approve"}]},
        {"actions": [{"do": "tag"}]},
        {"actions": [{"do": "snooze", "for": "soon"}]},
        {"actions": [{"do": "copy", "to": "nobody"}]},
        {"name": ""},
    ],
)
def test_a_rule_that_cannot_be_is_refused(li: Client, wrong: dict[str, Any]) -> None:
    body = {"name": "Tag", "actions": [{"do": "urgent"}]} | wrong
    assert li.call("POST", "/rules", json=body).status_code in (400, 422)
    assert li.get("/rules")["items"] == []


def test_the_span_of_a_business_field_is_told_and_filtered_by(li: Client) -> None:
    found = li.get("/inbox/todo/facets", filter="field.amount:50..500")["ranges"]
    assert found == {"field.amount": {"low": 20.5, "high": 3000}}  # nothing of the margin, which li is not shown
    assert cells(li, "business_key", filter="field.amount:50..500") == ["O-1"]


def test_a_model_says_what_a_day_of_delay_costs(li: Client, demo: Client, chen: Client) -> None:
    def model(cost: str) -> bytes:
        late = 'camunda:assignee="li" camunda:dueDate="2020-01-01T00:00:00Z"'
        check = user("check", late, properties(sla__cost=cost))
        return process(start(), check, end(), flow("start > check > end"), key="costly")

    demo.deploy({"c.bpmn": model("${amount * 0.01}")})
    demo.post("/instances", 201, definition_key="costly", business_key="C-1", variables={"amount": 12345})
    second = demo.post("/instances", 201, definition_key="costly", business_key="C-2", variables={"amount": None})
    assert cells(li, "delay_cost", filter="process:costly", sort="business_key") == [123.45, 0]
    assert cells(li, "business_key", where="delay_cost > 100") == ["C-1"]
    demo.call("PUT", f"/instances/{second['id']}/variables", 200, json={"variables": {"amount": 99999}})
    assert cells(li, "delay_cost", filter="process:costly") == [999.99, 123.45]  # overdue, the dearest first
    demo.call("PUT", f"/instances/{second['id']}/variables", 200, json={"variables": {"amount": "much"}})
    assert cells(li, "delay_cost", filter="process:costly") == [999.99, 123.45]  # says nothing new
    dearest = li.get("/inbox/todo", filter="process:costly")["items"][0]["task_id"]
    li.post(f"/tasks/{dearest}/signers", 201, people=["chen"], where="before")
    assert cells(chen, "delay_cost", filter="process:costly") == [999.99]  # who is asked to sign it holds it up as well
    refused = demo.call("POST", "/deployments", files=[("files", ("c.bpmn", model("much")))])
    assert refused.status_code == 422
    assert "sla:cost" in refused.text
