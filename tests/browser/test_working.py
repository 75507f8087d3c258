"""Starting, claiming, completing: forms and what the server says of them, shortcuts, two people at once."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.settling import settled

PRESSED_THROUGH = """words => {
  const {left, top} = words.getBoundingClientRect();
  return !document.elementFromPoint(left + 2, top + 2).closest(".toast-card");
}"""  # what lies under a message can be used while it is there


def start_request(page: Page, title: str) -> None:
    """Start a request; its case is shown afterwards."""
    page.goto("/start/request")
    page.wait_for_selector("[data-ready]")
    page.locator("[id$='title_field']").fill(title)
    page.locator("[data-key='submit']").click()
    page.wait_for_url("**/i/*")


def test_the_browser_shows_what_is_missing_before_anything_is_sent(open_page: Open) -> None:
    for language, label, words in (("zh-CN", "标题", "此项必填。"), ("en", "Title", "Please fill this in.")):
        page = open_page("/start/request", language=language)
        page.wait_for_selector("[data-ready]")
        page.locator("[data-key='submit']").click()
        summary = page.locator("[data-form-summary]")
        expect(summary).to_contain_text(label)
        expect(page.locator(".fjs-form-field-error")).to_have_text(words)
        summary.get_by_role("button", name=label).click()
        expect(page.locator("[id$='title_field']")).to_be_focused()


def test_what_the_server_finds_is_shown_beside_the_field(open_page: Open, watch: Watch) -> None:
    watch.expected = (422,)
    for language, label, words in (("zh-CN", "标题", "此项必填。"), ("en", "Title", "Please fill this in.")):
        page = open_page(language=language, user="sun.hao")
        # a browser that checks nothing: the form arrives without its rules
        page.route(
            "**/start/request",
            lambda route: (
                route.fulfill(response=(answer := route.fetch()), body=answer.text().replace("required", "x"))
                if route.request.method == "GET"
                else route.continue_()
            ),
        )
        page.goto("/start/request")
        page.wait_for_selector("[data-ready]")
        page.locator("[data-key='submit']").click()
        expect(page.locator(".fjs-form-field-error")).to_have_text(words)
        expect(page.locator("[data-form-summary]")).to_contain_text(label)


def test_a_request_goes_from_its_form_through_a_group_to_its_end(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/start/request", language="en", user="demo")
    page.wait_for_selector("[data-ready]")
    page.locator("[id$='title_field']").fill("A new chair")
    page.keyboard.press("Tab")
    file = tmp_path / "offer.txt"
    file.write_text("an offer")
    page.locator("input[type='file']").set_input_files(file)
    page.locator("#business-key").fill("RQ-77")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/i/*")
    expect(page.locator("#toasts")).to_contain_text("Started: Request")
    expect(page.locator(".facts").last).to_contain_text("offer.txt")
    expect(page.locator(".diagram[data-ready] .is-current")).to_have_count(1)
    expect(page.locator(".diagram")).to_contain_text("Decided")  # a flow's name, in English as those of steps
    page.goto("/inbox/queue?q=RQ-77")
    page.get_by_role("link", name="Approve the request").click()
    page.locator("#pane [data-key='claim']").click()
    expect(page.locator("#pane [data-key='approve']")).to_be_visible()
    page.keyboard.press("b")
    expect(page.locator("#toasts")).to_contain_text("This case has passed no step it could be returned to.")
    assert page.locator(".toast-card p").last.evaluate(PRESSED_THROUGH)
    page.locator("#pane [data-key='approve']").click()
    expect(page.locator("#toasts")).to_contain_text("Completed: Approve the request")
    page.goto("/inbox/done")
    row = page.locator("[data-row]", has_text="RQ-77")
    expect(row).to_contain_text("Approve")
    row.get_by_role("link").click()
    expect(page.locator("#pane")).to_contain_text("Completed by")


def test_of_two_who_claim_one_wins_and_the_other_learns_who(open_page: Open, watch: Watch) -> None:
    watch.expected = (409,)
    start_request(open_page(), "Who is first")
    first = open_page("/inbox/queue", user="demo", language="en")
    second = open_page("/inbox/queue", user="liu.yan", language="en")
    for page in (first, second):
        expect(page.locator("[data-row]", has_text="Who is first")).to_be_visible()
    first.locator("[data-row]", has_text="Who is first").get_by_role("button", name="Claim").click()
    expect(first.locator("[data-row]", has_text="Who is first")).to_have_count(0)
    second.locator("[data-row]", has_text="Who is first").get_by_role("button", name="Claim").click()
    expect(second.locator(".toast-card")).to_contain_text("has claimed this task already")


def test_what_was_typed_is_kept_until_it_is_sent(open_page: Open) -> None:
    page = open_page("/start/request", language="en")
    page.wait_for_selector("[data-ready]")
    page.locator("[id$='title_field']").fill("Not yet sent")
    while not page.evaluate("localStorage.length"):
        page.wait_for_timeout(50)
    page.reload()
    page.wait_for_selector("[data-ready]")
    expect(page.locator("[id$='title_field']")).to_have_value("Not yet sent")
    page.get_by_role("button", name="Discard it").click()
    expect(page.locator("[id$='title_field']")).to_have_value("")


def test_the_keyboard_leads_everywhere(open_page: Open) -> None:
    page = open_page("/start", language="en")
    page.keyboard.press("j")
    expect(page.locator("[data-row].cursor")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-row]").first).to_have_class(re.compile("cursor"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/start/."))
    settled(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("gs")
    expect(page.locator("#search")).to_have_value("gs")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile("/inbox/started$"))


def test_a_comment_appears_in_the_timeline(open_page: Open) -> None:
    start_request(page := open_page(language="en"), "Talk about it")
    page.locator("table").get_by_role("link").first.click()
    page.wait_for_url("**/t/*")
    page.fill("#comment", "Why a <b>new</b> one?")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".timeline .said").first).to_have_text("Why a <b>new</b> one?")
    expect(page.locator("#comment")).to_have_value("")


def test_problems_of_a_deployment_are_told_with_their_place(open_page: Open, watch: Watch) -> None:
    watch.expected = (422,)
    page = open_page("/deploy", language="en")
    broken = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x">
    <process id="p" isExecutable="true"><startEvent id="s"/>
    <sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/></process></definitions>"""
    page.locator("input[type='file']").set_input_files(
        {"name": "broken.bpmn", "mimeType": "application/xml", "buffer": broken}
    )
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deployed")
    expect(page.locator(".problem.bad").first).to_contain_text("broken.bpmn")
    expect(page.locator(".problem.bad").first).to_contain_text("line 3")
