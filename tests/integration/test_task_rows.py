"""What the conductor writes of user tasks, and who is told of them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from process_server.clock import now
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity import users
from process_server.identity.models import Group
from process_server.tasks import rows
from process_server.tasks.handling.workload import least_loaded
from process_server.tasks.models import UserTask
from process_server.tasks.telling import preferences
from process_server.tasks.telling.notifications import count_unread, list_notifications, mark_read
from tests.integration.crm import instance, people, process, task, task_row
from tests.statements import statements

OWN = {"on_behalf_of": None, "with_signers": False}


@pytest.fixture
def ids(session: Session):
    people(session)
    definition = process(session)
    return instance(session, definition, "L-1"), definition


def told(session: Session, user: str) -> list[tuple[str, str | None]]:
    return [(note.kind, note.task_name) for note in list_notifications(session, user)[0]]


def test_any_number_of_tasks_costs_one_statement(session: Session, ids) -> None:
    preferences.defaults(session)  # what the company says is read every half a minute
    with statements(session.connection()) as seen:
        rows.write(session, new=[task_row(*ids, assignee="chen") for _ in range(25)])
    assert len(seen) == 1
    assert len(session.scalars(select(UserTask.id)).all()) == 25


def test_a_row_keeps_every_value(session: Session, ids) -> None:
    due = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    variables = {"amount": Decimal("100000.01"), "day": date(2026, 1, 31), "n": None, "$x": 1}
    new = task_row(
        *ids,
        assignee="chen",
        candidate_users=["zhou", 'a "quoted" one'],
        candidate_groups=["sales"],
        priority=80,
        due_at=due,
        follow_up_at=due,
        form_key="follow-up",
        variables=variables,
    )
    rows.write(session, new=[new])
    kept = session.get_one(UserTask, new["id"])
    for name, value in new.items():
        assert getattr(kept, name) == value, name
    assert (kept.state, kept.revision) == ("open", 1)
    assert abs((now() - kept.created_at).total_seconds()) < 10


def test_nothing_of_its_own_is_nothing(session: Session, ids) -> None:
    new = task_row(*ids, candidate_users=None, candidate_groups=None)
    rows.write(session, new=[new])
    kept = session.get_one(UserTask, new["id"])
    assert (kept.variables, kept.candidate_users, kept.candidate_groups) == (None, [], [])


def test_the_assignee_is_told_and_nobody_else(session: Session, ids) -> None:
    rows.write(session, new=[task_row(*ids, name="跟进", assignee="chen", candidate_groups=["sales"])])
    assert told(session, "chen") == [("task_assigned", "跟进")]
    assert told(session, "zhou") == []


def test_candidates_are_told_once(session: Session, ids) -> None:
    rows.write(session, new=[task_row(*ids, name="报价", candidate_users=["chen", "sun"], candidate_groups=["sales"])])
    for user in ("chen", "zhou", "sun"):
        assert told(session, user) == [("task_offered", "报价")]
    assert told(session, "liu") == []


def test_who_is_locked_is_not_told(session: Session, ids) -> None:
    users.set_active(session, "zhou", False, actor=None)
    rows.write(session, new=[task_row(*ids, candidate_groups=["sales"])])
    assert told(session, "zhou") == []


def test_who_caused_a_task_is_not_told(session: Session, ids) -> None:
    done, new = task_row(*ids, assignee="chen"), task_row(*ids, name="next", assignee="chen")
    rows.write(session, new=[done], actor="chen")
    completed = {
        "id": done["id"],
        "assignee": "chen",
        "completed_by": "chen",
        "completed_at": now(),
        "outcome": "approve",
        "on_behalf_of": None,
        "with_signers": False,
    }
    rows.write(session, new=[new], gone=[done["id"]], completed=completed)
    assert told(session, "chen") == []


def test_completing_and_cancelling_leave_their_traces(session: Session, ids) -> None:
    first, second, third = (task_row(*ids, assignee="chen") for _ in range(3))
    rows.write(session, new=[first, second, third])
    at = now()
    completed = {
        "id": first["id"],
        "assignee": "zhou",
        "completed_by": "zhou",
        "completed_at": at,
        "outcome": "reject",
        **OWN,
    }
    rows.write(session, gone=[first["id"], second["id"]], completed=completed)
    session.expire_all()
    done = session.get_one(UserTask, first["id"])
    assert (done.state, done.completed_by, done.assignee, done.outcome, done.completed_at, done.revision) == (
        "completed",
        "zhou",
        "zhou",
        "reject",
        at,
        2,
    )
    assert session.get_one(UserTask, second["id"]).state == "cancelled"
    assert session.get_one(UserTask, third["id"]).state == "open"


def test_completing_and_going_on_costs_two_statements(session: Session, ids) -> None:
    first = task_row(*ids, assignee="chen")
    rows.write(session, new=[first])
    completed = {
        "id": first["id"],
        "assignee": "chen",
        "completed_by": "chen",
        "completed_at": now(),
        "outcome": None,
        **OWN,
    }
    with statements(session.connection()) as seen:
        rows.write(session, new=[task_row(*ids, candidate_groups=["sales"])], gone=[first["id"]], completed=completed)
    assert len(seen) == 2


def test_what_is_completed_is_not_cancelled_later(session: Session, ids) -> None:
    new = task_row(*ids, assignee="chen")
    rows.write(session, new=[new])
    rows.complete_row(
        session,
        {"id": new["id"], "assignee": "chen", "completed_by": "chen", "completed_at": now(), "outcome": None, **OWN},
    )
    rows.cancel_rows(session, [new["id"]])
    assert session.get_one(UserTask, new["id"]).state == "completed"


def test_an_offer_is_unread_while_it_can_be_taken(session: Session, ids) -> None:
    new = task_row(*ids, candidate_groups=["sales"])
    rows.write(session, new=[new])
    assert count_unread(session, "chen") == 1
    rows.cancel_rows(session, [new["id"]])
    assert count_unread(session, "chen") == 0


def test_reading_is_remembered(session: Session, ids) -> None:
    rows.write(session, new=[task_row(*ids, name=str(number), assignee="chen") for number in range(3)])
    notes, _ = list_notifications(session, "chen")
    mark_read(session, "zhou", [notes[0].id])  # not theirs
    assert count_unread(session, "chen") == 3
    mark_read(session, "chen", [notes[0].id])
    unread, _ = list_notifications(session, "chen", unread=True)
    assert {note.id for note in unread} == {note.id for note in notes[1:]}
    mark_read(session, "chen")
    assert count_unread(session, "chen") == 0


def test_notifications_come_in_pages(session: Session, ids) -> None:
    rows.write(session, new=[task_row(*ids, name=str(number), assignee="chen") for number in range(5)])
    first, cursor = list_notifications(session, "chen", limit=3)
    rest, end = list_notifications(session, "chen", limit=3, cursor=cursor)
    assert sorted(note.task_name for note in first + rest) == ["0", "1", "2", "3", "4"]
    assert end is None


def test_a_notification_speaks_the_language_of_its_reader(session: Session, ids) -> None:
    rows.write(session, new=[task_row(*ids, name="跟进", assignee="chen")])
    [note], _ = list_notifications(session, "chen")
    assert note.text("en") == "跟进 L-1 is yours to do"
    assert note.text("zh-CN") == "跟进 L-1 已分配给您"


@pytest.mark.requirement("PE-07")
class TestLeastLoaded:
    """Who has the fewest open tasks gets the next."""

    @pytest.fixture(autouse=True)
    def sellers(self, session: Session) -> None:
        session.add(Group(id="east", name="east"))
        session.flush()
        for name in ("anna", "ben", "cai"):
            users.create_user(session, name, name, groups=["east"])

    def test_fewest_open_tasks(self, session: Session) -> None:
        for name, load in (("anna", 5), ("ben", 2), ("cai", 9)):
            for _ in range(load):
                task(session, assignee=name)
        assert least_loaded(session, "east") == "ben"

    def test_ties_go_to_who_got_one_longest_ago(self, session: Session) -> None:
        for day, name in ((3, "anna"), (1, "ben"), (2, "cai")):
            task(session, assignee=name, created_at=datetime(2026, 1, day, tzinfo=UTC))
        assert least_loaded(session, "east") == "ben"

    def test_done_work_counts_for_ties_but_not_as_load(self, session: Session) -> None:
        for day, name in ((1, "anna"), (3, "ben"), (2, "cai")):
            done = {"state": "completed", "completed_by": name, "completed_at": now()}
            task(session, assignee=name, created_at=datetime(2026, 1, day, tzinfo=UTC), **done)
        assert least_loaded(session, "east") == "anna"

    def test_several_picks_of_one_command_are_spread(self, session: Session) -> None:
        assert [least_loaded(session, "east") for _ in range(4)] == ["anna", "ben", "cai", "anna"]

    def test_who_is_locked_gets_nothing(self, session: Session) -> None:
        users.set_active(session, "anna", False, actor=None)
        assert least_loaded(session, "east") == "ben"

    def test_a_group_of_nobody_is_an_error(self, session: Session) -> None:
        for group in ("unknown", "legal-nobody"):
            with pytest.raises(NotFound):
                least_loaded(session, group)
