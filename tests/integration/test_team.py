"""Who manages whom, and who stands in for whom."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from process_server import clock
from process_server.clock import now
from process_server.db import Session
from process_server.errors import Invalid, NotAllowed, NotFound
from process_server.identity import accounts, stand_ins, team, users
from process_server.identity.models import Department, User
from process_server.tasks.handling import claiming, handing
from process_server.tasks.inbox.worklist import find_task
from process_server.tasks.models import UserTask
from process_server.tasks.permission import acting_for, may_work
from tests.integration.crm import CHEN, DEMO, LIU, SUN, ZHOU, people, task


@pytest.fixture(autouse=True)
def company(session: Session) -> None:
    """Sun heads sales with the east below; Zhou is in the east and reports to Liu by name; Liu is in sales."""
    accounts._cache.clear()
    people(session)
    session.add(Department(id="sales", name="销售部", head_id="sun"))
    session.flush()
    session.add(Department(id="east", name="华东", parent_id="sales"))
    session.flush()
    session.execute(update(User).where(User.id == "zhou").values(department_id="east"))
    session.execute(update(User).where(User.id.in_(["liu", "sun"])).values(department_id="sales"))


def test_supervisors_manage_their_people_and_heads_their_departments(session: Session) -> None:
    assert team.members_of(session, "liu") == ["chen", "zhou"]
    assert team.members_of(session, "sun") == ["liu", "zhou"]
    assert team.members_of(session, "chen") == []
    assert team.manages(session, "sun", ["chen", "zhou"])
    assert not team.manages(session, "sun", ["chen", None])
    assert not team.manages(session, "sun", ["sun"])


def test_departments_in_a_circle_come_to_an_end(session: Session) -> None:
    session.execute(update(Department).where(Department.id == "sales").values(parent_id="east"))
    assert team.members_of(session, "sun") == ["liu", "zhou"]


def test_whoever_reports_is_managed_by_whom_they_report_to(session: Session) -> None:
    session.execute(update(User).where(User.id == "zhou").values(supervisor_id=None))
    for person in ("chen", "zhou", "liu"):
        above = users.supervisor(session, person)
        assert above is None or person in team.members_of(session, above)
    assert users.supervisor(session, "zhou") == "sun"


def test_a_head_sees_and_hands_on_what_the_department_works_on(session: Session) -> None:
    held = task(session, assignee="zhou")
    assert find_task(session, held, SUN).assignee == "zhou"
    handing.transfer(session, held, "chen", principal=SUN)
    with pytest.raises(NotFound):
        find_task(session, held, SUN)


def stand_in_for(session: Session, person: str):
    account = accounts.find_account(session, person, fresh=True)
    assert account is not None
    return account.principal


def test_who_stands_in_works_on_behalf(session: Session) -> None:
    stand_ins.create(session, "zhou", "sun", principal=ZHOU)
    sun = stand_in_for(session, "sun")
    own = find_task(session, task(session, assignee="zhou"), sun)
    assert may_work(sun, own)
    assert acting_for(sun, own) == "zhou"
    free = task(session, candidate_users=["zhou"])
    claiming.claim(session, free, sun)
    assert session.get_one(UserTask, free).assignee == "zhou"
    with pytest.raises(NotFound):
        claiming.claim(session, task(session, candidate_groups=["sales"]), sun)


def test_a_stand_in_holds_in_its_time_and_its_processes(session: Session) -> None:
    begins = now() + timedelta(hours=1)
    stand_ins.create(session, "zhou", "sun", principal=LIU, starts_at=begins, ends_at=begins + timedelta(hours=1))
    stand_ins.create(session, "chen", "sun", principal=CHEN, process_keys=["lead"])
    account = accounts.find_account(session, "sun", fresh=True)
    assert account is not None
    assert account.principal.stands_in_for == {"chen": frozenset({"lead"})}
    with clock.travel(timedelta(minutes=90)):
        assert account.principal.stands_in_for == {"chen": frozenset({"lead"}), "zhou": None}
    with clock.travel(timedelta(hours=3)):
        assert account.principal.stands_in_for == {"chen": frozenset({"lead"})}


def test_only_the_person_or_who_manages_them_arranges_it(session: Session) -> None:
    with pytest.raises(NotAllowed):
        stand_ins.create(session, "zhou", "chen", principal=CHEN)
    row = stand_ins.create(session, "zhou", "chen", principal=DEMO)
    with pytest.raises(NotAllowed):
        stand_ins.list_stand_ins(session, CHEN, user_id="zhou")
    assert [each.id for each in stand_ins.list_stand_ins(session, CHEN)] == [row.id]
    assert [each.id for each in stand_ins.list_stand_ins(session, SUN, user_id="zhou")] == [row.id]
    stand_ins.end(session, row.id, principal=CHEN)
    assert not stand_ins.list_stand_ins(session, ZHOU)[0].in_force
    with pytest.raises(Invalid):
        stand_ins.create(session, "zhou", "zhou", principal=ZHOU)
    with pytest.raises(Invalid):
        stand_ins.create(session, "zhou", "chen", principal=ZHOU, ends_at=now() - timedelta(hours=1))


def test_nobody_barred_gets_a_task(session: Session) -> None:
    free = task(session, candidate_groups=["sales"], barred=["chen"], actions=["transfer"])
    with pytest.raises(NotAllowed):
        claiming.claim(session, free, CHEN)
    claiming.claim(session, free, ZHOU)
    with pytest.raises(NotAllowed):
        handing.transfer(session, free, "chen", principal=DEMO)
    with pytest.raises(NotAllowed):
        handing.delegate(session, free, "liu", principal=ZHOU)
    handing.transfer(session, free, "liu", principal=ZHOU)
