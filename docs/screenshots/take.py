# /// script
# requires-python = ">=3.11"
# dependencies = ["playwright>=1.55", "pillow>=11"]
# ///
"""Retake the pictures of the README from a running server with demo data: `uv run docs/screenshots/take.py [URL]`.

Needs Chromium (`CHROMIUM` names it where it is not on the path) and fonts for Chinese.
"""

import io
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

HERE = Path(__file__).parent
WIDE, NARROW = (1440, 900), (375, 812)
BROKEN = (HERE.parents[1] / "processes/quote_approval.bpmn").read_text("utf-8")
BROKEN = BROKEN.replace('targetRef="review_quote"', 'targetRef="reveiw_quote"')
DEMO = {"Authorization": "Basic ZGVtbzpkZW1v"}  # demo:demo


@contextmanager
def signed_in(browser: Browser, url: str, user: str, language: str, size: tuple[int, int]) -> Iterator[Page]:
    """Open a browser as somebody who reads a language."""
    context = browser.new_context(
        base_url=url, viewport={"width": size[0], "height": size[1]}, locale=language, reduced_motion="reduce"
    )
    for name, value in (("language", language), ("theme", "light")):
        context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#user", user)
    page.fill("#password", "demo")
    page.click("#sign-in button")
    page.wait_for_url("**/inbox")
    page.request.post("/language", form={"to": language}, headers={"Origin": url})  # it is kept with the account
    yield page
    context.close()


def keep(page: Page, name: str) -> None:
    """Write what the page shows, in 256 colours."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    path = HERE / f"{name}.png"
    picture.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")


def inbox(page: Page, name: str) -> None:
    """The inbox with its first task beside it."""
    page.goto("/inbox")
    page.locator("[data-row] a.title").first.click()
    page.wait_for_selector("[data-mount='form'][data-ready]")
    keep(page, name)


def lists(page: Page, name: str) -> None:
    """The inbox alone."""
    page.goto("/inbox")
    keep(page, name)


def filtered(page: Page, name: str) -> None:
    """All tasks with what they can be narrowed to, two of them selected."""
    page.goto("/inbox/all?panel=filter")
    page.locator(".facet").first.wait_for()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    keep(page, name)


def palette(page: Page, name: str) -> None:
    """The command palette."""
    page.goto("/inbox")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").wait_for()
    page.keyboard.type("XS-")
    keep(page, name)


def task(page: Page, name: str) -> None:
    """A task with its form, timeline and comments."""
    page.goto("/inbox")
    page.goto(page.locator("[data-row] a.title").first.get_attribute("href") or "")
    page.wait_for_selector("[data-mount='form'][data-ready]")
    keep(page, name)


def case(page: Page, name: str) -> None:
    """A case, its diagram showing where it stands."""
    page.goto("/inbox")
    page.goto(page.locator("[data-row] a.title").first.get_attribute("href") or "")
    page.locator(".crumbs a").last.click()
    page.wait_for_selector(".diagram[data-ready]")
    keep(page, name)


def problems(page: Page, name: str) -> None:
    """What a mistyped reference is told on the deploy page."""
    page.goto("/deploy")
    broken = {"name": "quote_approval.bpmn", "mimeType": "application/xml", "buffer": BROKEN.encode()}
    page.locator("input[type='file']").set_input_files(broken)
    page.get_by_role("alert").first.wait_for()
    keep(page, name)


def figures(page: Page, name: str) -> None:
    """The key figures of the last 90 days."""
    page.goto("/kpis?days=90")
    keep(page, name)


def editor(page: Page, name: str) -> None:
    """A new form begun from the customer template, one of its fields selected."""
    page.goto("/forms/open?key=customer&template=customer")
    page.wait_for_selector(".form-editor[data-ready]")
    page.locator(".editor-canvas .fjs-element[data-field-type='number']").first.click()
    keep(page, name)


def migrating(page: Page, name: str) -> None:
    """Where the cases of a version go in the next one, looked ahead."""
    model = (HERE.parents[1] / "processes/contract_approval.bpmn").read_text("utf-8")
    changed = model.replace('name="法务审批"', 'name="法务复核"')
    files = {"files": {"name": "contract_approval.bpmn", "mimeType": "application/xml", "buffer": changed.encode()}}
    page.request.post("/api/v1/deployments", multipart=files, headers=DEMO)
    page.goto("/processes/contract_approval/migrate")
    page.get_by_role("button", name="预先检查").click()
    page.locator("#outlook").wait_for()
    keep(page, name)


def audit(page: Page, name: str) -> None:
    """Who did what."""
    page.goto("/audit")
    keep(page, name)


def busiest(playwright: Playwright, url: str) -> str:
    """Return who has the most open tasks: the demo history is another one each time."""
    asked = playwright.request.new_context(
        base_url=url, http_credentials={"username": "demo", "password": "demo", "send": "always"}
    )
    tasks = asked.get("/api/v1/tasks", params={"list": "all", "limit": 200}).json()["items"]
    return Counter(task["assignee"] for task in tasks if task["assignee"] not in (None, "demo")).most_common(1)[0][0]


PICTURES = [  # what to show, to whom (None: whoever has the most to do), language, size, name
    (inbox, None, "zh-CN", WIDE, "inbox"),
    (filtered, "demo", "en", WIDE, "filter-en"),
    (palette, "demo", "zh-CN", WIDE, "palette"),
    (task, None, "en", WIDE, "task-en"),
    (case, None, "zh-CN", WIDE, "diagram"),
    (problems, "demo", "en", WIDE, "deploy-problems-en"),
    (figures, "zhou.wei", "zh-CN", WIDE, "figures"),
    (editor, "demo", "zh-CN", WIDE, "form-editor"),
    (migrating, "demo", "zh-CN", WIDE, "migrate"),
    (audit, "demo", "zh-CN", WIDE, "audit"),
    (lists, None, "zh-CN", NARROW, "inbox-narrow"),
    (task, None, "en", NARROW, "task-narrow-en"),
    (figures, "zhou.wei", "zh-CN", NARROW, "figures-narrow"),
]


def main() -> None:
    """Take all pictures."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        someone = busiest(playwright, url)
        for take, user, language, size, name in PICTURES:
            with signed_in(browser, url, user or someone, language, size) as page:
                take(page, name)
        browser.close()


if __name__ == "__main__":
    main()
