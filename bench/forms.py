"""Large forms: what opening and a keystroke cost in the browser, and what checking the form costs on the server.

Sub-tables of four columns to fill in and three formulas, a total above them; and a form of many fields of ten kinds.
The browser is headless Chromium, `--slow 4 --width 375` is about a telephone; costs are the time its main thread took.

    .venv/bin/python -m bench.forms --rows 10 200 1000
    .venv/bin/python -m bench.forms --rows 200 --fields 40 --slow 4 --width 375
"""

import argparse
import base64
import json
import statistics
import time
from typing import Any

import httpx
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.servers import Server, running
from process_server.forms.schema import parse_form
from process_server.forms.submission import validate

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
                  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="http://bench">
  <bpmn:process id="order" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:endEvent id="end" />
    <bpmn:userTask id="fill" name="Fill in" camunda:assignee="${initiator}" camunda:formRef="order" />
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="fill" />
    <bpmn:sequenceFlow id="b" sourceRef="fill" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>"""

FOCUS = """async (place) => {
  document.querySelectorAll("[data-form] tbody tr")[place].querySelector("input.ctl-figure").focus();
  await new Promise((done) => requestIdleCallback(done));
}"""
TYPE = """async ([text, wanted]) => {
  const input = document.activeElement;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  const total = document.querySelector(".ctl-is-rollup output span:last-child");
  while (total.textContent !== wanted) await new Promise((done) => setTimeout(done, 10));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""


def formula(key: str, expression: str) -> dict[str, Any]:
    """Return a column that is computed."""
    properties = {"ctl": "formula"}
    return {"type": "expression", "key": key, "label": key, "expression": expression, "properties": properties}


FORM: dict[str, Any] = {
    "type": "default",
    "id": "order",
    "schemaVersion": 19,
    "components": [
        {"type": "expression", "key": "total", "label": "Total", "expression": "=null",
         "properties": {"ctl": "rollup", "of": "items", "take": "gross"}},
        {"type": "dynamiclist", "path": "items", "label": "Items",
         "properties": {"ctl": "sub_table", "totals": "gross"}, "components": [
             {"type": "textfield", "key": "name", "label": "Name", "validate": {"required": True}},
             {"type": "number", "key": "quantity", "label": "Quantity"},
             {"type": "number", "key": "price", "label": "Price", "serializeToString": True,
              "properties": {"ctl": "currency"}},
             {"type": "datetime", "key": "due", "label": "Due", "subtype": "date", "dateLabel": "Due"},
             formula("net", "=this.quantity * number(this.price)"),
             formula("tax", "=this.net * 0.13"),
             formula("gross", "=this.net + this.tax"),
         ]},
    ],
}  # fmt: skip


KINDS: tuple[dict[str, Any], ...] = (
    {"type": "textfield", "validate": {"required": True}},
    {"type": "textarea"},
    {"type": "number"},
    {"type": "number", "serializeToString": True, "properties": {"ctl": "currency"}},
    {"type": "datetime", "subtype": "date"},
    {"type": "select", "values": [{"value": str(each), "label": f"Choice {each}"} for each in range(20)]},
    {"type": "radio", "values": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]},
    {"type": "checkbox"},
    {"type": "textfield", "properties": {"ctl": "phone"}},
    {"type": "select", "valuesExpression": "=null", "properties": {"ctl": "person"}},
)


def wide(fields: int) -> dict[str, Any]:
    """Return a form of many fields."""
    components = [
        KINDS[each % len(KINDS)] | {"key": f"f{each}", "label": f"Field {each}", "dateLabel": f"Field {each}"}
        for each in range(fields)
    ]
    return {"type": "default", "id": "wide", "schemaVersion": 19, "components": components}


def order(rows: int) -> dict[str, Any]:
    """Return the data of a form."""
    row = {"name": "Pump", "quantity": 2, "price": "100", "due": "2025-01-31", "net": 200, "tax": 26, "gross": 226}
    return {"items": [{**row, "name": f"Pump {number}"} for number in range(rows)], "total": 226 * rows}


def on_the_server(rows: int) -> float:
    """Return the milliseconds that checking one form takes."""
    schema, sent = parse_form(FORM), order(rows)
    costs = []
    for _ in range(5):
        begin = time.process_time()
        validate(schema, sent, variables={})
        costs.append((time.process_time() - begin) * 1000)
    return statistics.median(costs)


class Reader:
    """A page with the form of a case, and what its main thread spends."""

    def __init__(self, browser: Browser, server: Server, slow: float, width: int) -> None:
        user, _, password = base64.b64decode(server.authorization().split()[1]).decode().partition(":")
        self.address = f"http://127.0.0.1:{server.port}"
        self.api = httpx.Client(base_url=f"{self.address}/api/v1", auth=(user, password), timeout=60)
        context = browser.new_context(base_url=self.address, locale="en", viewport={"width": width, "height": 812})
        signed_in = context.request.post(
            "/sign-in", form={"user": user, "password": password}, headers={"Origin": self.address}
        )
        if not signed_in.ok:
            raise SystemExit(f"signing in: {signed_in.status}")
        self.page: Page = context.new_page()
        self.devtools: CDPSession = context.new_cdp_session(self.page)
        self.devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": slow})

    def deploy(self, form: dict[str, Any]) -> None:
        """Bring a form and its process to the server, by the form's name."""
        name = form["id"]
        model = MODEL.replace("order", name)
        files = [("files", (f"{name}.bpmn", model)), ("files", (f"{name}.form", json.dumps(form)))]
        self.api.post("/deployments", data={"name": name}, files=files).raise_for_status()

    def worked(self) -> float:
        """Return the milliseconds that the main thread has worked so far."""
        metrics = self.devtools.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration") * 1000

    def open(self, name: str, variables: dict[str, Any]) -> tuple[float, float]:
        """Open the form of a new case; return the milliseconds until it can be used, and those its page worked."""
        started = self.api.post("/instances", json={"definition_key": name, "variables": variables})
        started.raise_for_status()
        case = started.json()["id"]
        task = self.api.get("/tasks", params={"instance": case}).json()["items"][0]["id"]
        self.page.goto("about:blank")
        before, begin = self.worked(), time.monotonic()
        self.page.goto(f"/t/{task}", wait_until="commit")
        self.page.wait_for_selector("[data-mount=form][data-ready=yes]", timeout=300_000)
        self.page.wait_for_selector("[data-form] input", timeout=300_000)
        self.page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
        return (time.monotonic() - begin) * 1000, self.worked() - before

    def keystroke(self, place: int, amount: int) -> float:
        """Type one price; return what that cost until the total was right and drawn."""
        self.total += 1.13 * 2 * (amount - 100)
        wanted = f"{self.total:,.2f}".rstrip("0").rstrip(".")
        self.page.evaluate(FOCUS, place)
        before = self.worked()
        self.page.evaluate(TYPE, [str(amount), wanted])
        return self.worked() - before

    def keystrokes(self, rows: int, times: int = 9) -> float:
        """Return the median of some."""
        self.total = 226.0 * rows
        return statistics.median(self.keystroke(place % rows, 101 + place) for place in range(times))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10, 200, 1000])
    parser.add_argument("--fields", type=int, nargs="+", default=[40])
    parser.add_argument("--width", type=int, default=1280, help="of the browser's window, in pixels")
    parser.add_argument("--slow", type=float, default=1.0, help="how many times slower the browser's CPU is to be")
    parser.add_argument("--port", type=int, default=8095)
    given = parser.parse_args()
    with running(given.port) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        reader = Reader(browser, server, given.slow, given.width)
        reader.deploy(FORM)
        print(f"{'rows':>6} {'server ms':>10} {'open ms':>8} {'worked ms':>10} {'keystroke ms':>13}")
        for rows in given.rows:
            checked = on_the_server(rows)
            opened, worked = reader.open("order", order(rows))
            print(f"{rows:6} {checked:10.1f} {opened:8.0f} {worked:10.0f} {reader.keystrokes(rows):13.1f}", flush=True)
        print(f"{'fields':>6} {'open ms':>8} {'worked ms':>10}, the first time and again")
        for fields in given.fields:
            reader.deploy(wide(fields))
            for _ in range(2):
                opened, worked = reader.open("wide", {})
                print(f"{fields:6} {opened:8.0f} {worked:10.0f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
