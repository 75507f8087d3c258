"""A start form begun in one place is gone on with in another, and nothing typed is lost or written over unasked."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watch

DRAFTS = "/inbox/drafts"


def begin(page: Page, title: str, path: str = "/start/request") -> None:
    """Open a start form and type something."""
    page.goto(path)
    page.wait_for_selector("[data-mount=form][data-ready=yes]")
    page.locator("[id$='title_field']").fill(title)


def keep(page: Page) -> None:
    """Save by hand."""
    page.keyboard.press("Control+s")
    expect(page.locator("[data-draft-state]")).not_to_be_empty()
    page.wait_for_url("**draft=*")


def rows(page: Page) -> int:
    page.goto(DRAFTS)
    return page.locator("[data-row]").count()


@pytest.mark.parametrize(("width", "user"), [(1440, "lin.yue"), (375, "he.jun")])
def test_a_start_form_waits_as_a_draft_until_it_is_sent(open_page: Open, width: int, user: str) -> None:
    page = open_page("/inbox", user=user, width=width)
    begin(page, "新椅子")
    expect(page.locator("[data-draft-state]")).to_have_text("草稿已保存。")  # by itself, within five seconds
    page.wait_for_url("**draft=*")
    elsewhere = open_page(DRAFTS, user=user, width=width)
    row = elsewhere.locator("[data-row]")
    expect(row).to_contain_text("申请")
    expect(row).to_contain_text("新椅子")
    row.get_by_role("link").first.click()
    elsewhere.wait_for_selector("[data-mount=form][data-ready=yes]")
    expect(elsewhere.locator("[data-draft-notice]")).to_be_visible()
    expect(elsewhere.locator("[id$='title_field']")).to_have_value("新椅子")
    elsewhere.locator("[id$='title_field']").fill("两把新椅子")
    elsewhere.locator("[data-key='submit']").click()
    elsewhere.wait_for_url("**/i/*")
    expect(elsewhere.locator(".facts").last).to_contain_text("两把新椅子")
    assert rows(elsewhere) == 0


def test_a_draft_is_discarded(open_page: Open) -> None:
    page = open_page("/inbox", user="guo.xin")
    begin(page, "不要了")
    keep(page)
    page.reload()
    with page.expect_response(lambda response: response.request.method == "DELETE"):
        page.locator("[data-draft-discard]").click()
    expect(page.locator("[id$='title_field']")).to_have_value("")
    assert rows(page) == 0


def test_leaving_at_once_keeps_what_was_typed_and_each_form_begun_is_one_draft(open_page: Open) -> None:
    page = open_page("/inbox", user="liu.yan")
    begin(page, "马上离开")
    while not page.evaluate("Object.keys(localStorage).some((name) => name.startsWith('draft:'))"):
        page.wait_for_timeout(50)  # the form hands on what is typed a moment later
    page.goto("/inbox")
    page.goto("/start/request")
    expect(page.locator("[data-draft-notice]")).to_be_visible()
    expect(page.locator("[id$='title_field']")).to_have_value("马上离开")
    page.locator("[id$='title_field']").fill("又回来了")
    keep(page)
    assert rows(page) == 1
    begin(page, "另一个")
    keep(page)
    assert rows(page) == 2


def test_two_windows_do_not_write_over_one_another(open_page: Open, watch: Watch) -> None:
    watch.expected = (409,)
    page = open_page("/inbox", user="feng.tao")
    begin(page, "第一稿")
    keep(page)
    other = page.context.new_page()
    begin(other, "第二稿", page.url)
    other.keyboard.press("Control+s")
    expect(other.locator("[data-draft-state]")).not_to_be_empty()
    page.locator("[id$='title_field']").fill("第三稿")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-draft-conflict]")).to_be_visible()
    page.locator("[data-take]").click()
    expect(page.locator("[id$='title_field']")).to_have_value("第二稿")


def test_copy_as_new_fills_in_the_start_form(open_page: Open) -> None:
    page = open_page("/inbox", user="gao.jie")
    begin(page, "旧申请")
    page.locator("[data-key='submit']").click()
    page.wait_for_url("**/i/*")
    page.locator(".actions").get_by_role("button", name="更多").click()
    page.get_by_role("link", name="复制为新申请").click()
    page.wait_for_selector("[data-mount=form][data-ready=yes]")
    expect(page.locator("[id$='title_field']")).to_have_value("旧申请")
    page.locator("[data-key='submit']").click()
    page.wait_for_url("**/i/*")


def test_another_language_waits_until_the_server_has_what_was_typed(open_page: Open) -> None:
    page = open_page("/inbox", user="liu.yan")
    begin(page, "中文写的")
    while not page.evaluate("Object.keys(localStorage).some((name) => name.startsWith('draft:'))"):
        page.wait_for_timeout(50)  # the form hands on what is typed a moment later
    page.get_by_role("button", name="语言").first.click()
    page.get_by_role("button", name="English").click()
    page.wait_for_url("**draft=*")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("[id$='title_field']")).to_have_value("中文写的")
