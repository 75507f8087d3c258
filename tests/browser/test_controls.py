"""Every control in the browser: drawn, filled in by keyboard and mouse, sent, and shown again as it was."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from process_server.forms.controls import CONTROLS
from process_server.forms.controls.samples import picture
from tests.browser.conftest import Open, Watch
from tests.browser.reading import faults
from tests.browser.settling import settled

KEY = "every_control"
BPMN = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
<bpmn:process id="{KEY}" name="Every control" isExecutable="true">
<bpmn:startEvent id="s" camunda:formRef="{KEY}" camunda:formRefBinding="latest"/>
<bpmn:sequenceFlow id="b" sourceRef="s" targetRef="again"/>
<bpmn:userTask id="again" name="Look again" camunda:assignee="${{initiator}}" camunda:formRef="{KEY}"
  camunda:formRefBinding="latest"/>
<bpmn:sequenceFlow id="c" sourceRef="again" targetRef="e"/><bpmn:endEvent id="e"/>
</bpmn:process></bpmn:definitions>"""

OF = {
    "lookup": {"of": "relation", "take": "process"},
    "rollup": {"of": "sub_table", "take": "price"},
    "amount_in_words": {"of": "currency"},
}


def component(key: str) -> dict[str, Any]:
    control = CONTROLS[key]
    made = {**control.new(key), "id": f"Field_{key}"}
    made["properties"] = {
        **made.get("properties", {}),
        **OF.get(key, {}),
        **{f"{name}:en": control.label["en"] for name in ("label", "dateLabel", "timeLabel") if name in made},
    }
    if key == "formula":
        made["expression"] = "=if rating = null then null else rating * 10"
    return made


FORM = {"type": "default", "id": KEY, "schemaVersion": 19, "components": [component(key) for key in CONTROLS]}


@pytest.fixture(scope="module")
def api(server: str) -> httpx.Client:
    """A client of the administrator; the process is deployed."""
    client = httpx.Client(base_url=f"{server}/api/v1", auth=("demo", "demo"), timeout=60)
    files = [("files", (f"{KEY}.bpmn", BPMN)), ("files", (f"{KEY}.form", json.dumps(FORM)))]
    client.post("/deployments", data={"name": KEY}, files=files).raise_for_status()
    return client


def opened(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_selector("[data-mount=form][data-ready=yes]")
    settled(page)


def of(page: Page, key: str) -> Locator:
    return page.locator(f".fjs-form-field:has([id$='Field_{key}'], [id$='Field_{key}-label'])").last


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1440, "light", "zh-CN"), (1440, "dark", "en"), (375, "light", "en")]
)
def test_every_control_is_drawn_for_everybody(
    open_page: Open, api: httpx.Client, language: str, width: int, theme: str
) -> None:
    page = open_page(language=language, width=width, theme=theme)
    opened(page, f"/start/{KEY}")
    body = page.locator("[data-form]")
    for key, control in CONTROLS.items():
        if key != "date_range":
            expect(body.get_by_text(control.label[language], exact=False).first).to_be_attached()
    assert faults(page) == []


def pick(text: str) -> Callable[[Locator], None]:
    """Choose by typing and Enter."""

    def fill(part: Locator) -> None:
        part.get_by_role("combobox").click()
        part.get_by_role("combobox").press_sequentially(text)
        expect(part.get_by_role("option").first).to_be_visible()
        part.get_by_role("combobox").press("Enter")

    return fill


def typed(text: str) -> Callable[[Locator], None]:
    return lambda part: part.locator("input, textarea").first.fill(text)


def levels(*values: str) -> Callable[[Locator], None]:
    def fill(part: Locator) -> None:
        for index, value in enumerate(values):
            part.locator("select").nth(index).select_option(value)

    return fill


def upload(name: str, kind: str, content: bytes) -> Callable[[Locator], None]:
    def fill(part: Locator) -> None:
        part.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": kind, "buffer": content})
        expect(part.locator(".ctl-file, .ctl-signed").first).to_be_visible()
        expect(part.locator("progress")).to_have_count(0)

    return fill


def written(part: Locator) -> None:
    part.get_by_role("textbox").fill("陈静")
    expect(part.locator(".ctl-signed")).to_be_visible()


def rated(step: int) -> Callable[[Locator], None]:
    return lambda part: part.get_by_role("radio").nth(step).focus() or part.get_by_role("radio").nth(step).press(" ")


def rows(part: Locator) -> None:
    part.locator("tbody input").nth(0).fill("服务器")
    part.locator("tbody input").nth(1).fill("2")
    part.locator("tbody input").nth(2).fill("9999.99")
    part.locator("tbody input").nth(0).press("Alt+d")
    expect(part.locator("tbody tr")).to_have_count(2)
    copied = "服务器\t2\t¥0.01\t\r\n"  # as a spreadsheet hands it on, one cell more than there are columns
    part.locator("tbody input").nth(3).evaluate(
        """(input, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        copied,
    )
    expect(part.get_by_role("status")).to_contain_text("Pasted rows: 1")
    expect(part.locator("tbody input").nth(5)).to_have_value("0.01")


def rich(part: Locator) -> None:
    expect(part.locator(".ctl-page[data-ready]")).to_be_visible()
    part.get_by_role("textbox").click()
    part.page.keyboard.type("Price ")
    part.locator("button[aria-pressed]").first.click()
    part.page.keyboard.type("agreed")


def position(part: Locator) -> None:
    for index, text in enumerate(("31.2", "121.4", "人民广场")):
        part.locator("input").nth(index).fill(text)


def matrix(part: Locator) -> None:
    part.get_by_role("radio").nth(1).check(force=True)
    part.get_by_role("radio").nth(5).check(force=True)


FILL: dict[str, tuple[Callable[[Locator], None], Any]] = {
    "text": (typed("甲"), "甲"),
    "textarea": (typed("一\n二"), "一\n二"),
    "rich_text": (rich, None),
    "phone": (typed("138 0013 8000"), "+8613800138000"),
    "email": (typed("Li@Example.com"), "li@example.com"),
    "url": (typed("https://example.com"), "https://example.com"),
    "wechat": (typed("lina_2025"), "lina_2025"),
    "credit_code": (typed("91110000600037341l"), "91110000600037341L"),
    "barcode": (typed("6901234567892"), "6901234567892"),
    "json": (typed('{"a": 1}'), {"a": 1}),
    "number": (typed("1\uff0c012.\uff15"), 1012.5),  # grouped, and with a full-width digit
    "currency": (typed("\uffe5150,000.50"), 150000.5),
    "percent": (typed("12.5"), 0.125),
    "rating": (rated(3), 4),
    "nps": (rated(9), 9),
    "switch": (lambda part: part.get_by_role("switch").press("Enter"), True),
    "checkbox": (lambda part: part.get_by_role("checkbox").check(), True),
    "async_select": (pick("黄浦"), "310101"),
    "cascade": (levels("hardware", "server"), ["hardware", "server"]),
    "tags": (lambda part: part.get_by_role("combobox").press_sequentially("重点,"), ["重点"]),
    "stage": (rated(0), "contact"),
    "matrix": (matrix, {"speed": "2", "quality": "3"}),
    "region": (levels("32", "3201", "320102"), None),
    "location": (position, None),
    "person": (pick("zhou.wei"), "zhou.wei"),
    "people": (pick("zhou.wei"), ["zhou.wei"]),
    "department": (pick("sales"), None),
    "group": (pick("finance"), "finance"),
    "attachment": (upload("a.txt", "text/plain", b"hello"), None),
    "image": (upload("a.png", "image/png", picture()), None),
    "scan": (upload("a.png", "image/png", picture()), None),
    "signature": (written, None),
    "sub_table": (rows, None),
}  # fmt: skip


@pytest.mark.requirement("DF-02")
@pytest.mark.parametrize("width", [1440, 375])
def test_what_is_filled_in_is_what_is_kept(open_page: Open, api: httpx.Client, width: int) -> None:
    page = open_page(language="en", width=width)
    opened(page, f"/start/{KEY}")
    for key, (fill, _) in FILL.items():
        part = of(page, key)
        part.scroll_into_view_if_needed()
        fill(part)
    expect(of(page, "amount_in_words").locator("output")).to_contain_text("壹拾伍万元伍角")
    expect(of(page, "rollup").locator("output")).to_contain_text("10,000")
    expect(of(page, "sub_table").locator("tfoot")).to_contain_text("4")
    page.locator("[data-key='submit']").click()
    page.wait_for_url("**/t/*")
    task = page.url.rpartition("/")[2]
    case = api.get(f"/tasks/{task}").json()["process_instance_id"]
    kept = api.get(f"/instances/{case}/variables").json()["variables"]
    assert {key: kept[key] for key, (_, value) in FILL.items() if value is not None} == {
        key: value for key, (_, value) in FILL.items() if value is not None
    }
    assert kept["rich_text"].endswith("<b>agreed</b></p>")
    assert kept["region"]["district"] == "玄武区"
    assert kept["location"]["addr"] == "人民广场"
    assert [file["name"] for key in ("attachment", "image", "scan", "signature") for file in kept[key]]
    assert [str(row["price"]) for row in kept["sub_table"]] == ["9999.99", "0.01"]
    assert kept["rollup"] == 10000
    assert kept["formula"] == 40
    assert kept["auto_number"].startswith("KH-")
    image = page.request.get(f"/files/{kept['signature'][0]['id']}")
    assert Image.open(io.BytesIO(image.body())).format == "PNG"
    opened(page, f"/t/{task}")
    expect(of(page, "person").get_by_role("combobox")).not_to_have_value("")
    expect(of(page, "auto_number").locator("output")).to_have_text(kept["auto_number"])
    expect(of(page, "signature").locator("img")).to_be_visible()
    expect(of(page, "rich_text").get_by_role("textbox")).to_contain_text("agreed")


def test_a_period_that_ends_before_it_begins_is_refused_beside_its_field(
    open_page: Open, api: httpx.Client, watch: Watch
) -> None:
    watch.expected = (422,)
    page = open_page(language="en")
    opened(page, f"/start/{KEY}")
    of(page, "sub_table").locator("tbody input").first.fill("x")
    for index, day in enumerate(("2025-02-01", "2025-01-31")):
        dates = page.locator(".fjs-form-field-group input[type=text]")
        dates.nth(index).fill(day)
        dates.nth(index).press("Tab")
    page.locator("[data-key='submit']").click()
    expect(page.locator("[data-form-summary]")).to_contain_text("The end lies before the beginning.")


LINES = {
    "type": "dynamiclist",
    "path": "lines",
    "allowAddRemove": True,
    "defaultRepetitions": 3,
    "components": [
        {"type": "number", "key": "price", "label": "Price", "validate": {"required": True}},
        {"type": "expression", "key": "twice", "expression": "=this.price * rate", "properties": {"ctl": "formula"}},
    ],
}


def test_rows_of_a_list_stay_what_they_are_when_one_goes(open_page: Open, api: httpx.Client) -> None:
    rate = {"type": "number", "key": "rate", "label": "Rate", "defaultValue": 2}
    form = {"type": "default", "id": "lines", "schemaVersion": 19, "components": [rate, LINES]}
    files = [("files", ("lines.bpmn", BPMN.replace(KEY, "lines"))), ("files", ("lines.form", json.dumps(form)))]
    api.post("/deployments", data={"name": "lines"}, files=files).raise_for_status()
    page = open_page(language="en")
    opened(page, "/start/lines")
    prices, products = page.get_by_label("Price"), page.locator(".fjs-repeat-row-rows output")
    for row, price in enumerate(("1", "20", "300")):
        prices.nth(row).fill(price)
    expect(products).to_have_text([re.compile(told) for told in ("2$", "40$", "600$")])
    page.locator(".fjs-repeat-row-remove").first.click()
    page.get_by_label("Rate").fill("3")  # what rows read from around them
    expect(products).to_have_text([re.compile(told) for told in ("60$", "900$")])
    prices.first.fill("")
    page.locator("[data-key='submit']").click()
    expect(page.locator(".fjs-repeat-row-rows").first.locator(".fjs-form-field-error")).to_have_text(
        "Please fill this in."
    )
    prices.first.fill("20")
    page.locator("[data-key='submit']").click()
    page.wait_for_url("**/t/*")
    case = api.get(f"/tasks/{page.url.rpartition('/')[2]}").json()["process_instance_id"]
    kept = api.get(f"/instances/{case}/variables").json()["variables"]
    assert kept["lines"] == [{"price": 20, "twice": 60}, {"price": 300, "twice": 900}]
