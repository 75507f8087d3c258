"""Conditions over lists in the language of gateways: what they leave, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from process_server.bpmn.models import ProcessInstance
from process_server.clock import now
from process_server.db import Session
from process_server.errors import InvalidExpression
from process_server.expressions.functions import today
from process_server.i18n import error_text
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.columns import BusinessField, Columns
from process_server.tasks.inbox.lists import listing
from process_server.tasks.inbox.pages import Query
from process_server.tasks.models import UserTask
from tests.integration.crm import DEMO, people, task

DAY = timedelta(days=1)
FIELDS = {
    "amount": BusinessField("amount", "金额", "Amount", "number"),
    "customer": BusinessField("customer", "客户", "Customer", "text"),
    "region": BusinessField("region", "大区", "Region", "key"),
    "wanted": BusinessField("wanted", "日期", "Date", "date"),
    "rush": BusinessField("rush", "加急", "Rush", "boolean"),
    "marks": BusinessField("marks", "标记", "Marks", "list"),
}


@pytest.fixture
def offers(session: Session) -> Session:
    people(session)

    def offer(name: str, variables: dict[str, Any], **fields: Any) -> None:
        made = task(session, name=name, **fields)
        case = session.get_one(UserTask, made).process_instance_id
        session.execute(update(ProcessInstance).where(ProcessInstance.id == case).values(variables=variables))

    offer(
        "big",
        {
            "amount": Decimal("5000.01"),
            "customer": "海尔",
            "region": "east",
            "wanted": today(),
            "rush": True,
            "marks": ["a", "b"],
        },
        assignee="chen",
        due_at=now() - DAY,
    )
    offer(
        "small",
        {"amount": 5000, "customer": "美的 50%", "region": "west"},
        candidate_groups=["sales"],
        due_at=now() + DAY,
    )
    offer("none", {"amount": "much"})
    return session


def found(session: Session, where: str) -> set[str]:
    columns = Columns(listing("all"), DEMO, FIELDS)
    return {
        entry.cells["title"] for entry in inbox.page(session, columns, Query("all", where=where), ["title"]).entries
    }


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("amount > 5000", {"big"}),
        ("= amount > 5000", {"big"}),
        ("${amount > 5000}", {"big"}),
        ("amount >= 5000 and not region == 'east'", {"small"}),
        ("${amount ge 5000 && !(region eq 'east')}", {"small"}),
        ("= amount between 5000 and 6000", {"big", "small"}),
        ("= amount in [5000..5000]", {"small"}),
        ("= amount in (5000..6000)", {"big"}),
        ("amount * 2 - 1 > 9999", {"big"}),
        ("priority * 2000000000 > 1", {"big", "small", "none"}),
        ('region in ["east", "north"]', {"big"}),
        ('= region in ("east", "west")', {"big", "small"}),
        ("customer = '海尔' or assignee = 'zhou'", {"big"}),
        ('= contains(customer, "50%")', {"small"}),
        ("customer.contains('海')", {"big"}),
        ("customer = null", {"none"}),
        ("customer != null", {"big", "small"}),
        ("empty customer", {"none"}),
        ("due < now()", {"big"}),
        ('= due < now() + duration("P2D")', {"big", "small"}),
        ("wanted = today()", {"big"}),
        ('= wanted < today() + duration("P1D")', {"big"}),
        ("wanted >= '2020-01-01'", {"big"}),
        ("due > '2020-01-01T00:00:00Z'", {"big", "small"}),
        ("rush", {"big"}),
        ("rush = true", {"big"}),
        ("not rush", set()),
        ('= list contains(groups, "sales")', {"small"}),
        ("'b' in marks", {"big"}),
        ("field.amount > 5000", {"big"}),
        ("process = 'lead' and priority = 50", {"big", "small", "none"}),
        ('customer = "\'; DROP TABLE user_task; --"', set()),
    ],
)
def test_a_condition_leaves_what_it_says(offers: Session, where: str, expected: set[str]) -> None:
    assert found(offers, where) == expected


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("amount >", "ends"),
        ("secret = 1", "secret"),
        ("amount", "condition"),
        ("amount = 'x'", "number"),
        ("due > 5", "date and time"),
        ("due > 'tomorrow'", "date and time"),
        ("groups = 'sales'", "contains"),
        ("amount > null", "null"),
        ("supervisor('chen') = 'liu'", "supervisor"),
        ("= if rush then true else false", "comparisons"),
        ('= some x in tags satisfies x = "a"', "comparisons"),
        ("customer.upper() = 'A'", "method"),
        ("amount / 0 > 1", "div"),
        ("''.join(['a'])", "method"),
        ("1", "condition"),
        ("a" * 3000, "2000"),
        ('= duration("P900000D") = null', "duration"),
        ('= wanted < date("9999-12-31") + duration("P2D")', "calendar"),
    ],
)
def test_what_cannot_be_said_is_named(offers: Session, where: str, reason: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        found(offers, where)
    assert reason in str(refused.value)


def test_a_refusal_is_told_in_its_readers_language(offers: Session) -> None:
    with pytest.raises(InvalidExpression) as refused:
        found(offers, "amount > 'x'")
    assert error_text("zh-CN", refused.value).endswith("数字与文本无法比较。")
