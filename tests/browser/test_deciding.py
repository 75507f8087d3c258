"""Deciding together: countersign, added signers, returning, delegating, recalling, standing in; by keys too."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import requests
from tests.browser.conftest import Open, Watch
from tests.browser.reading import faults

SCREENS = pytest.mark.parametrize(("width", "language"), [(1440, "en"), (375, "zh-CN")])
WORDS = {
    "en": {"approve": "Approve", "reject": "Reject", "prepare": "Prepare the claim", "director": "Director signs"},
    "zh-CN": {"approve": "同意", "reject": "拒绝", "prepare": "填写报销单", "director": "总监签字"},
}


Start = Callable[[str], str]


@pytest.fixture
def start_claim(server: str) -> Start:
    """Start a claim as Chen Fang and hand it in; returns the address of its case."""

    def start(key: str) -> str:
        case = requests.start(server, key, user="chen.fang", process="expense")
        api, whom = f"{server}/api/v1/tasks", ("chen.fang", "demo")
        [task] = requests.CLIENT.get(api, auth=whom, params={"instance": case}).raise_for_status().json()["items"]
        requests.CLIENT.post(f"{api}/{task['id']}/complete", auth=whom, json={}).raise_for_status()
        return f"/i/{case}"

    return start


def open_task(page: Page, key: str, which: str = "") -> None:
    """Open one's task of a claim from the list."""
    page.goto(f"/inbox{which}?q={key}")
    row = page.locator("[data-row]", has_text=key).first
    page.goto(str(row.locator("a.title").get_attribute("href")))
    page.wait_for_selector("[data-mount='decide'][data-mounted]")
    page.wait_for_selector("[data-mount='form'][data-ready]", state="attached")


def decide(page: Page, action: str, opinion: str = "") -> None:
    """Press a button of the bar; the page after it is shown then."""
    here = page.url
    if opinion:
        page.fill("#opinion", opinion)
    page.locator(f"[data-key='{action}'][data-decide]").click()
    page.wait_for_url(lambda url: url != here)


def menu(page: Page, action: str) -> None:
    """Open the page of an action from the menu."""
    page.locator("details.menu summary").click()
    page.locator(f".menu-list a[href$='/do/{action}']").click()
    expect(page.locator("#task-action form")).to_be_visible()


def do(page: Page) -> None:
    """Do what the page of an action asks."""
    page.locator("#task-action .btn-go").click()
    expect(page.locator(".toast-card")).to_be_visible()


def tab(page: Page, name: str) -> None:
    """Look at what lies beside the form."""
    page.locator(f"#tab-{name}").click()
    expect(page.locator(f"#panel-{name} .skeleton")).to_have_count(0)


@SCREENS
def test_three_people_countersign(open_page: Open, start_claim: Start, width: int, language: str) -> None:
    key = f"C3-{width}"
    start_claim(key)
    for person in ("wang.lei", "li.na"):
        page = open_page(user=person, language=language, width=width)
        open_task(page, key)
        decide(page, "approve", f"Fine with {person}")
    page = open_page(user="sun.hao", language=language, width=width)
    open_task(page, key)
    tab(page, "chain")
    chain = page.locator("#panel-chain .chain")
    expect(chain).to_contain_text("Fine with li.na")
    expect(chain.locator(".now")).to_have_count(1)
    expect(chain.locator(".next").first).to_contain_text(WORDS[language]["director"])
    decide(page, "approve")
    boss = open_page(user="xu.lan", language=language, width=width)
    open_task(boss, key)
    boss.locator("[data-key='approve'][data-decide]").click()
    expect(boss.locator("[data-problem='signature']")).to_be_visible()
    boss.fill("#signed-name", "Xu Lan")
    expect(boss.locator("[data-extra='signature']")).not_to_have_value("")
    decide(boss, "approve")
    open_task(boss, key, "/done")
    expect(boss.locator(".timeline .signature").first).to_be_visible()
    expect(boss.locator(".timeline")).to_contain_text("Fine with wang.lei")


@SCREENS
def test_a_signer_is_added_and_decides_first(open_page: Open, start_claim: Start, width: int, language: str) -> None:
    key = f"ADD-{width}"
    start_claim(key)
    page = open_page(user="wang.lei", language=language, width=width)
    open_task(page, key)
    menu(page, "add_signer")
    page.locator("[data-find]").fill("gao.jie")
    page.locator("#task-action label:visible", has_text="gao.jie").locator("input").check()
    do(page)
    expect(page.locator("[data-decide]")).to_have_count(0)
    signer = open_page(user="gao.jie", language=language, width=width)
    open_task(signer, key)
    tab(signer, "explain")
    expect(signer.locator("#panel-explain")).to_contain_text("Wang Lei" if language == "en" else "王磊")
    decide(signer, "approve", "No objection")
    open_task(page, key)
    expect(page.locator(".timeline")).to_contain_text("No objection")
    decide(page, "approve")


@SCREENS
def test_a_claim_is_returned_and_handed_in_again(
    open_page: Open, start_claim: Start, width: int, language: str
) -> None:
    key = f"RET-{width}"
    start_claim(key)
    page = open_page(user="wang.lei", language=language, width=width)
    open_task(page, key)
    menu(page, "return")
    expect(page.locator("#task-action")).to_contain_text(WORDS[language]["prepare"])
    page.locator("#task-action [name='resume'][value='true']").check()
    page.select_option("#do-reason", "terms")
    page.fill("#do-opinion", "Add the receipt")
    do(page)
    mine = open_page(user="chen.fang", language=language, width=width)
    open_task(mine, key)
    expect(mine.locator(".timeline")).to_contain_text("Add the receipt")
    mine.locator("[id$='amount_field'] input, input[id$='amount_field']").first.fill("120")
    mine.keyboard.press("Tab")
    here = mine.url
    mine.locator("[data-key='submit']").click()
    mine.wait_for_url(lambda url: url != here)
    open_task(page, key)
    expect(page.locator(".timeline .changed").first).to_contain_text("120")
    decide(page, "approve")


@SCREENS
def test_a_task_is_delegated_and_comes_back(open_page: Open, start_claim: Start, width: int, language: str) -> None:
    key = f"DEL-{width}"
    start_claim(key)
    page = open_page(user="wang.lei", language=language, width=width)
    open_task(page, key)
    menu(page, "delegate")
    page.select_option("#do-to", "gao.jie")
    do(page)
    other = open_page(user="gao.jie", language=language, width=width)
    open_task(other, key)
    decide(other, "approve", "I would agree")
    expect(other.locator(".toast-card")).to_contain_text("Wang Lei" if language == "en" else "王磊")
    open_task(page, key)
    expect(page.locator(".timeline")).to_contain_text("I would agree")
    decide(page, "approve")


def test_a_case_is_recalled_until_somebody_has_opened_the_next_step(open_page: Open, start_claim: Start) -> None:
    case = start_claim("REC-1")
    page = open_page(case, user="chen.fang", language="en")
    page.get_by_role("link", name="Recall").click()
    page.locator(".action-page .btn-go").click()
    expect(page.locator(".toast-card")).to_contain_text("Recalled")
    open_task(page, "REC-1")
    page.locator("[data-key='submit']").click()
    page.wait_for_url(lambda url: "/t/" not in url)
    open_task(open_page(user="li.na", language="en"), "REC-1")
    page.goto(case)
    expect(page.get_by_role("link", name="Recall")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("is at work on it already")


def test_a_stand_in_decides_on_behalf_of_who_is_away(open_page: Open, start_claim: Start) -> None:
    start_claim("BEH-1")
    away = open_page("/stand-ins", user="li.na", language="en")
    away.select_option("#substitute", "gao.jie")
    away.get_by_role("button", name="Arrange it").click()
    expect(away.locator(".toast-card")).to_contain_text("Gao Jie stands in for Li Na.")
    page = open_page(user="gao.jie", language="en")
    open_task(page, "BEH-1", "/on_behalf")
    expect(page.locator(".behalf")).to_contain_text("You act on behalf of Li Na.")
    decide(page, "approve")
    expect(page.locator(".toast-card")).to_contain_text("on behalf of Li Na")
    away.get_by_role("button", name="End it").click()
    expect(away.locator(".toast-card")).to_contain_text("Ended.")


def test_keys_alone_return_hand_on_and_approve(open_page: Open, start_claim: Start) -> None:
    for key in ("KEY-1", "KEY-2", "KEY-3"):
        start_claim(key)
    page = open_page(user="sun.hao", language="en")
    open_task(page, "KEY-1")
    page.keyboard.press("b")
    expect(page.locator("#task-action form")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#task-action form")).to_have_count(0)
    page.keyboard.press("b")
    expect(page.locator("#task-action [name='target']").first).to_be_focused()
    expect(page.locator(".htmx-settling, .htmx-swapping, .htmx-added")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator("#task-action [name='resume']").first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#do-reason")).to_be_focused()
    page.keyboard.type("Too")
    page.keyboard.press("Tab")
    page.keyboard.type("Please look again")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast-card")).to_contain_text("Returned.")
    open_task(page, "KEY-2")
    page.keyboard.press("t")
    expect(page.locator("#do-to")).to_be_focused()
    page.keyboard.type("Gao")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast-card")).to_contain_text("Handed to Gao Jie")
    open_task(page, "KEY-3")
    page.keyboard.press("a")
    expect(page.locator(".toast-card")).to_contain_text("Completed: Countersign")
    page.keyboard.press("z")
    expect(page.locator(".toast-card")).to_be_visible()


def test_a_reject_says_why_before_it_is_sent(open_page: Open, start_claim: Start) -> None:
    start_claim("WHY-1")
    page = open_page(user="li.na", language="en")
    open_task(page, "WHY-1")
    page.locator("[data-key='reject'][data-decide]").click()
    expect(page.locator("[data-problem='opinion']")).to_have_text("Say why first.")
    expect(page.locator("#opinion")).to_be_focused()
    page.select_option("#reason", "price")
    decide(page, "reject", "Far too much")
    open_task(page, "WHY-1", "/done")
    expect(page.locator(".timeline")).to_contain_text("Too expensive")


def test_who_was_slower_learns_who_was_first_and_keeps_what_they_typed(
    open_page: Open, start_claim: Start, watch: Watch
) -> None:
    watch.expected = (403, 404, 409)
    start_claim("SLOW-1")
    page = open_page(user="li.na", language="en")
    open_task(page, "SLOW-1")
    page.fill("#opinion", "My long opinion")
    boss = open_page(user="xu.lan", language="en")
    boss.goto(page.url)
    boss.wait_for_selector("[data-mount='decide'][data-mounted]")
    menu(boss, "transfer")
    expect(boss.locator("#do-to option[value='wang.lei']")).to_have_count(0)  # who decides this step already
    boss.select_option("#do-to", "gao.jie")
    do(boss)
    page.locator("[data-key='approve'][data-decide]").click()
    expect(page.locator(".toast-card, [data-form-summary]:not([hidden])").first).to_be_visible()
    expect(page.locator("#opinion")).to_have_value("My long opinion")


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1440, "zh-CN"), ("dark", 375, "en")])
def test_every_page_about_a_task_can_be_read_by_everybody(
    open_page: Open, start_claim: Start, theme: str, width: int, language: str
) -> None:
    key = f"AXE-{width}"
    address = start_claim(key)
    page = open_page(user="wang.lei", language=language, theme=theme, width=width)
    open_task(page, key)
    task = re.sub(r".*(/t/[0-9a-f-]+).*", r"\1", page.url)
    assert faults(page) == []
    for name in ("diagram", "chain", "files", "explain", "facts"):
        tab(page, name)
        assert faults(page, within=f"#panel-{name}") == []
    page.locator("details.menu summary").click()
    assert faults(page, within="details.menu") == []
    for action in ("return", "transfer", "delegate", "add_signer", "copy", "snooze", "pause"):
        page.goto(f"{task}/do/{action}")
        assert faults(page, within="#task-action") == []
    page.goto(address)
    assert faults(page) == []
    boss = open_page(user="demo", language=language, theme=theme, width=width)
    for path in ("/calendars/china", address):
        boss.goto(path)
        assert faults(boss) == []
