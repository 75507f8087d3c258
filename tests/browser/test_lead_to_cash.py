"""A lead in the browser, from its entry to the money collected: each step by the person whose step it is."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from process_server.documents.jobs import archive_sheets
from process_server.embedded.postgres import Cluster
from tests import databases
from tests.browser.conftest import Open

COMPANY = "上海远景机械"
SEVEN = ["新线索录入", "线索分配", "客户跟进", "商机转换", "报价申请", "合同审批", "回款确认"]
SeatAt = Callable[[str], "Desk"]


class Desk:
    """A person before the pages, who knows a field by what is written beside it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.decision: Locator | None = None  # the button that sends the form, where it decides

    def start(self, process: str) -> None:
        """Open the start form of a process."""
        self.page.goto("/start")
        self.page.get_by_role("link", name=process).click()
        self.wait_for_form()

    def take(self, step: str) -> None:
        """Open the task of a step in the list it stands in; claim it where it is offered to several."""
        self.page.goto("/inbox")
        row = self.page.locator("[data-row]", has_text=COMPANY)
        if not row.count():
            self.page.goto("/inbox/queue")
        row.get_by_role("link", name=step, exact=True).click()
        send = self.page.locator("#task [data-decide]").first
        claim = self.page.locator("#task .action-bar [data-key='claim']")
        expect(send.or_(claim)).to_be_visible()
        if claim.count():
            claim.click()
        expect(send).to_be_visible()
        self.wait_for_form()

    def wait_for_form(self) -> None:
        """Wait until the form can be filled in."""
        self.page.wait_for_selector("[data-mount='form'][data-ready]")

    def labelled(self, label: str) -> Locator:
        """Return the field of this label, whether or not it is marked as required."""
        named = self.page.get_by_label(re.compile(rf"^{re.escape(label)}\*?$"))
        return named.and_(self.page.locator("input, textarea"))

    def write(self, **values: str) -> None:
        """Type texts and numbers."""
        for label, value in values.items():
            self.labelled(label).fill(value)

    def pick(self, **options: str) -> None:
        """Choose from lists that fold out."""
        for label, option in options.items():
            field = self.page.locator(".fjs-form-field-select", has_text=re.compile(rf"^{re.escape(label)}\*?"))
            field.locator(".fjs-input-group").click()
            field.locator(".fjs-dropdownlist-item", has_text=option).click()

    def date(self, **days: str) -> None:
        """Type dates; a date counts once its field is left."""
        for label, day in days.items():
            field = self.labelled(label)
            field.fill(day)
            field.blur()

    def choose(self, *options: str) -> None:
        """Mark options that all stand there; what decides the task is a button instead, pressed on sending."""
        for option in options:
            button = self.page.locator("[data-decide]", has_text=re.compile(rf"^\s*{re.escape(option)}\s*$"))
            if button.count():
                self.decision = button
            else:
                self.labelled(option).check()

    def send(self, expected: str) -> None:
        """Send the form; the page that comes then says what was done."""
        (self.decision or self.page.locator("[data-key='submit']")).click()
        self.decision = None
        expect(self.page.locator("#toasts")).to_contain_text(expected)


@pytest.fixture
def desk(open_page: Open) -> SeatAt:
    """Seat people: each signs in once and keeps their browser. The sales director works on a telephone."""
    desks: dict[str, Desk] = {}

    def seat(user: str) -> Desk:
        if user not in desks:
            width = 375 if user == "zhou.wei" else 1440
            desks[user] = Desk(open_page("/inbox", user=user, language="zh-CN", width=width))
        return desks[user]

    return seat


@pytest.mark.requirement("PE-17")
def test_a_lead_is_worked_from_entry_to_cash(desk: SeatAt, cluster: Cluster) -> None:
    case = enter_lead(desk("lin.yue"))
    win_customer(desk("sun.hao"), desk("xu.lan"), desk("zhou.wei"))
    stands_at(desk("lin.yue").page, case, "approve_contract")
    approve_contract(desk)
    with databases.opened(cluster.url("browser")):
        assert archive_sheets() == 1
    collect_cash(desk("tang.yu"))
    is_finished(desk("lin.yue").page, case)
    is_kept_as_it_was_decided(desk("zhou.wei").page)


def enter_lead(marketing: Desk) -> str:
    """Start a case; return its address."""
    marketing.start("线索到回款")
    marketing.write(客户名称=COMPANY, 联系人="陆明", 联系电话="13800138000")
    marketing.pick(所属行业="制造业", 来源地="上海", 线索来源="官网")
    marketing.send("已发起：线索到回款")
    return marketing.page.url


def win_customer(sales: Desk, supervisor: Desk, director: Desk) -> None:
    """Follow up, open an opportunity and quote, both above what sales people decide themselves, and win."""
    sales.take("客户跟进")
    sales.date(沟通日期="2026-11-20")
    sales.choose("电话", "转为商机")
    sales.write(内容纪要="初次沟通")
    sales.send("已完成：客户跟进")
    sales.write(**{"商机名称": "产线改造", "预计成交金额": "120000", "产品 / 服务需求": "六轴机器人两台"})
    sales.date(预计成交日期="2027-01-20")
    sales.pick(商机阶段="需求分析")
    sales.send("已完成：商机转换")
    supervisor.take("商机立项审批")
    supervisor.choose("同意")
    supervisor.send("已完成：商机立项审批")
    sales.take("报价申请")
    sales.write(**{"产品 / 服务": "六轴机器人", "数量": "2", "单价": "60000"})
    sales.date(报价有效期="2027-01-31")
    expect(sales.page.locator("[data-form]")).to_contain_text("报价总额 ¥120000")
    sales.send("已完成：报价申请")
    director.take("销售总监审批报价")
    expect(director.labelled("报价总额")).to_have_value("120,000.00")
    expect(director.labelled("报价总额")).not_to_be_editable()
    assert director.page.evaluate("document.documentElement.scrollWidth") <= 375
    director.choose("同意")
    director.send("已完成：销售总监审批报价")
    sales.take("商务谈判")
    sales.choose("赢单")
    sales.write(合同编号="HT-2026-001", 合同名称="产线改造合同", 合同金额="120000")
    sales.pick(合同类型="销售合同", 付款条件="到货后 30 天")
    sales.date(签订日期="2026-12-01", 回款截止日期="2027-01-31")
    sales.send("已完成：商务谈判")


def approve_contract(desk: SeatAt) -> None:
    """Let the contract pass the director, legal, finance and the archive."""
    for user, step, risk in (("zhou.wei", "销售总监审批", ()), ("liu.yan", "法务审批", ("低",))):
        desk(user).take(step)
        desk(user).choose("同意", *risk)
        desk(user).send(f"已完成：{step}")
    finance = desk("tang.yu")
    finance.take("财务审批")
    finance.pick(客户信用="A")
    finance.choose("同意")
    finance.send("已完成：财务审批")
    archivist = desk("qian.wen")
    archivist.take("归档")
    archivist.write(档案编号="DA-2026-001")
    archivist.choose("合同原件齐全")
    archivist.send("已完成：归档")


def collect_cash(finance: Desk) -> None:
    """Enter two payments: the first leaves something outstanding."""
    for amount, outstanding in (("50000", "120,000.00"), ("70000", "70,000.00")):
        finance.take("回款确认")
        expect(finance.labelled("未收金额")).to_have_value(outstanding)
        finance.write(到账金额=amount, 银行流水号=f"T-{amount}")
        finance.date(到账日期="2027-01-10")
        finance.pick(付款方式="银行转账")
        finance.send("已完成：回款确认")


def stands_at(page: Page, case: str, element: str) -> None:
    """Check that the diagram of a case shows where it stands."""
    page.goto(case)
    current = page.locator(".diagram[data-ready] .is-current")
    expect(current).to_have_count(1)
    expect(current).to_have_attribute("data-element-id", element)


def is_finished(page: Page, case: str) -> None:
    """Check that a case shows its seven steps, stands nowhere any more, and offers nothing to do."""
    page.goto(case)
    expect(page.locator(".diagram[data-ready]")).to_be_visible()
    expect(page.locator(".is-current")).to_have_count(0)
    page.locator(".told-filter label", has_text="自动步骤").click()
    page.locator(".timeline .older button").click()
    for step in SEVEN:
        expect(page.locator(".timeline").get_by_text(step, exact=True).first).to_be_visible()
    expect(page.locator("main .btn-bad, .whereabouts")).to_have_count(0)


def is_kept_as_it_was_decided(page: Page) -> None:
    """Check that a task once done can be read but not changed."""
    page.goto("/inbox/done")
    page.locator("[data-row]", has_text=COMPANY).get_by_role("link", name="销售总监审批", exact=True).click()
    page.wait_for_selector("[data-mount='form'][data-ready]")
    page.get_by_label("驳回", exact=True).click(force=True)
    expect(page.get_by_label("同意", exact=True)).to_be_checked()
    expect(page.get_by_label("合同编号")).not_to_be_editable()
    expect(page.locator("[data-decide], [data-key='claim']")).to_have_count(0)
