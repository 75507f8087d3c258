"""The shipped processes over HTTP: every person works with a token of their own, and time is moved by the clock."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from process_server import clock
from process_server.application import read_files
from process_server.bpmn import jobs
from process_server.db import unit_of_work
from process_server.documents.jobs import archive_sheets
from process_server.identity import tokens
from process_server.identity.organisation import load_organisation
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

PROCESSES = Path(__file__).parents[2] / "processes"
SEVEN = ["enter_lead", "assign_lead", "follow_up", "convert", "request_quote", "approve_contract", "confirm_payment"]
LEAD = {
    "company": "上海远景机械",
    "contact_name": "陆明",
    "phone": "13800138000",
    "origin": "上海",
    "industry": "manufacturing",
    "source": "website",
}
FOLLOW_UP = {"follow_up_date": "2026-11-20", "follow_up_method": "phone", "follow_up_notes": "初次沟通"}
CONTRACT = {
    "contract_no": "HT-1",
    "contract_name": "改造合同",
    "contract_type": "sales",
    "signing_date": "2026-12-01",
    "payment_due": "2027-01-31",
    "payment_terms": "net30",
}


class Company:
    """The people of the demo company, each speaking to the API."""

    def __init__(self, http: TestClient) -> None:
        self.http = http
        self.clients: dict[str, Client] = {}

    def __getitem__(self, user: str) -> Client:
        if user not in self.clients:
            with unit_of_work() as session:
                _, secret = tokens.create_token(session, user, "test", scopes=())
            self.clients[user] = Client(self.http, Authorization=f"Bearer {secret}")
        return self.clients[user]

    def start(self, user: str, process: str, key: str, **variables: Any) -> str:
        body = {"definition_key": process, "business_key": key, "variables": variables}
        return str(self[user].post("/instances", 201, **body)["id"])

    def open(self) -> list[str]:
        return [task["element_id"] for task in self["demo"].get("/tasks")["items"]]

    def task(self, element: str) -> str:
        (task,) = [task for task in self["demo"].get("/tasks")["items"] if task["element_id"] == element]
        return str(task["id"])

    def do(self, user: str, element: str, expected: int = 200, **values: Any) -> Any:
        """Complete the open task of a step as somebody."""
        assert self.open() == [element]
        return self[user].post(f"/tasks/{self.task(element)}/complete", expected, variables=values)

    def unread(self, user: str, text: str) -> int:
        notes = self[user].get("/notifications")["items"]
        return sum(text in str(note) for note in notes)


@pytest.fixture
def company(http: TestClient) -> Company:
    with unit_of_work() as session:
        load_organisation(session, PROCESSES / "organisation.toml")
    company = Company(http)
    report = company["demo"].deploy(read_files([PROCESSES]))
    assert report["warnings"] == []
    return company


def to_quote(company: Company, price: str) -> str:
    """Bring a lead to the quote and ask for its approval."""
    instance = company.start("lin.yue", "lead_to_cash", "XS-1", **LEAD)
    company.do("sun.hao", "follow_up", **FOLLOW_UP, follow_up_result="convert")
    company.do(
        "sun.hao",
        "convert",
        opportunity_name="改造",
        opportunity_amount="90000",
        opportunity_stage="analysis",
        expected_close="2027-01-20",
        product_need="机器人",
    )
    lines = [{"product": "机器人", "quantity": 1, "unit_price": price, "discount": None}]
    company.do("sun.hao", "request_quote", quote_lines=lines, quote_valid_until="2027-01-31")
    return instance


@pytest.mark.requirement("PE-17")
def test_a_lead_goes_from_entry_to_cash_through_seven_steps(company: Company) -> None:
    instance = to_quote(company, "49000.00")
    company.do("sun.hao", "negotiate", negotiation_result="won", contract_amount="120000.00", **CONTRACT)
    company.do("zhou.wei", "director_review", director_decision="approve")
    company.do("liu.yan", "legal_review", legal_decision="approve", legal_risk="low")
    company.do("tang.yu", "finance_review", finance_decision="approve", credit_rating="A")
    company.do("qian.wen", "archive", archive_no="DA-1", originals_complete=True)
    archive_sheets()
    payment = {"payment_date": "2027-01-10", "payment_method": "transfer", "bank_reference": "T-1"}
    company.do("tang.yu", "confirm_payment", payment_amount="50000.00", **payment)
    company.do("gao.jie", "confirm_payment", payment_amount="70000.00", **payment)
    assert company["demo"].get(f"/instances/{instance}")["state"] == "completed"
    visits = [visit["element_id"] for visit in company["demo"].get(f"/instances/{instance}/history")["items"]]
    assert list(dict.fromkeys(element for element in visits if element in SEVEN)) == SEVEN
    assert visits[-1] == "cash_collected"


@pytest.mark.requirement("PE-16")
@pytest.mark.parametrize(("price", "step"), [("50000.00", "negotiate"), ("50000.01", "review_quote")])
def test_a_quote_above_50000_needs_the_sales_director(company: Company, price: str, step: str) -> None:
    to_quote(company, price)
    assert company.open() == [step]


@pytest.mark.requirement("PE-16")
def test_nobody_passes_the_sales_director_through_the_api(company: Company) -> None:
    to_quote(company, "50000.01")
    company.do("sun.hao", "review_quote", 403, quote_decision="approve")
    assert company.open() == ["review_quote"]
    company.do("zhou.wei", "review_quote", quote_decision="approve")
    assert company.open() == ["negotiate"]


@pytest.mark.requirement("PE-10")
def test_a_lead_without_follow_up_warns_representative_and_supervisor_after_three_days(company: Company) -> None:
    company.start("lin.yue", "lead_to_cash", "XS-1", **LEAD)
    for ahead, expected in ((timedelta(days=2, hours=23, minutes=59), 0), (timedelta(days=3, minutes=1), 1)):
        with clock.travel(ahead):
            for _ in range(2):
                jobs.fire_due_timers()
                jobs.sweep_jobs()
            assert company.unread("sun.hao", "超时") == expected
            assert company.unread("xu.lan", "超时") == expected
    assert company.unread("lin.yue", "超时") == 0


@pytest.mark.requirement("PE-10")
def test_the_limit_is_changed_without_deploying(company: Company) -> None:
    company["demo"].call("PUT", "/parameters/follow_up_limit", 200, json={"value": "P1D"})
    company.start("lin.yue", "lead_to_cash", "XS-1", **LEAD)
    with clock.travel(timedelta(days=1, minutes=1)):
        jobs.fire_due_timers()
        assert company.unread("sun.hao", "超时") == 1


@pytest.mark.requirement("PE-13")
def test_a_contract_goes_from_director_to_legal_to_finance_to_archive(company: Company) -> None:
    case = company.start("sun.hao", "contract_approval", "HT-1", company="远景", contract_amount="120000", **CONTRACT)
    company.do("zhou.wei", "director_review", director_decision="approve")
    company.do("liu.yan", "legal_review", legal_decision="approve", legal_risk="low", legal_note="条款可以接受")
    company.do("tang.yu", "finance_review", finance_decision="approve", credit_rating="A")
    company.do("qian.wen", "archive", archive_no="DA-1", originals_complete=True)
    archive_sheets()
    assert company.open() == []
    assert company["sun.hao"].get(f"/instances/{case}")["state"] == "completed"
    contract = company["demo"].get(f"/instances/{case}/variables")["variables"]
    assert contract["contract_result"] == "approved"
    [sheet] = contract["sheet_file"]
    pdf = company["sun.hao"].call("GET", f"/files/{sheet['id']}").content
    assert hashlib.sha256(pdf).hexdigest() == contract["sheet_sha256"]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert all(said in text for said in ("改造合同", "120,000", "法务审批", "同意", "条款可以接受", "归档")), text


@pytest.mark.requirement("PE-13")
def test_what_legal_rejects_goes_back_to_the_submitter_with_the_reason(company: Company) -> None:
    company.start("sun.hao", "contract_approval", "HT-1", company="远景", contract_amount="120000", **CONTRACT)
    company.do("zhou.wei", "director_review", director_decision="approve")
    problems = company.do("liu.yan", "legal_review", 422, legal_decision="reject", legal_risk="high")["error"][
        "problems"
    ]
    assert [(problem["field"], problem["code"]) for problem in problems] == [("legal_opinion", "required")]
    company.do("liu.yan", "legal_review", legal_decision="reject", legal_risk="high", legal_opinion="条款不全")
    form = company["sun.hao"].get(f"/tasks/{company.task('revise')}/form")
    assert form["form"]["data"]["review_opinion"] == "条款不全"
    company.do("sun.hao", "revise", revise_action="withdraw")
    assert company.open() == []


@pytest.mark.requirement("PE-04")
@pytest.mark.parametrize(
    ("amount", "step"),
    [("99999.99", "legal_review"), ("100000.00", "legal_review"), ("100000.01", "director_review")],
)
def test_the_amount_chooses_the_path_to_the_cent(company: Company, amount: str, step: str) -> None:
    company.start("sun.hao", "contract_approval", "HT-1", company="远景", contract_amount=amount, **CONTRACT)
    assert company.open() == [step]


@pytest.mark.requirement("PE-05")
def test_very_large_contracts_are_signed_by_all_at_once(company: Company) -> None:
    company.start("sun.hao", "contract_approval", "HT-1", company="远景", contract_amount="6000000", **CONTRACT)
    company.do("zhou.wei", "director_review", director_decision="approve")
    signing = [task for task in company["demo"].get("/tasks")["items"] if task["element_id"] == "sign"]
    assert len(signing) >= 3
    for done, task in enumerate(signing, start=1):
        values = {"countersign_decision": "approve"}
        company[task["assignee"]].post(f"/tasks/{task['id']}/complete", variables=values)
        assert company.open().count("sign") == len(signing) - done
    assert company.open() == ["legal_review"]


@pytest.mark.requirement("PE-31")
def test_a_step_cannot_be_done_twice_or_by_tampering(company: Company) -> None:
    company.start("lin.yue", "lead_to_cash", "XS-1", **LEAD)
    task = company.task("follow_up")
    values = {**FOLLOW_UP, "follow_up_result": "convert", "company": "somebody else", "quote_result": "approved"}
    company["sun.hao"].post(f"/tasks/{task}/complete", variables=values)
    error = company["sun.hao"].error("POST", f"/tasks/{task}/complete", 409, json={"variables": values})
    assert error["code"] == "already_completed"
    instance = company["demo"].get("/instances", definition_key="lead_to_cash")["items"][0]["id"]
    variables = company["demo"].get(f"/instances/{instance}/variables")["variables"]
    assert variables["company"] == LEAD["company"]
    assert "quote_result" not in variables


@pytest.mark.requirement("PE-07")
@pytest.mark.requirement("PE-08")
@pytest.mark.parametrize(("origin", "region"), [("杭州", "east"), ("深圳", "south")])
def test_the_origin_of_a_lead_decides_the_region(company: Company, origin: str, region: str) -> None:
    instance = company.start("lin.yue", "lead_to_cash", "XS-1", **(LEAD | {"origin": origin, "industry": "retail"}))
    variables = company["demo"].get(f"/instances/{instance}/variables")["variables"]
    assert variables["region"] == region
    assert variables["sales_team"] == f"sales-{region}"


@pytest.mark.requirement("PE-07")
def test_of_five_two_and_nine_open_tasks_the_one_with_two_gets_the_lead(company: Company) -> None:
    calls = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${calls}</bpmn:loopCardinality>"
    call = user("call", 'camunda:assignee="${seller}"', f"{calls}</bpmn:multiInstanceLoopCharacteristics>")
    company["demo"].deploy({"calls.bpmn": process(start(), call, end(), flow("start > call > end"), key="calls")})
    for seller, load in (("wang.lei", 5), ("li.na", 2), ("chen.fang", 9)):
        company.start("demo", "calls", seller, seller=seller, calls=load)
    lead = LEAD | {"industry": "retail"}
    cases = [company.start("lin.yue", "lead_to_cash", f"XS-{number}", **lead) for number in range(6)]
    owners = [company["demo"].get(f"/instances/{case}/variables")["variables"]["owner"] for case in cases]
    # at five each they take turns: who was given one longest ago is next
    assert owners == ["li.na", "li.na", "li.na", "wang.lei", "li.na", "wang.lei"]
    todo = [task["element_id"] for task in company["li.na"].get("/tasks")["items"]]
    assert todo.count("follow_up") == 4
    assert [company.unread("li.na", f"XS-{number}") for number in range(6)] == [1, 1, 1, 0, 1, 0]


@pytest.mark.requirement("PE-07")
def test_a_lead_nobody_fits_waits_in_the_pool_of_the_sales_manager(company: Company) -> None:
    lead = {name: value for name, value in LEAD.items() if name not in ("origin", "industry")}
    company.start("lin.yue", "lead_to_cash", "XS-1", **lead)
    assert company.open() == ["assign_from_pool"]
