"""Saved views: who sees them, what they keep, what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from process_server.db import Session
from process_server.errors import InvalidExpression, InvalidInput, NotAllowed, NotFound
from process_server.identity.principal import Principal
from process_server.tasks.inbox import counting, views
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.lists import listing
from tests.integration.crm import CHEN, DEMO, LIU, SUN, ZHOU, people, task

LATE = {"filters": ["due:overdue"], "sort": "-priority", "columns": "title:300!,due,priority", "q": "报价"}


def columns(person: Principal, name: str = "todo") -> Columns:
    return Columns(listing(name), person)


@pytest.fixture
def crm(session: Session) -> Session:
    people(session)
    return session


@pytest.mark.parametrize(
    ("shared", "sees"),
    [("private", {"chen"}), ("team", {"chen", "zhou", "liu"}), ("everyone", {"chen", "zhou", "liu", "sun"})],
)
def test_a_view_is_seen_by_those_it_is_shared_with(crm: Session, shared: str, sees: set[str]) -> None:
    made = views.create(crm, columns(CHEN), "Late", LATE, shared=shared, colour="#ff0000", icon="flag")
    for person in (CHEN, ZHOU, LIU, SUN):
        found = [view.id for view in views.list_views(crm, person)]
        assert (made.id in found) == (person.user_id in sees)
        if person.user_id not in sees:
            with pytest.raises(NotFound):
                views.find(crm, made.id, person)


def test_a_view_keeps_its_question_and_answers_everybody_with_their_own(crm: Session) -> None:
    made = views.create(crm, columns(CHEN), "Of sales", {"filters": ["title:报价"]}, shared="everyone")
    task(crm, name="报价一", assignee="chen")
    task(crm, name="报价二", assignee="zhou")
    task(crm, name="报价三", assignee="zhou")
    assert made.address == f"/inbox/todo?view={made.id}"
    assert [views.count(crm, made, columns(person)) for person in (CHEN, ZHOU, SUN)] == [1, 2, 0]
    task(crm, name="报价四", assignee="zhou")
    assert views.count(crm, made, columns(ZHOU)) == 2  # a few seconds old
    assert counting.count_rows(crm, columns(ZHOU), made.query) == 3


def test_only_its_owner_changes_a_view(crm: Session) -> None:
    made = views.create(crm, columns(CHEN), "Late", LATE, shared="everyone")
    for person in (ZHOU, LIU):
        with pytest.raises(NotAllowed):
            views.change(crm, made.id, columns(person), name="Mine", settings=LATE, shared="private")
        with pytest.raises(NotAllowed):
            views.remove(crm, made.id, person)
    changed = views.change(crm, made.id, columns(CHEN, "team"), name="Of my team", settings={}, shared="private")
    assert (changed.name, changed.list, changed.query.filters) == ("Of my team", "team", ())
    views.remove(crm, made.id, DEMO)
    with pytest.raises(NotFound):
        views.find(crm, made.id, CHEN)


def test_the_summary_tells_of_views_one_subscribed_to(crm: Session) -> None:
    made = views.create(crm, columns(CHEN), "Mine", {}, shared="everyone")
    task(crm, assignee="zhou")
    views.subscribe(crm, made.id, ZHOU)
    views.subscribe(crm, made.id, ZHOU)
    assert views.find(crm, made.id, ZHOU).subscribed
    assert not views.find(crm, made.id, CHEN).subscribed
    assert views.digest_lines(crm, ZHOU, {}) == [views.DigestLine("Mine", 1, made.address)]
    views.subscribe(crm, made.id, ZHOU, wanted=False)
    assert views.digest_lines(crm, ZHOU, {}) == []


@pytest.mark.parametrize(
    ("name", "settings", "look"),
    [
        ("", {}, {}),
        ("x" * 101, {}, {}),
        ("x", {"filters": ["nothing:1"]}, {}),
        ("x", {"filters": "due:overdue"}, {}),
        ("x", {"filters": [1]}, {}),
        ("x", {"sort": "groups"}, {}),
        ("x", {"where": "secret = 1"}, {}),
        ("x", {"q": "a\0"}, {}),
        ("x", {"columns": "a," * 31}, {}),
        ("x", {}, {"shared": "nobody"}),
        ("x", {}, {"colour": "red"}),
        ("x", {}, {"icon": "<b>"}),
    ],
)
def test_what_no_list_has_is_not_saved(crm: Session, name: str, settings: Any, look: dict[str, Any]) -> None:
    with pytest.raises((InvalidInput, InvalidExpression)):
        views.create(crm, columns(CHEN), name, settings, **look)


def test_there_is_no_view_by_any_id(crm: Session) -> None:
    for act in (views.find, views.remove, views.subscribe):
        with pytest.raises(NotFound):
            act(crm, uuid4(), CHEN)
