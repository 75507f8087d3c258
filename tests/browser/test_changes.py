"""What changed between two versions, on the diagram and beside it."""

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.models import APPROVAL
from tests.browser.settling import settled


def test_changes_are_marked_on_both_diagrams_and_told_beside_them(open_page: Open) -> None:
    first = APPROVAL.replace('id="request"', 'id="compared"').replace('bpmnElement="request"', 'bpmnElement="compared"')
    second = first.replace('"legal"', '"finance"').replace('"done"', '"over"').replace('id="f2"', 'id="f3"')
    page = open_page("/deploy", language="en", width=1280)
    for content in (first, second.replace('bpmnElement="f2"', 'bpmnElement="f3"')):
        file = {"name": "compared.bpmn", "mimeType": "application/xml", "buffer": content.encode()}
        page.goto("/deploy")
        settled(page)
        page.locator("input[type='file']").set_input_files(file)
        expect(page.locator(".notice.ok")).to_contain_text("Deployed: compared.bpmn")
    page.goto("/processes/compared")
    page.get_by_role("link", name="Changes").click()
    expect(page.locator(".diagram[data-ready=yes]")).to_have_count(2)
    newer, older = page.locator(".diagram").all()
    expect(newer.locator(".is-changed[data-element-id=approve]")).to_be_visible()
    expect(newer.locator(".is-added[data-element-id=over]")).to_be_visible()
    expect(older.locator(".is-removed[data-element-id=done]")).to_be_visible()
    told = page.get_by_role("region", name="Changes")
    expect(told.locator("del", has_text="legal")).to_be_visible()
    expect(told.locator("ins", has_text="finance")).to_be_visible()
