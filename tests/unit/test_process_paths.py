"""Every path of a lead, in memory: who gets which task, what is decided, how it ends."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn.waits import TimerWait, UserTaskWait
from process_server.errors import InvalidForm
from tests.unit.shipped import Case, Company, approved, converted, followed, lead, paid, programs, quoted, won


@pytest.mark.requirement("PE-17")
def test_a_lead_goes_from_entry_to_cash() -> None:
    case = won(quoted(converted(followed(lead()))))
    case.do("legal_review", legal_decision="approve", legal_risk="low")
    case.do("finance_review", finance_decision="approve", credit_rating="A")
    case.do("archive", archive_no="DA-1", originals_complete=True)
    paid(case, "40000")
    assert case.over
    assert case.ends[-1] == "cash_collected"
    seven = [
        "enter_lead",
        "assign_lead",
        "follow_up",
        "convert",
        "request_quote",
        "approve_contract",
        "confirm_payment",
    ]
    names = [programs()["lead_to_cash"].elements[element].name for element in seven]
    assert names == ["新线索录入", "线索分配", "客户跟进", "商机转换", "报价申请", "合同审批", "回款确认"]
    visited = [element for element, _ in case.history if element in seven]
    assert visited == seven
    assert case.variables["outstanding_amount"] == 0
    assert case.variables["paid_amount"] == Decimal("40000")
    assert case.variables["archive_no"] == "DA-1"


@pytest.mark.requirement("PE-07")
@pytest.mark.requirement("PE-08")
@pytest.mark.parametrize(
    ("origin", "industry", "region", "team"),
    [
        ("杭州", "retail", "east", "sales-east"),
        ("深圳", None, "south", "sales-south"),
        ("上海", "manufacturing", "east", "sales-manufacturing"),
        ("深圳", "manufacturing", "south", "sales-manufacturing"),
    ],
)
def test_origin_and_industry_choose_the_team(origin: str, industry: str | None, region: str, team: str) -> None:
    case = lead(origin=origin, industry=industry)
    assert case.variables["region"] == region
    assert case.variables["sales_team"] == team
    assert case.task("follow_up").assignee in case.company.members(team)
    assert case.to("tell_owner") == [case.variables["owner"]]


@pytest.mark.requirement("PE-07")
def test_the_least_loaded_of_the_team_gets_the_lead() -> None:
    company = Company()
    company.load = {"wang.lei": 5, "li.na": 2, "chen.fang": 0}
    assert lead(company).task("follow_up").assignee == "li.na"


@pytest.mark.requirement("PE-07")
@pytest.mark.requirement("PE-08")
@pytest.mark.parametrize("origin", [None, "成都", "北京"])
def test_a_lead_without_a_candidate_waits_in_the_pool(origin: str | None) -> None:
    case = lead(origin=origin)
    assert case.open == ["assign_from_pool"]
    assert case.task("assign_from_pool").candidate_groups == ("sales-manager",)
    assert case.to("tell_manager") == ["xu.lan"]
    assert {"value": "li.na", "label": "李娜"} in case.waits(UserTaskWait)[0][0].variables["owner_options"]
    case.do("assign_from_pool", owner="chen.fang")
    assert case.task("follow_up").assignee == "chen.fang"
    assert case.to("tell_owner") == ["chen.fang"]


def test_a_lead_from_another_system_may_lack_what_is_optional() -> None:
    case = Case("lead_to_cash", None, company="甲", contact_name="乙", phone="021-62345678", source="website")
    assert case.open == ["assign_from_pool"]


@pytest.mark.requirement("PE-10")
def test_three_days_without_a_follow_up_warn_rep_and_supervisor_once() -> None:
    case = lead()
    assert abs(case.timer("follow_up_overdue") - clock.now() - timedelta(days=3)) < timedelta(minutes=1)
    case.fire("follow_up_overdue")
    assert case.to("warn_follow_up") == ["wang.lei", "xu.lan"]
    assert case.sent[-1]["channels"] == ["app", "mail"]
    assert "上海远景机械" in case.sent[-1]["text"]
    assert "王磊" in case.sent[-1]["text"]
    assert case.open == ["follow_up"]
    assert case.waits(TimerWait) == []


@pytest.mark.requirement("PE-10")
def test_the_limit_is_a_parameter() -> None:
    company = Company()
    company.figures["follow_up_limit"]["value"] = "P1D"
    due = lead(company).timer("follow_up_overdue")
    assert abs(due - clock.now() - timedelta(days=1)) < timedelta(minutes=1)


@pytest.mark.requirement("PE-10")
def test_each_follow_up_starts_the_clock_anew_and_is_kept() -> None:
    case = lead()
    with clock.travel(timedelta(days=2)):
        followed(case, "continue", next_plan="寄资料")
        assert abs(case.timer("follow_up_overdue") - clock.now() - timedelta(days=3)) < timedelta(minutes=1)
    assert len(case.waits(TimerWait)) == 1
    assert case.variables["follow_up_notes"] is None
    followed(case)
    assert [record["notes"] for record in case.variables["follow_ups"]] == ["初次沟通", "初次沟通"]
    assert case.variables["follow_ups"][0]["plan"] == "寄资料"
    assert case.open == ["convert"]
    assert case.waits(TimerWait) == []


def test_a_lead_is_lost_with_its_reason() -> None:
    case = followed(lead(), "lost", lost_reason="no_budget")
    assert case.over
    assert case.ends[-1] == "lead_lost"
    assert case.variables["lost_reason"] == "no_budget"


@pytest.mark.requirement("PE-15")
@pytest.mark.parametrize(
    ("amount", "next_task"),
    [("99999.99", "request_quote"), ("100000.00", "request_quote"), ("100000.01", "review_opportunity")],
)
def test_an_opportunity_above_100000_needs_approval(amount: str, next_task: str) -> None:
    assert converted(followed(lead()), amount).open == [next_task]


def test_a_returned_opportunity_comes_back_with_its_reason() -> None:
    case = converted(followed(lead()), "200000")
    assert case.task("review_opportunity").candidate_groups == ("sales-manager",)
    case.do("review_opportunity", review_decision="return", review_opinion="金额依据不足")
    assert case.task("convert").assignee == "wang.lei"
    assert case.variables["review_opinion"] == "金额依据不足"
    converted(case, "200000")
    assert case.variables["review_decision"] is None
    assert case.do("review_opportunity", review_decision="approve").open == ["request_quote"]


def test_a_rejected_opportunity_ends() -> None:
    case = converted(followed(lead()), "200000")
    case.do("review_opportunity", review_decision="reject", review_opinion="无利润")
    assert case.over
    assert case.ends[-1] == "opportunity_rejected"


@pytest.mark.requirement("PE-16")
@pytest.mark.parametrize(
    ("price", "quantity", "discount", "total", "next_task"),
    [
        ("50000.00", 1, None, "50000.00", "negotiate"),
        ("50000.01", 1, None, "50000.01", "review_quote"),
        ("25000.01", 2, None, "50000.02", "review_quote"),
        ("100000", 1, 50, "50000.00", "negotiate"),
        ("33333.35", 3, Decimal("50"), "50000.02", "review_quote"),
    ],
)
def test_a_quote_above_50000_needs_the_director(
    price: str, quantity: int, discount: Any, total: str, next_task: str
) -> None:
    case = quoted(converted(followed(lead())), price, quantity, discount)
    assert case.variables["quote_total"] == case.variables["contract_amount"] == Decimal(total)
    assert case.open == [next_task]
    if next_task == "review_quote":
        assert case.task("review_quote").candidate_groups == ("sales-director",)


def test_a_returned_quote_comes_back_to_the_rep() -> None:
    case = quoted(converted(followed(lead())), "60000")
    case.do("review_quote", quote_decision="return", quote_opinion="折扣过高")
    assert case.task("request_quote").assignee == "wang.lei"
    assert case.variables["quote_opinion"] == "折扣过高"
    assert quoted(case, "30000").open == ["negotiate"]
    assert case.variables["quote_opinion"] is None


def test_a_rejected_quote_ends_the_case() -> None:
    case = quoted(converted(followed(lead())), "60000")
    case.do("review_quote", quote_decision="reject", quote_opinion="亏损")
    assert case.over
    assert case.ends[-1] == "quote_rejected"


def test_an_approved_quote_goes_on() -> None:
    case = quoted(converted(followed(lead())), "60000")
    assert case.do("review_quote", quote_decision="approve").open == ["negotiate"]


def test_a_negotiation_may_ask_for_another_quote_or_be_lost() -> None:
    case = quoted(converted(followed(lead())))
    case.do("negotiate", negotiation_result="requote")
    assert case.open == ["request_quote"]
    quoted(case)
    assert case.variables["negotiation_result"] is None
    case.do("negotiate", negotiation_result="lost", lost_reason="price")
    assert case.over
    assert case.ends[-1] == "deal_lost"


def test_a_withdrawn_contract_goes_back_to_the_negotiation() -> None:
    case = won(quoted(converted(followed(lead()))))
    case.do("legal_review", legal_decision="reject", legal_opinion="风险过高", legal_risk="high")
    assert case.task("revise").assignee == "wang.lei"
    case.do("revise", revise_action="withdraw")
    assert case.open == ["negotiate"]


@pytest.mark.requirement("PE-24")
def test_an_approved_contract_has_three_effects() -> None:
    case = approved()
    assert case.to("order_production") == ["feng.tao"]
    assert case.to("open_ticket") == ["ma.ning", "guo.xin"]
    assert case.variables["outstanding_amount"] == Decimal("40000")
    assert case.variables["production_order"] == "PO-HT-1"
    assert case.variables["service_ticket"] == "SV-HT-1"
    assert case.to("tell_submitter") == ["wang.lei"]
    assert case.task("confirm_payment").candidate_groups == ("finance",)
    due = case.task("confirm_payment").due
    assert due is not None
    assert due.astimezone().date() - date(2026, 12, 30) <= timedelta(days=1)


def test_no_more_can_be_paid_than_is_outstanding() -> None:
    case = approved()
    with pytest.raises(InvalidForm) as refused:
        paid(case, "40000.01")
    assert [problem["field"] for problem in refused.value.problems] == ["payment_amount"]


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_saying_no_needs_a_reason(decision: str) -> None:
    case = quoted(converted(followed(lead())), "60000")
    with pytest.raises(InvalidForm) as refused:
        case.do("review_quote", quote_decision=decision)
    assert [problem["field"] for problem in refused.value.problems] == ["quote_opinion"]


def test_a_lost_lead_needs_its_reason() -> None:
    with pytest.raises(InvalidForm) as refused:
        followed(lead(), "lost")
    assert [problem["field"] for problem in refused.value.problems] == ["lost_reason"]


@pytest.mark.requirement("SA-13")
def test_payments_come_in_parts_until_nothing_is_outstanding() -> None:
    case = paid(approved(), "10000.50")
    assert case.variables["outstanding_amount"] == Decimal("29999.50")
    assert case.variables["payment_amount"] is None
    paid(case, "29999.49")
    assert case.open == ["confirm_payment"]
    assert paid(case, "0.01").over
    assert case.ends[-1] == "cash_collected"
    assert [payment["amount"] for payment in case.variables["payments"]] == [
        Decimal("10000.50"), Decimal("29999.49"), Decimal("0.01"),
    ]  # fmt: skip


def test_a_late_payment_is_chased() -> None:
    case = approved()
    assert abs(case.timer("payment_overdue") - clock.now() - timedelta(days=30)) < timedelta(minutes=1)
    case.fire("payment_overdue")
    assert case.to("warn_payment") == ["wang.lei", "xu.lan"]
    assert case.open == ["confirm_payment"]
