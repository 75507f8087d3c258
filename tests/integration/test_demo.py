"""A first visitor finds every kind of work on the desks of the demo company."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import func, select

from process_server import demo, setup
from process_server.bpmn import commands, queries
from process_server.bpmn.models import Incident
from process_server.db import Session, unit_of_work
from process_server.identity.accounts import find_account
from process_server.identity.principal import SYSTEM
from process_server.tasks.handling.models import Comment
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.pages import Query
from process_server.tasks.models import UserTask
from process_server.tasks.telling import notifications
from tests.bpmn_drawing import draw, user


@pytest.fixture
def company(database: str) -> Iterator[Session]:
    with unit_of_work() as session:
        demo.load_people(session)
        setup.deploy_shipped(session)
        commands.deploy(session, {"visit.bpmn": draw("start > look > end", look=user())}, actor="demo")
    entered = count()

    @contextmanager
    def beside_a_visitor() -> Iterator[Session]:
        """Somebody starts a case of their own while the past of the company is being made."""
        with unit_of_work() as session:
            if next(entered) == 5:
                commands.start_instance(session, commands.latest(session, "P").id, {}, actor=SYSTEM)
            yield session

    assert demo.load(beside_a_visitor, leads=2, days=10)
    with unit_of_work() as session:
        yield session


def found(session: Session, name: str, user: str = "demo") -> list[str]:
    """Return the business keys of the rows of one of somebody's lists."""
    account = find_account(session, user)
    assert account
    columns = queries.columns_of(session, name, account.principal)
    page = inbox.page(session, columns, Query(name), shown=["business_key"])
    return sorted(str(entry.cells["business_key"]) for entry in page.entries)


def test_the_visitor_finds_every_kind_of_work(company: Session) -> None:
    assert {"HT-2701", "HT-2702", "HT-2703"} <= set(found(company, "todo"))
    assert "HT-2704" in found(company, "copied")
    assert "HT-2704" in found(company, "on_behalf")
    assert found(company, "snoozed") == ["HT-2705"]
    assert len(found(company, "drafts")) == 1
    assert "HT-2702" in found(company, "overdue")


def test_tasks_are_held_delegated_returned_and_paused(company: Session) -> None:
    tasks = company.execute(select(UserTask).where(UserTask.state.in_(("open", "held")))).scalars().all()
    assert [task.assignee for task in tasks if task.state == "held"] == ["ma.ning"]
    assert [task.owner for task in tasks if task.delegation == "pending"] == ["gao.jie"]
    assert [task.pause_reason for task in tasks if task.paused_at] == ["等待客户寄回设备"]
    assert "feng.tao" in [task.assignee for task in tasks if task.element_id == "sign"]


def test_somebody_mentioned_the_visitor_and_nothing_is_stuck(company: Session) -> None:
    assert company.execute(select(func.count()).select_from(Comment)).scalar_one() >= 1
    assert company.execute(select(func.count()).select_from(Incident)).scalar_one() == 0
    assert notifications.count_unread(company, "demo") > 0
