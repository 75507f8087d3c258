"""What is required of forms and their controls, over HTTP: each control kept exactly, each wrong value refused."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from process_server import clock
from process_server.bpmn import jobs
from process_server.db import unit_of_work
from process_server.forms import gallery
from process_server.forms.controls import CONTROLS
from process_server.forms.schema import read_form
from process_server.identity import users
from tests import diagrams
from tests.acceptance.client import Client

MODEL = diagrams.process(
    diagrams.start(attributes='camunda:formRef="sheet" camunda:formRefBinding="latest"'),
    diagrams.flow("start > wait > end"),
    diagrams.user("wait", attributes='camunda:assignee="demo"'),
    diagrams.end(),
)
OPTIONS = [{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}]


def deploy(demo: Client, *components: dict[str, Any]) -> None:
    """Deploy a process whose start form holds the components."""
    sheet = {"type": "default", "id": "sheet", "schemaVersion": 19, "components": components}
    demo.deploy({"tiny.bpmn": MODEL, "sheet.form": json.dumps(sheet)})


def enter(reader: Client, client: Client, **values: Any) -> dict[str, Any]:
    """Fill in the start form; return the variables as an administrator reads them again."""
    case = client.post("/instances", 201, definition_key="tiny", variables=values)["id"]
    kept: dict[str, Any] = reader.get(f"/instances/{case}/variables")["variables"]
    return kept


def refused(client: Client, **values: Any) -> list[tuple[str, str]]:
    """Fill in what is refused; return fields and codes."""
    error = client.error("POST", "/instances", 422, json={"definition_key": "tiny", "variables": values})
    assert error["code"] == "invalid_form"
    return [(problem["field"], problem["code"]) for problem in error["problems"]]


def field(template: str, key: str) -> dict[str, Any]:
    """Return a field of a shipped template."""
    found = {entry.get("key"): entry for entry in gallery.schema(template)["components"]}
    entry: dict[str, Any] = found[key]
    return entry


def labels(template: str) -> list[str]:
    return [entry["label"] for entry in gallery.schema(template)["components"]]


def options(entry: dict[str, Any]) -> list[str]:
    return [option["label"] for option in entry["values"]]


@pytest.mark.requirement("DF-02")
def test_there_are_more_than_thirty_controls(demo: Client) -> None:
    listed = demo.get("/form-controls")["items"]
    assert len({control["key"] for control in listed}) > 30


@pytest.mark.requirement("DF-02")
def test_every_control_keeps_its_sample_and_refuses_a_wrong_one(demo: Client, chen: Client) -> None:
    for control in demo.get("/form-controls")["items"]:
        component, key = control["component"], control["key"]
        name = component.get("key") or component.get("path")
        deploy(demo, component)
        shown = demo.get("/definitions/tiny/start-form")["form"]["schema"]["components"]
        assert shown[0]["type"] == control["carrier"], key
        samples = control["valid"]
        if control["upload"]:
            content = base64.b64decode(control["upload"]["base64"])
            entry = chen.call("POST", "/files", 201, files={"file": (control["upload"]["name"], content)})
            samples = [{"sent": [entry["id"]], "kept": [entry]}]
        for sample in samples:
            assert enter(demo, chen, **{name: sample["sent"]})[name] == sample["kept"], key
        for wrong in control["invalid"]:
            fields = refused(chen, **{name: wrong["sent"]})
            assert fields[0][0].split(".")[0] == name, key
            assert wrong["code"] in {code for _, code in fields}, key


@pytest.mark.requirement("DF-04")
@pytest.mark.parametrize("key", ["text", "select", "date"])
def test_the_library_offers_controls_that_make_valid_forms(demo: Client, key: str) -> None:
    control = next(item for item in demo.get("/form-controls")["items"] if item["key"] == key)
    drawn = {"type": "default", "id": "x", "schemaVersion": 19, "components": [control["component"]]}
    assert demo.post("/forms/x/check", schema=drawn)["problems"] == []


@pytest.mark.requirement("DF-05")
def test_the_customer_template_numbers_its_customers_and_has_five_stars(demo: Client, chen: Client) -> None:
    asked = {
        "customer_name": ("客户名称", "text"),
        "customer_number": ("客户编号", "auto_number"),
        "industry": ("所属行业", "select"),
        "source": ("客户来源", "select"),
        "level": ("客户级别", "rating"),
    }
    for key, (label, control) in asked.items():
        entry, made = field("customer", key), CONTROLS[control]
        assert (entry["label"], entry["type"]) == (label, made.carrier)
        assert entry.get("properties", {}).get("ctl", "") == made.ctl
    deploy(demo, field("customer", "customer_number"), field("customer", "level"))
    assert enter(demo, chen)["customer_number"] != enter(demo, chen)["customer_number"]
    assert enter(demo, chen, level=5)["level"] == 5
    assert refused(chen, level=6) == [("level", "max")]


@pytest.mark.requirement("DF-06")
def test_telephone_and_mail_are_checked_by_the_server(demo: Client, chen: Client) -> None:
    deploy(demo, field("customer", "phone"), field("customer", "email"))
    for number in ("13800138000", "+8613800138000", "021-62345678", "400-820-8820"):
        assert enter(demo, chen, phone=number)["phone"], number
    assert enter(demo, chen, phone="13800138000")["phone"] == enter(demo, chen, phone="+8613800138000")["phone"]
    assert enter(demo, chen, email="a@b.cn")["email"] == "a@b.cn"
    assert [name for name, _ in refused(chen, phone="12345", email="a@@b")] == ["phone", "email"]


@pytest.mark.requirement("DF-07")
def test_stage_instant_and_person_of_the_customer_template(demo: Client, chen: Client) -> None:
    stage = field("customer", "stage")
    assert options(stage) == ["初步接触", "需求分析", "方案报价", "商务谈判", "赢单", "输单"]
    deploy(demo, stage, field("customer", "next_follow_up"), field("customer", "owner"))
    kept = enter(demo, chen, stage="won", next_follow_up="2026-11-22T09:00:00+08:00", owner="wang")
    assert datetime.fromisoformat(kept["next_follow_up"]) == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert refused(chen, owner="nobody") == [("owner", "not_an_option")]
    with unit_of_work() as session:
        users.set_active(session, "wang", False, actor=None)
    assert refused(chen, owner="wang") == [("owner", "not_an_option")]


@pytest.mark.requirement("DF-08")
@pytest.mark.requirement("DF-09")
def test_the_amounts_of_linked_contracts_add_up_and_nobody_writes_the_sum(demo: Client, chen: Client) -> None:
    deploy(demo, CONTROLS["currency"].new("amount"))
    contracts = [
        chen.post("/instances", 201, definition_key="tiny", variables={"amount": amount})["id"]
        for amount in ("100000.00", "50000.50", "9999")
    ]
    total = CONTROLS["rollup"].new("total")
    total["properties"] = {"ctl": "rollup", "of": "contracts", "take": "amount"}
    deploy(demo, CONTROLS["relations"].new("contracts"), total)
    values = {"contracts": contracts[:2], "total": "1"}
    case = chen.post("/instances", 201, definition_key="tiny", variables=values)["id"]
    assert '"total":150000.50' in demo.call("GET", f"/instances/{case}/variables").text
    assert enter(demo, chen, contracts=contracts[:1])["total"] == 100000
    demo.call("PUT", f"/instances/{contracts[0]}/variables", 200, json={"variables": {"amount": 120000}})
    assert enter(demo, chen, contracts=contracts[:2], total="1")["total"] == Decimal("170000.50")


@pytest.mark.requirement("DF-11")
def test_a_contact_has_exactly_its_six_fields(demo: Client, chen: Client) -> None:
    assert labels("contact") == ["姓名", "部门", "职位", "手机", "邮箱", "微信"]
    deploy(demo, *gallery.schema("contact")["components"])
    values = {
        "contact_name": "李娜", "department": "采购部", "position": "经理", "mobile": "13800138000",
        "email": "li.na@example.com", "wechat": "lina_2025",
    }  # fmt: skip
    assert enter(demo, chen, **values) == values | {"mobile": "+8613800138000"}


@pytest.mark.requirement("DF-12")
def test_a_credit_code_has_eighteen_characters_and_a_region_its_parts(demo: Client, chen: Client) -> None:
    deploy(demo, field("customer", "credit_code"), field("customer", "region"))
    kept = enter(demo, chen, credit_code="91350100M000100Y43", region={"code": "310115", "detail": "世纪大道 1 号"})
    assert kept["credit_code"] == "91350100M000100Y43"
    assert (kept["region"]["province"], kept["region"]["district"]) == ("上海市", "浦东新区")
    assert refused(chen, credit_code="91350100M000100Y4") == [("credit_code", "credit_code")]
    assert refused(chen, credit_code="91350100M000100Y44") == [("credit_code", "credit_code")]
    assert refused(chen, region={"code": "999999"}) == [("region", "region")]


@pytest.mark.requirement("DF-13")
def test_the_follow_up_record_has_its_six_fields() -> None:
    assert labels("follow_up_record") == ["沟通日期", "沟通方式", "内容纪要", "关键决策点", "下次跟进计划", "提醒日期"]
    assert options(field("follow_up_record", "contact_way")) == ["电话", "拜访", "线上会议"]


@pytest.mark.requirement("DF-13")
def test_the_date_to_be_reminded_on_fires_on_that_day(demo: Client, chen: Client) -> None:
    timer = diagrams.timer("timeDate", "${remind_on}")
    model = diagrams.process(
        diagrams.start(attributes='camunda:formRef="sheet" camunda:formRefBinding="latest"'),
        f'<bpmn:intermediateCatchEvent id="due">{timer}</bpmn:intermediateCatchEvent>',
        diagrams.user("call"),
        diagrams.flow("start > due > call > end"),
        diagrams.end(),
    )
    sheet = gallery.schema("follow_up_record") | {"id": "sheet"}
    demo.deploy({"tiny.bpmn": model, "sheet.form": json.dumps(sheet)})
    noon = clock.now().replace(hour=4)  # in Shanghai
    day, reminded = (each.date().isoformat() for each in (noon, noon + timedelta(days=3)))
    values = {"contact_date": day, "contact_way": "visit", "minutes": "报价", "remind_on": reminded}
    case = chen.post("/instances", 201, definition_key="tiny", variables=values)["id"]
    with clock.travel(noon + timedelta(days=2) - clock.now()):
        assert jobs.fire_due_timers() == 0
    with clock.travel(noon + timedelta(days=3) - clock.now()):
        assert jobs.fire_due_timers() == 1
    assert [task["element_id"] for task in demo.get("/tasks", list="all", instance=case)["items"]] == ["call"]


@pytest.mark.requirement("DF-14")
@pytest.mark.requirement("DF-15")
def test_the_opportunity_has_an_exact_amount_a_stage_and_a_competitor(demo: Client, chen: Client) -> None:
    asked = {"商机名称", "预计成交金额", "预计成交日期", "产品/服务需求", "销售阶段", "竞争对手"}
    assert asked <= set(labels("opportunity"))
    stages = options(field("opportunity", "sales_stage"))
    assert stages[:4] == ["初步接触", "需求分析", "方案报价", "商务谈判"]
    deploy(demo, *gallery.schema("opportunity")["components"])
    case = chen.call(
        "POST",
        "/instances",
        201,
        json={
            "definition_key": "tiny",
            "variables": {"opportunity_name": "A", "estimated_amount": "12345678901234.56", "competitor": "乙公司"},
        },
    )["id"]
    assert '"estimated_amount":12345678901234.56' in demo.call("GET", f"/instances/{case}/variables").text


@pytest.mark.requirement("DF-15")
def test_a_gateway_decides_by_the_fields_of_a_form(demo: Client, chen: Client) -> None:
    model = diagrams.process(
        diagrams.start(attributes='camunda:formRef="sheet" camunda:formRefBinding="latest"'),
        '<bpmn:exclusiveGateway id="which"/>',
        diagrams.user("rival"),
        diagrams.user("plain"),
        diagrams.flow(
            "start > which > rival > end",
            "which > plain > end2",
            which_to_rival='${estimated_amount &gt; 100000 &amp;&amp; competitor == "乙公司"}',
            which_to_plain='${!(estimated_amount &gt; 100000 &amp;&amp; competitor == "乙公司")}',
        ),
        diagrams.end(),
        diagrams.end("end2"),
    )
    sheet = gallery.schema("opportunity") | {"id": "sheet"}
    demo.deploy({"tiny.bpmn": model, "sheet.form": json.dumps(sheet)})
    for amount, rival, step in (("100000.01", "乙公司", "rival"), ("100000.00", "乙公司", "plain")):
        values = {"opportunity_name": "A", "estimated_amount": amount, "competitor": rival}
        case = chen.post("/instances", 201, definition_key="tiny", variables=values)["id"]
        [task] = demo.get("/tasks", list="all", instance=case)["items"]
        assert task["element_id"] == step


@pytest.mark.requirement("DF-16")
def test_a_customer_form_made_over_the_api_takes_an_entry(demo: Client, chen: Client) -> None:
    names = {"customer_name": "text", "industry": "select", "contact": "text", "phone": "phone"}
    drawn = {"type": "default", "components": [CONTROLS[ctl].new(key) for key, ctl in names.items()]}
    assert demo.call("PUT", "/forms/sheet", 200, json={"schema": drawn, "base": 0})["version"] == 1
    demo.deploy({"tiny.bpmn": MODEL})
    values = {"customer_name": "上海远航", "industry": "a", "contact": "陈静", "phone": "021-62345678"}
    kept = enter(demo, chen, **values)
    assert kept == values | {"phone": "+862162345678"}


@pytest.mark.requirement("DF-19")
def test_a_customer_has_name_contact_telephone_and_a_structured_address(demo: Client, chen: Client) -> None:
    assert {"客户名称", "联系人", "电话", "地址"} <= set(labels("lead_status"))
    deploy(demo, field("lead_status", "address"))
    kept = enter(demo, chen, address={"code": "440305", "detail": "科技园"})["address"]
    assert set(kept) == {"province", "city", "district", "detail", "code"}
    assert kept["city"] == "深圳市"


@pytest.mark.requirement("DF-20")
@pytest.mark.requirement("DF-21")
def test_source_grade_and_intent_are_the_lists_asked_for() -> None:
    assert {"官网", "展会", "老客户介绍"} <= set(options(field("lead_status", "source")))
    assert options(field("lead_status", "grade")) == ["A", "B", "C"]
    assert options(field("lead_status", "intent_stage")) == ["初步接触", "需求沟通", "报价阶段", "合同阶段"]
    roles = {CONTROLS[key].role for key in ("select", "radio")}
    assert roles == {"dimension"}
    assert {"最后跟进时间", "下次跟进计划", "所属行业", "意向产品"} <= set(labels("lead_status"))


@pytest.mark.requirement("DF-24")
def test_every_missing_field_is_listed(demo: Client, chen: Client) -> None:
    deploy(demo, *gallery.schema("contact")["components"], *gallery.schema("follow_up_record")["components"])
    missing = refused(chen)
    assert missing == [
        ("contact_name", "required"),
        ("contact_date", "required"),
        ("contact_way", "required"),
        ("minutes", "required"),
    ]


@pytest.mark.requirement("DF-28")
def test_a_company_sets_its_own_grades_and_rates_without_code(demo: Client, chen: Client) -> None:
    rate = "if amount &lt;= 100000 then amount * 0.03 else 3000 + (amount - 100000) * 0.05"
    table = f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
      <decision id="commission" name="commission"><decisionTable id="t">
        <input id="i"><inputExpression id="e"><text>amount</text></inputExpression></input>
        <output id="o1" name="grade"/><output id="o2" name="commission"/>
        <rule id="r1"><inputEntry id="a"><text>&gt;= 150000</text></inputEntry>
          <outputEntry id="b"><text>"S"</text></outputEntry><outputEntry id="c"><text>{rate}</text></outputEntry></rule>
        <rule id="r2"><inputEntry id="f"><text>&lt; 150000</text></inputEntry>
          <outputEntry id="g"><text>"A"</text></outputEntry><outputEntry id="h"><text>{rate}</text></outputEntry></rule>
      </decisionTable></decision></definitions>"""
    model = diagrams.process(
        diagrams.start(attributes='camunda:formRef="sheet" camunda:formRefBinding="latest"'),
        '<bpmn:businessRuleTask id="rule" camunda:decisionRef="commission" camunda:resultVariable="result" '
        'camunda:mapDecisionResult="singleResult"/>',
        diagrams.user("wait", attributes='camunda:assignee="demo"'),
        diagrams.flow("start > rule > wait > end"),
        diagrams.end(),
    )
    sheet = {"type": "default", "id": "sheet", "schemaVersion": 19, "components": [CONTROLS["currency"].new("amount")]}
    demo.deploy({"tiny.bpmn": model, "rule.dmn": table, "sheet.form": json.dumps(sheet)})
    for amount, grade, commission in (("100000.00", "A", 3000), ("150000.00", "S", 5500)):
        result = enter(demo, chen, amount=amount)["result"]
        assert (result["grade"], result["commission"]) == (grade, commission)


@pytest.mark.requirement("DF-30")
def test_the_five_basic_controls_keep_exactly_what_was_entered(
    demo: Client, chen: Client, pages: Callable[[str], TestClient]
) -> None:
    keys = {"name": "text", "price": "number", "day": "date", "choice": "select", "paper": "attachment"}
    deploy(demo, *(CONTROLS[ctl].new(key) for key, ctl in keys.items()))
    content = bytes(range(256)) * 4 * 1024 * 5
    assert len(content) == 5 * 1024 * 1024
    uploaded = chen.call("POST", "/files", 201, files={"file": ("five.bin", content)})
    values = {"name": "甲", "price": "12.50", "day": "2025-01-31", "choice": "a", "paper": [uploaded["id"]]}
    case = chen.post("/instances", 201, definition_key="tiny", variables=values)["id"]
    text = demo.call("GET", f"/instances/{case}/variables").text
    assert '"price":12.50' in text
    kept = json.loads(text)["variables"]
    assert (kept["name"], kept["day"], kept["choice"]) == ("甲", "2025-01-31", "a")
    again = demo.call("GET", f"/files/{kept['paper'][0]['id']}").content
    assert again == content
    told = hashlib.sha256(content).hexdigest()
    assert f'data-copy="{told}"' in pages("chen").get(f"/i/{case}").text


def test_templates_are_in_both_languages() -> None:
    for template in gallery.TEMPLATES:
        form, problems = read_form(json.dumps(gallery.schema(template.key) | {"id": "x"}).encode(), "x.form")
        assert form
        assert problems == []
        for each in form.walk():
            assert each.properties.get("label:en"), f"{template.key}.{each.id}"
