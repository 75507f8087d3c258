"""The lists of the inbox: who sees which tasks, narrowed, sorted and paged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from process_server.clock import now
from process_server.db import Session
from process_server.errors import InvalidInput, NotFound
from process_server.tasks.inbox.cursors import encode_cursor
from process_server.tasks.inbox.worklist import (
    Counts,
    Filter,
    Page,
    count_tasks,
    counts,
    find_task,
    list_tasks,
    tasks_of_instance,
)
from process_server.tasks.models import UserTask
from tests.integration.crm import CHEN, DEMO, LIU, SUN, ZHOU, people, task

DAY = timedelta(days=1)


def names(page: Page) -> list[str]:
    return [row.name for row in page.rows]


@pytest.fixture
def tasks(session: Session) -> Session:
    people(session)
    task(session, name="mine", assignee="chen", candidate_groups=["sales"])
    task(session, name="zhou's", assignee="zhou", due_at=now() - DAY)
    task(session, name="for sales", candidate_groups=["sales", "legal"])
    task(session, name="for me", candidate_users=["chen"])
    task(session, name="for legal", candidate_groups=["legal"])
    task(session, name="nobody's")
    done = {"state": "completed", "completed_by": "chen", "completed_at": now()}
    task(session, name="done", assignee="chen", **done)
    task(session, name="cancelled", assignee="chen", state="cancelled")
    return session


@pytest.mark.parametrize(
    ("person", "which", "expected"),
    [
        (CHEN, "mine", ["mine"]),
        (CHEN, "claimable", ["for me", "for sales"]),
        (ZHOU, "claimable", ["for sales"]),
        (SUN, "claimable", ["for legal", "for sales"]),
        (replace(CHEN, groups=frozenset()), "claimable", ["for me"]),
        (CHEN, "done", ["done"]),
        (ZHOU, "done", []),
        (LIU, "team", ["mine", "zhou's"]),
        (CHEN, "team", []),
        (CHEN, "all", ["for me", "for sales", "mine"]),
        (LIU, "all", ["mine", "zhou's"]),
        (DEMO, "all", ["for legal", "for me", "for sales", "mine", "nobody's", "zhou's"]),
    ],
)
def test_a_list_holds_what_the_person_may_see(tasks: Session, person, which, expected) -> None:
    assert sorted(names(list_tasks(tasks, person, which))) == expected
    assert count_tasks(tasks, person, which) == len(expected)


def test_counts_come_at_once(tasks: Session) -> None:
    assert counts(tasks, CHEN) == Counts(mine=1, overdue=0, claimable=2)
    assert counts(tasks, ZHOU) == Counts(mine=1, overdue=1, claimable=1)


def test_a_row_comes_with_its_process(session: Session) -> None:
    people(session)
    task(session, business_key="L-1", assignee="chen")
    row = list_tasks(session, CHEN).rows[0]
    assert (row.business_key, row.process_key, row.process_name_en, row.process_version) == (
        "L-1",
        "lead",
        "Lead to cash",
        1,
    )
    assert (row.initiator, row.state, row.variables) == ("wang", "open", None)
    assert list_tasks(session, CHEN, with_variables=True).rows[0].variables == {"customer": "海尔"}


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(process_key="lead"),
        Filter(element="quote"),
        Filter(assignee="chen"),
        Filter(business_key="L-7"),
        Filter(initiator="wang"),
        Filter(text="报价"),
        Filter(text="l-7"),
        Filter(text="LEAD TO"),
        Filter(due_before=datetime(2026, 2, 1, tzinfo=UTC)),
        Filter(due_after=datetime(2026, 1, 1, tzinfo=UTC)),
        Filter(created_before=datetime(2026, 1, 1, tzinfo=UTC)),
        Filter(created_after=datetime(2025, 1, 1, tzinfo=UTC)),
        Filter(follow_up_before=datetime(2026, 2, 1, tzinfo=UTC)),
        Filter(priority_from=80),
        Filter(priority_to=80),
        Filter(unassigned=False),
    ],
)
@pytest.mark.parametrize("person", [CHEN, DEMO])
def test_a_filter_finds_the_task_it_describes(session: Session, wanted: Filter, person) -> None:
    people(session)
    task(
        session,
        created_at=datetime(2025, 6, 1, tzinfo=UTC),
        business_key="L-7",
        name="报价申请",
        element_id="quote",
        assignee="chen",
        priority=80,
        due_at=datetime(2026, 1, 15, tzinfo=UTC),
        follow_up_at=datetime(2026, 1, 10, tzinfo=UTC),
    )
    assert names(list_tasks(session, person, "all", wanted)) == ["报价申请"]
    assert count_tasks(session, person, "all", wanted) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(instance=uuid4()),
        Filter(process_key="other"),
        Filter(element="other"),
        Filter(assignee="zhou"),
        Filter(business_key="L"),
        Filter(initiator="chen"),
        Filter(text="%"),
        Filter(text="_"),
        Filter(due_before=datetime(2026, 1, 15, tzinfo=UTC)),
        Filter(due_after=datetime(2026, 1, 16, tzinfo=UTC)),
        Filter(created_before=datetime(2025, 6, 1, tzinfo=UTC)),
        Filter(created_after=datetime(2025, 7, 1, tzinfo=UTC)),
        Filter(follow_up_before=datetime(2026, 1, 1, tzinfo=UTC)),
        Filter(priority_from=81),
        Filter(priority_to=79),
        Filter(unassigned=True),
        Filter(candidate_group="sales"),  # it is taken
    ],
)
def test_a_filter_leaves_out_what_it_does_not_describe(session: Session, wanted: Filter) -> None:
    people(session)
    task(
        session,
        created_at=datetime(2025, 6, 1, tzinfo=UTC),
        business_key="L-7",
        assignee="chen",
        candidate_groups=["sales"],
        priority=80,
        due_at=datetime(2026, 1, 15, tzinfo=UTC),
        follow_up_at=datetime(2026, 1, 10, tzinfo=UTC),
    )
    assert names(list_tasks(session, DEMO, "all", wanted)) == []


@pytest.mark.parametrize("wanted", [Filter(text="a\0"), Filter(candidate_group="\0"), Filter(business_key="\0")])
def test_what_no_column_can_hold_is_refused(session: Session, wanted: Filter) -> None:
    with pytest.raises(InvalidInput):
        list_tasks(session, CHEN, "all", wanted)


def test_candidates_are_found_by_user_and_by_group(tasks: Session) -> None:
    assert names(list_tasks(tasks, DEMO, "all", Filter(candidate_user="chen"))) == ["for me"]
    assert names(list_tasks(tasks, DEMO, "all", Filter(candidate_group="legal"))) == ["for sales", "for legal"]
    assert names(list_tasks(tasks, CHEN, "all", Filter(candidate_group="legal"))) == ["for sales"]


def test_what_is_due_first_comes_first_and_what_is_never_due_last(session: Session) -> None:
    people(session)
    for name, due in (("never", None), ("later", now() + DAY), ("overdue", now() - DAY)):
        task(session, name=name, assignee="chen", due_at=due)
    page = list_tasks(session, CHEN)
    assert names(page) == ["overdue", "later", "never"]
    assert [row.overdue for row in page.rows] == [True, False, False]


@pytest.mark.parametrize("sort", ["due", "-due", "created", "-created", "priority", "-priority"])
@pytest.mark.parametrize("person", [CHEN, DEMO])
def test_pages_hold_every_task_once(session: Session, sort, person) -> None:
    people(session)
    start = now()
    for number in range(11):  # with equal values, so that only the id tells them apart
        task(
            session,
            created_at=start + DAY * (number % 3),
            name=str(number),
            assignee="chen",
            due_at=None if number % 2 else start + DAY * (number % 3),
            priority=number % 3,
        )
    whole = names(list_tasks(session, person, "all", sort=sort))
    assert sorted(whole, key=int) == [str(number) for number in range(11)]
    seen: list[str] = []
    cursor = None
    while True:
        page = list_tasks(session, person, "all", sort=sort, cursor=cursor, limit=3)
        seen += names(page)
        cursor = page.next
        if cursor is None:
            break
    assert seen == whole


def test_what_was_done_last_comes_first(session: Session) -> None:
    people(session)
    for number in range(4):
        task(
            session,
            name=str(number),
            assignee="chen",
            state="completed",
            completed_by="chen",
            completed_at=now() + DAY * number,
        )
    first = list_tasks(session, CHEN, "done", limit=3)
    assert names(first) == ["3", "2", "1"]
    assert names(list_tasks(session, CHEN, "done", cursor=first.next)) == ["0"]


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "中",
        encode_cursor("created", now().isoformat(), uuid4()),
        encode_cursor("due", "tomorrow", uuid4()),
        encode_cursor("due", "2026-01-01", uuid4()),
    ],
    ids=["no base64", "no ascii", "another order", "no date", "no instant"],
)
def test_a_cursor_that_is_none_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        list_tasks(session, CHEN, cursor=cursor)


def test_a_cursor_cannot_overflow_a_priority(session: Session) -> None:
    with pytest.raises(InvalidInput):
        list_tasks(session, CHEN, sort="priority", cursor=encode_cursor("priority", "99999", uuid4()))


def test_a_task_is_there_only_for_who_has_to_do_with_it(session: Session) -> None:
    people(session)
    found = task(session, assignee="zhou", candidate_groups=["sales"])
    for person in (ZHOU, CHEN, LIU, DEMO, replace(SUN, user_id="wang")):  # the last one started the process
        assert find_task(session, found, person).id == found
    for unknown, person in ((found, SUN), (uuid4(), DEMO)):
        with pytest.raises(NotFound):
            find_task(session, unknown, person)


def test_who_completed_a_task_may_look_at_it_again(session: Session) -> None:
    people(session)
    found = task(session, assignee="chen")
    session.execute(update(UserTask).where(UserTask.id == found).values(state="completed", completed_by="sun"))
    assert find_task(session, found, SUN).completed_by == "sun"


def test_an_instance_shows_its_tasks_in_order(session: Session) -> None:
    people(session)
    found = find_task(session, task(session, assignee="chen"), CHEN)
    assert tasks_of_instance(session, found.process_instance_id) == [found]
