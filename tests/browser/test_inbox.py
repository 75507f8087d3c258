"""The lists: worked by keyboard alone, narrowed, saved, acted on together, and alive while one looks."""

import re
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import requests
from tests.browser.conftest import Open, Watch
from tests.browser.settling import settled


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_ten_tasks_are_done_by_keyboard_alone(open_page: Open, server: str) -> None:
    requests.start(server, *(f"KEY-{number}" for number in range(10)))
    page = open_page("/inbox", user="liu.yan", language="en")
    for left in range(10, 0, -1):
        page.goto("/inbox/queue?q=KEY-")
        expect(page.locator("[data-row]")).to_have_count(left)
        press(page, "j", "u")
        expect(page.locator("#pane [data-key='approve']")).to_be_visible()
        expect(page.locator("#pane [data-mount='form'][data-ready]")).to_be_visible()
        press(page, "a")
        expect(page.locator("#toasts")).to_contain_text("Completed: Approve the request")
    page.goto("/inbox/queue?q=KEY-")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_the_palette_finds_commands_and_tasks(open_page: Open, server: str) -> None:
    requests.start(server, "PALETTE-1")
    page = open_page("/inbox", language="en")
    press(page, "Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("group q")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Group queue")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("/inbox/queue$"))
    settled(page)
    press(page, ".")
    page.keyboard.type("PALETTE-1")
    expect(page.get_by_role("option").first).to_contain_text("PALETTE-1")
    press(page, "Enter")
    page.wait_for_url("**/t/*")


def test_what_is_typed_before_the_palette_has_come_is_kept(open_page: Open) -> None:
    page = open_page("/inbox", language="en")
    held: list[Route] = []
    page.route(re.compile(r"/palette-\w+\.js"), lambda route: held.append(route))
    page.reload()
    settled(page)
    press(page, ".")
    page.keyboard.type("group q")
    held[0].continue_()
    expect(page.get_by_role("option", selected=True)).to_contain_text("Group queue")


def test_keys_of_ones_own_follow_to_another_browser(open_page: Open, watch: Watch) -> None:
    watch.expected = (422,)
    page = open_page("/keyboard", user="chen.fang", language="en")
    field = page.locator("[data-action='go_done'] .key")
    field.click()
    press(page, "j")
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Save keys").click()
    expect(page.locator("[data-action='go_done'] .field-error")).to_contain_text("“j” has another meaning")
    field.click()
    press(page, "g", "y")
    page.get_by_role("button", name="Save keys").click()
    expect(page.locator("#toasts")).to_contain_text("Your keys are kept.")
    other = open_page("/inbox", user="chen.fang", language="en")
    press(other, "g", "y")
    expect(other).to_have_url(re.compile("/inbox/done$"))


def test_columns_are_chosen_moved_and_kept(open_page: Open) -> None:
    page = open_page("/inbox/all", user="lin.yue", language="en")
    page.goto("/inbox/started")
    page.get_by_role("button", name="Columns").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("searchbox").fill("business key")
    sheet.get_by_label("Business key", exact=True).check()
    sheet.get_by_role("button", name="Show these columns").click()
    expect(page).to_have_url(re.compile("/inbox/started$"))
    page.get_by_role("button", name="Columns").click()
    last = sheet.locator("li", has=page.get_by_label("Business key", exact=True))
    expect(last.get_by_role("checkbox", name="Business key", exact=True)).to_be_checked()


def test_filters_stand_in_the_address_and_back_takes_them_away(open_page: Open, server: str) -> None:
    requests.start(server, "FILTER-1")
    requests.start(server, "FILTER-2", user="lin.yue")
    page = open_page("/inbox/queue?q=FILTER-", language="en")
    press(page, "\\")
    page.locator(".facet", has_text="Initiator").get_by_role("link", name="Lin Yue").click()
    expect(page).to_have_url(re.compile("f=initiator:lin.yue"))
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator(".filter-chip")).to_contain_text("Initiator: Lin Yue")
    page.go_back()
    expect(page.locator("[data-row]")).to_have_count(2)


def test_a_condition_that_cannot_be_read_is_told_beside_it(open_page: Open, watch: Watch) -> None:
    watch.expected = (422,)
    page = open_page("/inbox/queue?panel=filter", language="en")
    page.get_by_label("Condition").fill("priority >")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#where-error")).to_contain_text("priority >")
    expect(page.get_by_label("Condition")).to_have_value("priority >")


def test_a_view_is_saved_and_opens_its_list(open_page: Open, server: str) -> None:
    requests.start(server, "VIEW-1", "OTHER-1")
    page = open_page("/inbox/queue?q=VIEW-1", user="liu.yan", language="en")
    expect(page.locator("[data-row]")).to_have_count(1)
    press(page, "v")
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Save what you see as").fill("Only views")
    sheet.get_by_label("The list opens with it").check()
    sheet.get_by_role("button", name="Save the view").click()
    expect(page.locator(".view-name")).to_contain_text("Only views")
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Group queue").click()
    expect(page.locator(".view-name")).to_contain_text("Only views")
    expect(page.get_by_label("Search in this list").last).to_have_value("VIEW-1")
    press(page, "v")  # for other tests the list is what it was
    with page.expect_navigation():
        sheet.get_by_role("button", name="Open the list with Only views").click()
    page.goto("/inbox/queue")
    expect(page.locator(".view-name", has_text="Only views")).to_have_count(0)
    expect(page.get_by_label("Search in this list").last).to_have_value("")


def test_many_tasks_are_claimed_at_once_and_who_was_faster_is_told(open_page: Open, server: str) -> None:
    requests.start(server, "BULK-1", "BULK-2", "BULK-3")
    page = open_page("/inbox/queue?q=BULK-", language="en")
    expect(page.locator("[data-row]")).to_have_count(3)
    # the page does not hear of it
    silence = {"fresh": 0, "words": "", "changed": [], "gone": []}
    page.route("**/inbox/queue/news*", lambda route: route.fulfill(json=silence))
    press(page, "j", "x", "j", "j", "Shift+X")
    expect(page.locator("#bulk-bar")).to_contain_text("3 selected")
    requests.claim(server, "BULK-2", "liu.yan")
    page.locator("#bulk-bar").get_by_role("button", name="Claim").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name=re.compile("^Claim")).click()
    expect(sheet).to_contain_text("2 done")
    expect(sheet).to_contain_text("1 not done")
    expect(sheet.locator(".bulk-results li").first).to_contain_text("has claimed this task already")


@pytest.mark.parametrize(
    ("width", "language", "approve", "done"),
    [(1440, "en", "Approve", "3 done"), (375, "zh-CN", "同意", "3 项成功")],
)
def test_requests_are_taken_away_and_approved_in_bulk(
    open_page: Open, server: str, width: int, language: str, approve: str, done: str
) -> None:
    titles = [f"LEAVE-{width}-{number}" for number in range(3)]
    requests.start(server, *titles, process="leave")
    for title in titles:
        requests.claim(server, title, "liu.yan")
    page = open_page(f"/inbox?q=LEAVE-{width}", user="liu.yan", language=language, width=width)
    expect(page.locator("[data-row]")).to_have_count(3)
    boxes = page.locator("[data-row] input[type='checkbox']").all()
    for box in boxes[:2]:
        box.check()
    with page.expect_download() as taken:
        page.locator("#bulk-bar [data-take-selected] button").click()
    with ZipFile(taken.value.path()) as book:
        rows = book.read("xl/worksheets/sheet1.xml").decode().count("<row ")
    assert rows == 3  # the heads, and the two that were selected
    boxes[2].check()
    page.locator("#bulk-bar").get_by_role("button", name=approve).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name=re.compile(f"^{approve}")).click()
    expect(sheet).to_contain_text(done)
    expect(sheet.locator(".bulk-results .mark.bad")).to_have_count(0)
    page.goto(f"/inbox/done?q=LEAVE-{width}")
    expect(page.locator("[data-row]")).to_have_count(3)


def test_a_list_on_a_telephone_opens_the_task_of_its_address(open_page: Open, server: str) -> None:
    requests.start(server, "NARROW-1")
    page = open_page("/inbox/queue?q=NARROW-1", user="liu.yan", width=375)
    task = page.locator("[data-row]").get_attribute("data-task")
    page.goto(f"/inbox/queue?task={task}")
    page.wait_for_url(f"**/t/{task}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_what_others_do_is_told_in_its_row_and_what_is_new_waits(open_page: Open, server: str) -> None:
    requests.start(server, "NEWS-1", "NEWS-2")
    page = open_page("/inbox/queue?q=NEWS-", language="en")
    press(page, "j", "j")
    chosen = page.locator("[data-row].cursor")
    requests.claim(server, "NEWS-1", "liu.yan")
    expect(page.locator("[data-row].gone")).to_contain_text("has it now")
    requests.start(server, "NEWS-3")
    expect(page.locator("#fresh")).to_contain_text("1 new task")
    expect(chosen).to_contain_text("NEWS-2")
    page.locator("#fresh").get_by_role("button").click()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("[data-row]", has_text="NEWS-3")).to_be_visible()


def test_a_decision_is_taken_back_within_seconds(open_page: Open, server: str) -> None:
    requests.start(server, "BACK-1", process="expense")
    task = requests.find(server, "BACK-1")
    page = open_page(f"/t/{task}", language="en")
    expect(page.locator("[data-mount='form'][data-ready]")).to_be_visible()
    press(page, "Control+Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    press(page, "z")
    expect(page).to_have_url(re.compile(f"/t/(?!{task})[0-9a-f-]+$"))  # another task of the same step
    expect(page.locator("#toasts")).to_contain_text("Taken back")
    expect(page.get_by_label("Title")).to_have_value("BACK-1")


def test_the_theme_changes_on_the_spot_and_the_language_keeps_what_is_typed(open_page: Open, server: str) -> None:
    requests.start(server, "TYPED-1")
    page = open_page(f"/t/{requests.find(server, 'TYPED-1')}", user="liu.yan", language="en")
    page.fill("#comment", "not sent yet")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("#comment")).to_have_value("not sent yet")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#comment")).to_have_value("not sent yet")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_on_a_telephone_a_card_offers_more_by_button_and_by_swipe(open_page: Open, server: str) -> None:
    requests.start(server, "PHONE-1")
    page = open_page("/inbox/queue?q=PHONE-1", language="en", width=375)
    card = page.locator("[data-row]", has_text="PHONE-1")
    box = card.get_by_role("button", name=re.compile("^More for")).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    card.get_by_role("button", name=re.compile("^More for")).click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="Claim")).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    for kind, x in (("pointerdown", 300), ("pointermove", 180), ("pointerup", 180)):
        card.dispatch_event(kind, {"clientX": x, "clientY": 300, "pointerType": "touch", "bubbles": True})
    expect(sheet.get_by_role("link", name="Open")).to_be_visible()


def test_the_rail_stays_as_it_was_left(open_page: Open) -> None:
    page = open_page("/inbox", language="en")
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("body")).to_have_class(re.compile("rail-narrow"))
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("rail-narrow"))
    expect(page.locator("#rail").get_by_role("link", name="Group queue")).to_be_visible()
