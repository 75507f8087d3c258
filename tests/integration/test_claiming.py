"""Claiming, giving back, handing on: who may, and what happens when two do it at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest

from process_server.clock import now
from process_server.db import Session, unit_of_work
from process_server.errors import (
    AlreadyClaimed,
    AlreadyCompleted,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleRevision,
)
from process_server.identity import users
from process_server.identity.audit import entries_of
from process_server.tasks.handling import claiming, comments, handing
from process_server.tasks.inbox.worklist import find_task
from process_server.tasks.models import UserTask
from process_server.tasks.telling.notifications import list_notifications
from tests.integration.crm import CHEN, DEMO, LIU, SUN, ZHOU, people, task


@pytest.fixture(autouse=True)
def company(request: pytest.FixtureRequest) -> None:
    if "session" in request.fixturenames:
        people(request.getfixturevalue("session"))


def kept(session: Session, task_id) -> UserTask:
    session.expire_all()
    return session.get_one(UserTask, task_id)


def test_a_candidate_claims(session: Session) -> None:
    offered = task(session, candidate_groups=["sales"])
    assert claiming.claim(session, offered, CHEN) == 2
    row = kept(session, offered)
    assert (row.assignee, row.revision) == ("chen", 2)
    assert row.claimed_at is not None
    assert [entry.action for entry in entries_of(session, "user_task", offered)] == ["claim"]


def test_claiming_again_changes_nothing(session: Session) -> None:
    offered = task(session, candidate_users=["chen"])
    assert claiming.claim(session, offered, CHEN) == claiming.claim(session, offered, CHEN)


def test_who_comes_second_is_told_who_was_first(session: Session) -> None:
    offered = task(session, candidate_groups=["sales"])
    claiming.claim(session, offered, CHEN)
    with pytest.raises(AlreadyClaimed) as caught:
        claiming.claim(session, offered, ZHOU)
    assert caught.value.params == {"assignee": "陈静", "user": "chen"}


def test_of_two_who_claim_at_once_exactly_one_wins(database: str) -> None:
    with unit_of_work() as session:
        people(session)
        offered = [task(session, candidate_groups=["sales"]) for _ in range(20)]
    start = Barrier(2)

    def claim_all(person) -> list[str]:
        results = []
        for each in offered:
            start.wait(timeout=120)
            try:
                with unit_of_work() as session:
                    claiming.claim(session, each, person)
            except AlreadyClaimed as error:
                results.append(f"lost to {error.params['user']}")
            else:
                results.append("won")
        return results

    with ThreadPoolExecutor(2) as pool:
        chen, zhou = pool.map(claim_all, [CHEN, ZHOU])
    assert {*zip(chen, zhou, strict=True)} <= {("won", "lost to chen"), ("lost to zhou", "won")}
    with unit_of_work() as session:
        owners = [find_task(session, each, DEMO).assignee for each in offered]
        trail = [entry.actor for each in offered for entry in entries_of(session, "user_task", each)]
    assert owners == ["chen" if result == "won" else "zhou" for result in chen]
    assert trail == owners


def test_what_is_not_offered_cannot_be_claimed(session: Session) -> None:
    hidden = task(session, candidate_groups=["legal"])
    for unknown in (hidden, uuid4()):
        with pytest.raises(NotFound):
            claiming.claim(session, unknown, CHEN)
    started = replace(CHEN, user_id="wang", groups=frozenset())  # may see it, may not work it
    with pytest.raises(NotAllowed):
        claiming.claim(session, hidden, started)


def test_an_administrator_may_claim_anything(session: Session) -> None:
    lost = task(session)
    assert claiming.claim(session, lost, DEMO)


def test_what_is_done_cannot_be_claimed_or_changed(session: Session) -> None:
    done = task(session, state="completed", completed_by="zhou", candidate_groups=["sales"])
    for attempt in (
        lambda: claiming.claim(session, done, CHEN),
        lambda: claiming.release(session, done, CHEN),
        lambda: handing.transfer(session, done, "zhou", principal=CHEN),
        lambda: claiming.reschedule(session, done, CHEN, {"priority": 1}),
    ):
        with pytest.raises(AlreadyCompleted, match="周明"):
            attempt()


def test_giving_back_lets_others_claim(session: Session) -> None:
    offered = task(session, candidate_groups=["sales"])
    claiming.claim(session, offered, CHEN)
    with pytest.raises(NotAllowed):
        claiming.release(session, offered, ZHOU)
    assert claiming.release(session, offered, CHEN) == 3
    assert kept(session, offered).claimed_at is None
    assert claiming.claim(session, offered, ZHOU) == 4


def test_what_nobody_else_is_offered_is_not_given_back(session: Session) -> None:
    own = task(session, assignee="chen")
    with pytest.raises(Conflict, match="offered to nobody else"):
        claiming.release(session, own, CHEN)


def test_nobody_gives_back_what_nobody_took(session: Session) -> None:
    with pytest.raises(Conflict):
        claiming.release(session, task(session, candidate_groups=["sales"]), CHEN)


@pytest.mark.parametrize("person", [CHEN, LIU, DEMO])  # the assignee, the supervisor, an administrator
def test_a_task_is_handed_on(session: Session, person) -> None:
    own = task(session, assignee="chen")
    assert handing.transfer(session, own, "zhou", principal=person) == 2
    assert kept(session, own).assignee == "zhou"
    assert [note.kind for note in list_notifications(session, "zhou")[0]] == ["task_assigned"]
    [entry] = entries_of(session, "user_task", own)
    assert (entry.actor, entry.detail) == (person.user_id, {"before": "chen", "after": "zhou"})


def test_a_candidate_hands_on_only_what_is_free(session: Session) -> None:
    offered = task(session, candidate_groups=["sales"])
    handing.transfer(session, offered, "chen", principal=ZHOU)
    with pytest.raises(NotAllowed):
        handing.transfer(session, offered, "zhou", principal=ZHOU)


def test_nobody_hands_on_what_they_may_not_see(session: Session) -> None:
    with pytest.raises(NotFound):
        handing.transfer(session, task(session, assignee="chen"), "sun", principal=SUN)


def test_a_task_goes_to_somebody_who_is_there(session: Session) -> None:
    own = task(session, assignee="chen")
    with pytest.raises(NotFound):
        handing.transfer(session, own, "nobody", principal=CHEN)
    users.set_active(session, "zhou", False, actor=None)
    with pytest.raises(NotAllowed, match="周明"):
        handing.transfer(session, own, "zhou", principal=CHEN)


def test_a_stale_page_changes_nothing(session: Session) -> None:
    own = task(session, assignee="chen")
    claiming.reschedule(session, own, CHEN, {"priority": 90}, revision=1)
    for attempt in (
        lambda: claiming.reschedule(session, own, CHEN, {"priority": 10}, revision=1),
        lambda: handing.transfer(session, own, "zhou", principal=CHEN, revision=1),
    ):
        with pytest.raises(StaleRevision):
            attempt()
    assert kept(session, own).priority == 90


def test_moving_the_due_date_arms_the_reminder_again(session: Session) -> None:
    own = task(session, assignee="chen", due_at=now(), reminded_at=now(), escalated_at=now())
    later = now() + timedelta(days=1)
    claiming.reschedule(session, own, LIU, {"due_at": later})
    row = kept(session, own)
    assert (row.due_at, row.reminded_at, row.escalated_at) == (later, None, None)
    claiming.reschedule(session, own, CHEN, {"due_at": None})
    assert kept(session, own).due_at is None
    assert {entry.action for entry in entries_of(session, "user_task", own)} == {"reschedule"}


def test_following_up_later_is_remembered(session: Session) -> None:
    own = task(session, assignee="chen")
    later = now() + timedelta(days=1)
    claiming.reschedule(session, own, CHEN, {"follow_up_at": later})
    assert kept(session, own).follow_up_at == later


def test_only_the_first_look_of_somebody_at_work_opens_a_task(session: Session) -> None:
    own = task(session, assignee="chen")
    claiming.open_task(session, own, LIU)  # the supervisor only looks
    assert kept(session, own).opened_at is None
    claiming.open_task(session, own, CHEN)
    first = kept(session, own).opened_at
    assert first is not None
    claiming.open_task(session, own, CHEN)
    assert kept(session, own).opened_at == first


def test_a_comment_tells_those_concerned(session: Session) -> None:
    offered = task(session, name="报价", business_key="L-9", assignee="chen", candidate_groups=["sales"])
    comments.comment_on_task(session, offered, CHEN, "  客户要折扣  ")
    comments.comment_on_task(session, offered, replace(ZHOU, name_en="Zhou Ming"), "可以")
    instance_id = find_task(session, offered, CHEN).process_instance_id
    written = comments.comments_of(session, instance_id)
    assert [(each.author_name, each.text) for each in written] == [("周明", "可以"), ("陈静", "客户要折扣")]
    [note], _ = list_notifications(session, "chen")
    assert note.text("en") == "Zhou Ming commented on 报价 L-9"
    assert note.text("zh-CN").startswith("周明")
    assert list_notifications(session, "zhou")[0] == []


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001])
def test_a_comment_says_something(session: Session, text: str) -> None:
    with pytest.raises(InvalidInput):
        comments.comment_on_task(session, task(session, assignee="chen"), CHEN, text)


def test_nobody_comments_on_what_they_may_not_see(session: Session) -> None:
    with pytest.raises(NotFound):
        comments.comment_on_task(session, task(session, assignee="chen"), SUN, "hello")
