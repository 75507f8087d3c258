"""Forms drawn in the browser: ten controls, used in a running process; what a preview shows; a public form."""

import json
import re

import pytest
from playwright.sync_api import Frame, Page, expect

from tests import diagrams
from tests.browser.conftest import Open, Watch
from tests.browser.reading import faults
from tests.browser.requests import CLIENT, DEMO
from tests.browser.test_working import start_request

TEN = ["单行文本", "多行文本", "电话", "金额", "星级评分", "日期", "下拉选择", "统一社会信用代码", "人员", "附件"]
READS = '<camunda:property name="field:items.quantity" value="read"/>'
COUNTING = diagrams.process(
    *(diagrams.flow("start > count > end"), diagrams.start(), diagrams.end()),
    diagrams.user(
        "count",
        'camunda:assignee="demo" camunda:formRef="told_columns" camunda:formRefBinding="latest"',
        f"<bpmn:extensionElements><camunda:properties>{READS}</camunda:properties></bpmn:extensionElements>",
    ),
    key="told_columns",
)


def editor(page: Page) -> None:
    page.locator(".form-editor[data-ready]").wait_for()


def control(page: Page, label: str) -> None:
    """Add a control to the end of the form by its button in the palette."""
    page.locator(".fjs-palette-field", has_text=re.compile(f"^{label}$")).click()


def shown_fields(page: Page | Frame) -> list[tuple[str, str, bool]]:
    """Tell label, kind and required mark of each field a form shows, in order."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.fjs-form-field')].map((field) => [
            field.querySelector('label, .fjs-form-field-label')?.innerText.replace('*', '').trim() ?? '',
            [...field.classList].find((name) => name.startsWith('fjs-form-field-')) ?? '',
            field.querySelector('.fjs-asterix') !== null,
        ])"""
    )


def test_a_form_of_ten_controls_is_drawn_and_used_in_a_running_process(open_page: Open, server: str) -> None:
    """The step of a case that runs already shows the new fields at once: it takes the newest form."""
    page = open_page()
    start_request(page, "十个控件")
    case = page.url.rpartition("/")[2]
    page.goto("/forms/decision_form")
    editor(page)
    for label in TEN:
        control(page, label)
    expect(page.locator(".editor-canvas .fjs-form-field:not(.fjs-powered-by)")).to_have_count(12)
    expect(page.locator("[data-no-problems]")).to_be_visible()
    page.locator("#tab-save").click()
    expect(page.locator("[data-changes] li")).to_have_count(10)
    page.get_by_label(re.compile("改了什么")).fill("十个控件")
    page.locator("[data-save-button]").click()
    expect(page.locator(".toast-card")).to_contain_text("版本 2")

    query = {"list": "all", "instance": case}
    [task] = CLIENT.get(f"{server}/api/v1/tasks", auth=DEMO, params=query).json()["items"]
    page.goto(f"/t/{task['id']}")
    page.locator("[data-mount='form'][data-ready]").wait_for()
    for label in TEN:
        expect(page.locator("[data-form]").get_by_text(label, exact=True).first).to_be_visible()


@pytest.mark.requirement("DF-03")
def test_the_preview_shows_what_the_task_page_shows(open_page: Open) -> None:
    page = open_page("/forms/request_form")
    editor(page)
    page.locator("#tab-preview").click()
    frame = page.frame("form-preview")
    assert frame is not None
    frame.wait_for_selector("[data-mount='form'][data-ready]")
    preview = shown_fields(frame)
    page.goto("/start/request")
    page.locator("[data-mount='form'][data-ready]").wait_for()
    assert preview == shown_fields(page)
    assert [label for label, _, _ in preview][:2] == ["标题", "金额"]
    assert preview[0][2] is True


def test_what_is_filled_into_the_preview_is_checked_by_the_server(open_page: Open, watch: Watch) -> None:
    watch.expected = (422,)
    page = open_page("/forms/open?key=checked&template=customer")
    editor(page)
    page.locator("#tab-preview").click()
    frame = page.frame("form-preview")
    assert frame is not None
    frame.wait_for_selector("[data-mount='form'][data-ready]")
    frame.get_by_label("客户名称").fill("远航")
    frame.get_by_label("主要联系人").fill("陈静")
    frame.locator("[data-key='submit']").click()
    expect(frame.locator(".toast-card")).to_contain_text("服务器接受")


def test_fields_are_added_moved_undone_and_found_by_keyboard(open_page: Open) -> None:
    page = open_page("/forms/open?key=by_keyboard&template=blank")
    editor(page)
    page.get_by_label("搜索控件").fill("星级")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("搜索控件").fill("")
    control(page, "电话")
    labels = page.locator(".editor-canvas .fjs-form-field-label")
    expect(labels).to_have_text(["星级评分", "电话"])
    page.locator(".editor-canvas .fjs-element", has_text="电话").last.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(labels).to_have_text(["电话", "星级评分"])
    page.get_by_role("button", name="撤销").click()
    expect(labels).to_have_text(["星级评分", "电话"])


def test_tables_stand_twice_in_a_form_and_their_columns_are_set_one_by_one(open_page: Open) -> None:
    page = open_page("/forms/open?key=tables&template=blank")
    editor(page)
    path, label = (page.locator(f"[data-entry-id='{name}'] input").first for name in ("path", "label"))
    for name in ("items", "spare_parts"):
        control(page, "子表")
        path.fill(name)
        path.blur()
    column = page.locator(".editor-canvas .fjs-element[data-field-type='number']", has_text="数量").last
    column.click(position={"x": 40, "y": 8})
    expect(page.locator(".bio-properties-panel-header-label")).to_have_text("数量")
    page.keyboard.press("Delete")
    expect(column).to_have_count(1)
    control(page, "公式")
    label.fill("小计")
    label.blur()
    expect(page.locator(".editor-canvas")).to_contain_text("小计")
    page.locator("#tab-json").click()
    written = json.loads(page.locator("[data-json]").input_value())["components"]
    assert [table["path"] for table in written] == ["items", "spare_parts"]
    assert [column["label"] for column in written[1]["components"]] == ["产品", "单价", "小计"]
    page.locator("[data-json]").fill("[")
    page.locator("#tab-save").click()
    expect(page.locator("[data-json-problem]")).to_contain_text("无法应用该 JSON")
    page.locator("[data-json]").fill("")
    page.locator("#tab-draw").click()
    control(page, "表格")
    expect(page.locator(".bio-properties-panel-header-label")).to_have_text("表格")


def test_the_settings_of_a_column_tell_what_a_step_may_do_with_it(open_page: Open, server: str) -> None:
    column = {"type": "number", "key": "quantity", "id": "quantity", "label": "数量"}
    table = {"type": "dynamiclist", "path": "items", "id": "items", "components": [column]}
    drawn = {"type": "default", "id": "told_columns", "schemaVersion": 19, "components": [table]}
    files = {"told_columns.bpmn": COUNTING, "told_columns.form": json.dumps(drawn).encode()}
    upload = [("files", (name, content)) for name, content in files.items()]
    CLIENT.post(f"{server}/api/v1/deployments", auth=DEMO, data={"name": "columns"}, files=upload).raise_for_status()
    page = open_page("/forms/told_columns")
    editor(page)
    page.locator(".editor-canvas [data-id='quantity']").click(position={"x": 40, "y": 8})
    page.locator("[data-group-id='group-steps']").get_by_text("各步骤的权限").click()
    expect(page.locator("[data-entry-id='step-count']")).to_contain_text("只读")


def test_a_mistake_stands_beside_the_canvas_and_hinders_saving(open_page: Open) -> None:
    page = open_page("/forms/open?key=wrong&template=blank")
    editor(page)
    page.locator("#tab-json").click()
    page.locator("[data-json]").fill(
        '{"type": "default", "components": [{"type": "textfield", "key": "a", "validate": {"pattern": "["}}]}'
    )
    page.locator("#tab-draw").click()  # takes over what was written
    problem = page.locator(".editor-middle [data-problems] li.bad")
    expect(problem).to_be_visible()
    page.locator("#tab-save").click()
    expect(page.locator("[data-save-button]")).to_be_disabled()
    expect(page.locator("[data-errors-left]")).to_be_visible()


def test_who_saves_second_is_told_and_loses_nothing(open_page: Open, watch: Watch) -> None:
    watch.expected = (409,)
    first, second = (open_page("/forms/request_form") for _ in range(2))
    for page, label in ((first, "电话"), (second, "邮箱")):
        editor(page)
        control(page, label)
    for page in (first, second):
        page.locator("#tab-save").click()
        page.locator("[data-save-button]").click()
    expect(first.locator(".toast-card")).to_contain_text("版本 2")
    expect(second.locator("[data-conflict]")).to_be_visible()
    expect(second.locator("[data-since]")).to_contain_text("版本 2")
    second.locator("[data-anyway]").click()
    expect(second.locator(".toast-card")).to_contain_text("版本 3")


@pytest.mark.parametrize(("language", "theme", "width"), [("zh-CN", "light", 1440), ("en", "dark", 375)])
def test_the_editor_and_public_forms_can_be_used_by_everybody(
    open_page: Open, language: str, theme: str, width: int
) -> None:
    page = open_page("/public-links", language=language, theme=theme, width=width)
    page.locator("#process").select_option("complaint")
    page.locator("#name").fill("Web site")
    page.locator("form.panel .btn-primary").click()
    address = page.locator("#address").inner_text()
    assert faults(page) == []
    for path in ("/forms/open?key=customer&template=customer", address):
        page.goto(path)
        assert faults(page) == []


def test_a_stranger_fills_in_a_public_form_on_a_telephone(open_page: Open) -> None:
    admin = open_page("/public-links")
    admin.locator("#process").select_option("complaint")
    admin.locator("#name").fill("门店二维码")
    admin.locator("form.panel .btn-primary").click()
    page = open_page(admin.locator("#address").inner_text(), user=None, width=375)
    page.locator("[data-mount='form'][data-ready]").wait_for()
    page.wait_for_timeout(2100)  # quicker is no person
    page.get_by_label("客户名称").fill("上海远航")
    page.get_by_label("联系人").fill("陈静")
    page.get_by_label("联系电话").fill("13800138000")
    page.get_by_label("投诉主题").fill("包装破损")
    page.get_by_label("投诉内容").fill("外箱破损")
    page.locator(".fjs-form-field-select .fjs-input-group").first.click()
    page.locator(".fjs-dropdownlist-item").first.click()
    page.locator("[data-key='submit']").click()
    reference = page.locator(".reference").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}", reference)
    admin.goto(f"/search?q={reference}")
    expect(admin.locator("main")).to_contain_text(reference)
