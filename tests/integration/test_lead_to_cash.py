"""A lead from entry to cash on real rows: real people, decisions, forms, connectors and timers."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from process_server import clock
from process_server.application import read_files
from process_server.bpmn import commands, jobs
from process_server.bpmn.models import Incident, ProcessInstance
from process_server.db import Session, unit_of_work
from process_server.documents.jobs import archive_sheets
from process_server.errors import NotAllowed
from process_server.identity import users
from process_server.identity.organisation import load_organisation
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask
from process_server.tasks.telling.models import Mail, Notification

FOLDER = Path(__file__).parents[2] / "processes"


@pytest.fixture(autouse=True)
def application(database: str) -> None:
    with unit_of_work() as session:
        load_organisation(session, FOLDER / "organisation.toml")
        commands.deploy(session, read_files([FOLDER]), name="crm")


def principal(session: Session, user: str) -> Principal:
    found = users.find(session, user)
    return Principal(found.id, found.name, users.groups_of(session, user), admin=found.admin)


def start(**changes: Any) -> UUID:
    lead = {
        "company": "上海远景机械",
        "contact_name": "陆明",
        "phone": "13800138000",
        "origin": "上海",
        "industry": "manufacturing",
        "source": "website",
    }
    with unit_of_work() as session:
        held = commands.latest(session, "lead_to_cash")
        actor = principal(session, "lin.yue")
        id_ = commands.start_instance(session, held.id, lead | changes, actor=actor, business_key="XS-1").id
    jobs.sweep_jobs()
    return id_


def open_tasks() -> list[UserTask]:
    with unit_of_work() as session:
        return list(session.scalars(select(UserTask).where(UserTask.state == "open").order_by(UserTask.element_id)))


def do(user: str, element: str, **values: Any) -> None:
    """Complete the one open task as somebody, then let the connectors work."""
    (task,) = open_tasks()
    assert task.element_id == element
    with unit_of_work() as session:
        commands.complete_user_task(session, task.id, values, actor=principal(session, user))
    jobs.sweep_jobs()


def told(subject: str) -> tuple[Counter[str], Counter[str]]:
    """Who was told of something, in the application and by mail."""
    with unit_of_work() as session:
        notes = session.scalars(select(Notification)).all()
        mails = session.scalars(select(Mail)).all()
        return (
            Counter(note.recipient for note in notes if str(note.params.get("subject", "")).startswith(subject)),
            Counter(mail.recipient for mail in mails if mail.subject.startswith(subject)),
        )


FOLLOW_UP = {"follow_up_date": "2026-11-20", "follow_up_method": "phone", "follow_up_notes": "初次沟通"}


@pytest.mark.requirement("PE-10")
def test_the_warning_comes_after_three_days_and_not_before() -> None:
    start()
    for ahead, expected in ((timedelta(days=2, hours=23, minutes=59), 0), (timedelta(days=3, minutes=1), 1)):
        with clock.travel(ahead):
            jobs.fire_due_timers()
            jobs.sweep_jobs()
            assert told("线索跟进超时") == (
                Counter({"sun.hao": expected, "xu.lan": expected}) if expected else Counter(),
                Counter({"sun.hao@example.com": expected, "xu.lan@example.com": expected}) if expected else Counter(),
            )
            jobs.fire_due_timers()
            jobs.sweep_jobs()
    assert sum(told("线索跟进超时")[0].values()) == 2


@pytest.mark.requirement("PE-10")
def test_a_follow_up_on_the_second_day_keeps_everybody_quiet_on_the_third() -> None:
    start()
    with clock.travel(timedelta(days=2)):
        do("sun.hao", "follow_up", **FOLLOW_UP, follow_up_result="continue")
    with clock.travel(timedelta(days=3, minutes=1)):
        jobs.fire_due_timers()
        jobs.sweep_jobs()
        assert told("线索跟进超时") == (Counter(), Counter())


@pytest.mark.requirement("PE-17")
@pytest.mark.requirement("PE-24")
def test_a_lead_goes_from_entry_to_cash() -> None:
    id_ = start()
    assert told("新线索") == (Counter(), Counter({"sun.hao@example.com": 1}))
    do("sun.hao", "follow_up", **FOLLOW_UP, follow_up_result="convert")
    opportunity = {"opportunity_name": "改造", "opportunity_amount": "180000.00", "opportunity_stage": "analysis"}
    do("sun.hao", "convert", **opportunity, expected_close="2027-01-20", product_need="机器人")
    do("xu.lan", "review_opportunity", review_decision="approve")
    lines = [{"product": "机器人", "quantity": 2, "unit_price": "75000.00", "discount": None}]
    do("sun.hao", "request_quote", quote_lines=lines, quote_valid_until="2027-01-31")
    with pytest.raises(NotAllowed):
        do("sun.hao", "review_quote", quote_decision="approve")
    do("zhou.wei", "review_quote", quote_decision="approve")
    contract = {
        "contract_no": "HT-1",
        "contract_name": "改造合同",
        "contract_type": "sales",
        "contract_amount": "150000",
    }
    dates = {"signing_date": "2026-12-01", "payment_due": "2027-01-31", "payment_terms": "net30"}
    do("sun.hao", "negotiate", negotiation_result="won", **contract, **dates)
    do("zhou.wei", "director_review", director_decision="approve")
    do("liu.yan", "legal_review", legal_decision="approve", legal_risk="low")
    do("tang.yu", "finance_review", finance_decision="approve", credit_rating="A")
    do("qian.wen", "archive", archive_no="DA-1", originals_complete=True)
    assert archive_sheets() == 1
    assert told("生产订单")[0] == Counter(["feng.tao"])
    assert told("售后工单")[0] == Counter(["ma.ning", "guo.xin"])
    payment = {"payment_date": "2027-01-10", "payment_method": "transfer", "bank_reference": "T-1"}
    do("tang.yu", "confirm_payment", payment_amount="50000.00", **payment)
    do("gao.jie", "confirm_payment", payment_amount="100000.00", **payment)
    with unit_of_work() as session:
        assert session.scalars(select(Incident)).all() == []
        instance = session.get_one(ProcessInstance, id_)
        assert instance.state == "completed"
        assert instance.variables["outstanding_amount"] == 0
        outcomes = session.scalars(select(UserTask.outcome).where(UserTask.element_id == "review_quote")).all()
        assert outcomes == ["approve"]
    assert open_tasks() == []
