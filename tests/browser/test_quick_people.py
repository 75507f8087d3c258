"""Who is quicker than the page: keys, clicks and texts that come before it can answer are not lost."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser import requests
from tests.browser.conftest import Open

NO_TIMERS = "window.setTimeout = () => 1"
PRESSED_EARLY = """addEventListener("click", ({ target }) => (window.pressed = target.dataset.key), true);
new MutationObserver((_, watch) => {
  if (!document.body) return;
  watch.disconnect();
  sessionStorage.setItem("decided", Date.now());
  for (const key of "ac") document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}).observe(document, { childList: true, subtree: true })"""


def hold(page: Page, address: str) -> Callable[[], None]:
    """Keep back what a page fetches from an address; return what lets it go, once it was asked for.

    A browser that has it in its memory never asks: after ten seconds there is nothing to wait for.
    """
    held: list[Route] = []
    free: list[bool] = []

    def let_go() -> None:
        for _ in range(500):
            if held:
                break
            page.wait_for_timeout(20)
        free.append(True)
        for route in held:
            route.continue_()

    page.route(re.compile(address), lambda route: route.continue_() if free else held.append(route))
    return let_go


def test_keys_wait_for_the_page_and_for_its_parts(open_page: Open, server: str) -> None:
    requests.start(server, "QUICK-1")
    page = open_page("/inbox/queue?q=QUICK-1", user="liu.yan", language="en")
    script, part = hold(page, r"/base-\w+\.js"), hold(page, r"/inbox-\w+\.js")
    page.reload(wait_until="commit")
    expect(page.locator("[data-row]")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("u")
    script()
    part()
    expect(page.locator("#pane [data-key='approve']")).to_be_visible()  # it is claimed: the page was loaded again


def test_a_click_waits_for_the_part_that_answers_it(open_page: Open) -> None:
    page = open_page("/sign-in", user=None, language="en")
    script, part = hold(page, r"/base-\w+\.js"), hold(page, r"/sign_in-\w+\.js")
    page.reload(wait_until="commit")
    page.click("[data-login='demo']")
    script()
    part()
    expect(page).to_have_url(re.compile("/inbox$"))


def test_what_is_typed_before_its_field_has_come_is_no_shortcut(open_page: Open, server: str) -> None:
    requests.start(server, "QUICK-2")
    requests.claim(server, "QUICK-2", "liu.yan")
    page = open_page(f"/t/{requests.find(server, 'QUICK-2')}", user="liu.yan", language="en")
    action = hold(page, "/do/transfer")
    page.keyboard.press("t")
    page.keyboard.type("gao")  # an `a` would approve
    action()
    expect(page.locator("#do-to")).to_have_value("gao.jie")


def test_who_turns_to_another_task_approves_neither(open_page: Open, server: str) -> None:
    requests.start(server, "QUICK-5", "QUICK-6")
    for title in ("QUICK-5", "QUICK-6"):
        requests.claim(server, title, "liu.yan")
    page = open_page("/inbox?q=QUICK", user="liu.yan", language="en")
    first = hold(page, f"{requests.find(server, 'QUICK-5')}.pane=1")
    page.locator("[data-row]", has_text="QUICK-5").locator("a.title").click()
    page.keyboard.press("a")
    page.locator("[data-row]", has_text="QUICK-6").locator("a.title").click()
    first()
    second = requests.find(server, "QUICK-6")
    expect(page.locator(f"#pane [data-task='{second}'] [data-mount='form'][data-ready]")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#pane [data-key='comment']")).to_be_focused()
    assert requests.find(server, "QUICK-6") == second


def test_a_decision_pressed_twice_does_not_decide_the_next_task(open_page: Open, server: str) -> None:
    requests.start(server, "QUICK-7")
    requests.claim(server, "QUICK-7", "liu.yan")
    page = open_page("/inbox", user="liu.yan", language="en")
    page.add_init_script(PRESSED_EARLY)
    page.goto(f"/t/{requests.find(server, 'QUICK-7')}")
    expect(page.locator("[data-key='comment']")).to_be_focused()
    assert page.evaluate("window.pressed") is None


def test_a_draft_is_saved_at_once_with_all_that_is_typed(open_page: Open) -> None:
    page = open_page("/start/request", user="tang.yu", language="en")
    page.evaluate(NO_TIMERS)  # nothing saves by itself a moment later
    page.locator("[id$='title_field']").fill("QUICK-4")
    page.keyboard.press("Control+s")
    page.wait_for_url("**draft=*")
    page.reload()
    expect(page.locator("[id$='title_field']")).to_have_value("QUICK-4")
    page.locator("[data-draft-discard]").click()
    expect(page.locator("[id$='title_field']")).to_have_value("")
