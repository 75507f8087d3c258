"""Every path of a contract and of a complaint, in memory."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn.waits import UserTaskWait
from tests.unit.shipped import CONTRACT, Case, contract


@pytest.mark.requirement("PE-04")
@pytest.mark.parametrize(
    ("amount", "first"),
    [("99999.99", "legal_review"), ("100000.00", "legal_review"), ("100000.01", "director_review")],
)
def test_the_amount_decides_whether_the_director_is_needed(amount: str, first: str) -> None:
    assert contract(amount).open == [first]


@pytest.mark.requirement("PE-13")
def test_the_standard_path_is_director_legal_finance_archive_one_at_a_time() -> None:
    case = contract("200000")
    seen = []
    for element, values in [
        ("director_review", {"director_decision": "approve"}),
        ("legal_review", {"legal_decision": "approve", "legal_risk": "low"}),
        ("finance_review", {"finance_decision": "approve", "credit_rating": "A"}),
        ("archive", {"archive_no": "DA-1", "originals_complete": True}),
    ]:
        assert case.open == [element]
        seen.append(case.task(element).candidate_groups)
        case.do(element, **values)
    assert seen == [("sales-director",), ("legal",), ("finance",), ("archive",)]
    assert case.over
    assert case.ends[-1] == "contract_archived"
    assert case.variables["contract_result"] == "approved"
    assert case.to("tell_submitter") == ["lin.yue"]


@pytest.mark.requirement("PE-13")
@pytest.mark.parametrize("decision", ["return", "reject"])
@pytest.mark.parametrize("step", ["director", "legal", "finance"])
def test_a_contract_returns_to_the_submitter_with_the_reason(step: str, decision: str) -> None:
    case = contract("200000")
    besides = {"director": {}, "legal": {"legal_risk": "high"}, "finance": {"credit_rating": "C"}}
    for earlier, more in besides.items():
        if earlier == step:
            refusal = {f"{step}_decision": decision, f"{step}_opinion": "付款条件不符"}
            case.do(f"{step}_review", **refusal, **more)
            break
        case.do(f"{earlier}_review", **{f"{earlier}_decision": "approve"}, **more)
    assert case.open == ["revise"]
    assert case.task("revise").assignee == "lin.yue"
    assert case.variables["reviewed_by"] == step
    assert case.variables["review_decision"] == decision
    assert case.variables["review_opinion"] == "付款条件不符"
    case.do("revise", revise_action="resubmit", contract_amount=Decimal("90000"), **CONTRACT)
    assert case.open == ["legal_review"]
    assert case.variables["legal_decision"] is None


def test_a_contract_can_be_withdrawn() -> None:
    case = contract("200000").do("director_review", director_decision="reject", director_opinion="价格过低")
    case.do("revise", revise_action="withdraw")
    assert case.over
    assert case.ends[-1] == "contract_withdrawn"
    assert case.variables["contract_result"] == "withdrawn"


def countersign(amount: str, **changes: Any) -> Case:
    case = contract(amount, **changes).do("director_review", director_decision="approve")
    assert case.open == ["sign"] * 3
    assert sorted(wait.assignee for _, wait in case.waits(UserTaskWait)) == ["feng.tao", "luo.yi", "ma.ning"]
    return case


@pytest.mark.requirement("PE-05")
def test_all_signers_of_the_largest_contracts_must_agree() -> None:
    case = countersign("5000000.01")
    case.do("sign", "luo.yi", countersign_decision="approve")
    case.do("sign", "feng.tao", countersign_decision="approve")
    assert case.open == ["sign"]
    case.do("sign", "ma.ning", countersign_decision="approve")
    assert case.open == ["legal_review"]
    assert [opinion["signer"] for opinion in case.variables["countersign_opinions"]] == [
        "luo.yi",
        "feng.tao",
        "ma.ning",
    ]


@pytest.mark.requirement("PE-05")
def test_two_of_three_suffice_for_large_contracts() -> None:
    case = countersign("5000000")
    case.do("sign", "luo.yi", countersign_decision="approve")
    assert case.open == ["sign"] * 2
    case.do("sign", "feng.tao", countersign_decision="approve")
    assert case.open == ["legal_review"]
    assert case.history.count(("sign", "cancelled")) == 1


@pytest.mark.requirement("PE-05")
def test_one_signer_suffices_for_a_supplement() -> None:
    case = countersign("1000000.01", contract_type="supplement")
    case.do("sign", "ma.ning", countersign_decision="approve")
    assert case.open == ["legal_review"]
    assert case.history.count(("sign", "cancelled")) == 2


@pytest.mark.requirement("PE-05")
def test_a_countersign_ends_as_soon_as_it_cannot_pass() -> None:
    case = countersign("2000000")
    case.do("sign", "luo.yi", countersign_decision="reject", countersign_opinion="产能不足")
    assert case.open == ["sign"] * 2
    assert case.variables["countersign_decision"] is None
    case.do("sign", "ma.ning", countersign_decision="reject", countersign_opinion="无法服务")
    assert case.open == ["revise"]
    assert case.variables["review_opinion"] == "无法服务"
    case.do("revise", revise_action="resubmit", contract_amount=Decimal("2000000"), **CONTRACT)
    case.do("director_review", director_decision="approve")
    assert case.open == ["sign"] * 3
    assert case.variables["countersign_opinions"] is None


def test_one_refusal_stops_where_all_must_agree() -> None:
    case = countersign("6000000")
    case.do("sign", "luo.yi", countersign_decision="reject", countersign_opinion="产能不足")
    assert case.open == ["revise"]
    assert case.variables["reviewed_by"] == "countersign"


@pytest.mark.requirement("PE-05")
def test_a_million_needs_no_countersign() -> None:
    assert contract("1000000").do("director_review", director_decision="approve").open == ["legal_review"]


def complaint() -> Case:
    return Case(
        "complaint",
        company="甲",
        contact_name="乙",
        phone="13800138000",
        channel="phone",
        subject="交付延迟",
        description="晚了两周",
    )


@pytest.mark.requirement("RU-04")
def test_a_complaint_becomes_urgent_after_a_day() -> None:
    case = complaint()
    assert case.task("handle").candidate_groups == ("service",)
    assert abs(case.timer("unhandled") - clock.now() - timedelta(hours=24)) < timedelta(minutes=1)
    case.fire("unhandled")
    assert case.variables["urgency"] == "urgent"
    assert case.to("tell_director") == ["ma.ning"]
    assert case.open == ["handle"]


def test_a_complaint_comes_back_until_the_customer_is_satisfied() -> None:
    case = complaint().do("handle", resolution="explained", handling="致歉")
    case.do("call_back", satisfied="no", satisfaction=3)
    case.do("handle", resolution="replaced", handling="换货")
    assert case.variables["satisfied"] is None
    assert case.variables["handling"] == "换货"
    assert case.do("call_back", satisfied="yes", satisfaction=9).over
    assert case.ends[-1] == "closed"
