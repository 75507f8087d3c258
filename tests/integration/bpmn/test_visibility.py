"""Who sees which cases: asked of one, of few or of all it is the same."""

import random
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.visibility import may_see, only_visible
from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.identity.models import Department, User
from process_server.identity.principal import Principal
from process_server.tasks.handling.models import Copy
from process_server.tasks.models import UserTask
from tests.integration.crm import CHEN, DEMO, LIU, SUN, ZHOU, instance, people, process, task_row

PEOPLE = ("chen", "zhou", "liu", "sun", "wang")
STAND_INS = (
    replace(SUN, stands_in_for={"chen": None}),
    replace(SUN, stands_in_for={"zhou": frozenset({"lead"}), "wang": frozenset({"order"})}),
)
CASES = 150


@pytest.fixture
def cases(session: Session) -> list[dict[str, Any]]:
    """Cases of two processes, a third of them called by another, each with some tasks and now and then a copy."""
    people(session)
    session.add(Department(id="above", name="Above", head_id="sun"))
    session.add(Department(id="below", name="Below", parent_id="above"))
    session.flush()
    session.execute(update(User).where(User.id == "zhou").values(department_id="below"))
    by_key = {key: process(session, key) for key in ("lead", "order")}
    chance = random.Random(11)
    made: list[dict[str, Any]] = []
    for _ in range(CASES):
        key = chance.choice(sorted(by_key))
        begun = {"initiator": chance.choice([None, *PEOPLE])}
        caller = chance.choice(made) if made and chance.random() < 0.3 else None
        called = {"root_id": caller["root"], "parent_id": caller["id"]} if caller else {}
        case = instance(session, by_key[key], **begun, **called)
        tasks = [_task(chance) for _ in range(chance.choice((0, 0, 1, 2)))]
        for fields in tasks:
            row = task_row(case, by_key[key], created_at=now(), **fields)
            session.execute(insert(UserTask).values(row))
        copied = [chance.choice(PEOPLE)] if chance.random() < 0.1 else []
        for person in copied:
            session.execute(insert(Copy).values(id=new_id(), process_instance_id=case, recipient=person, at=now()))
        root = caller["root"] if caller else case
        made.append({"id": case, "root": root, "key": key, "tasks": tasks, "copied": copied, **begun})
    return made


def _task(chance: random.Random) -> dict[str, Any]:
    def sometimes(share: float, values: tuple[str, ...]) -> str | None:
        return chance.choice(values) if chance.random() < share else None

    done = chance.random() < 0.4
    return {
        "state": "completed" if done else "open",
        "assignee": sometimes(0.4, PEOPLE),
        "completed_by": chance.choice(PEOPLE) if done else None,
        "owner": sometimes(0.1, PEOPLE),
        "candidate_users": [who] if (who := sometimes(0.2, PEOPLE)) else [],
        "candidate_groups": [which] if (which := sometimes(0.2, ("sales", "sales-director", "legal"))) else [],
    }


TEAMS = {"liu": {"chen", "zhou"}, "sun": {"zhou"}}


def _has_to_do(person: Principal, case: dict[str, Any]) -> bool:
    """Say what visibility means, of one case alone."""
    me, team = person.user_id, TEAMS.get(person.user_id, set())
    return (
        case["initiator"] in {me, *team}
        or me in case["copied"]
        or any(
            me in (task["assignee"], task["completed_by"], task["owner"], *task["candidate_users"])
            or task["assignee"] in team
            or person.belongs_to(*task["candidate_groups"])
            or any(person.acts_for(each, case["key"]) for each in (task["assignee"], *task["candidate_users"]) if each)
            for task in case["tasks"]
        )
    )


@pytest.mark.parametrize("person", [CHEN, ZHOU, LIU, SUN, *STAND_INS, DEMO, Principal("nobody", "Nobody")])
def test_each_way_to_ask_gives_the_same(session: Session, cases: list[dict[str, Any]], person: Principal) -> None:
    roots = {case["root"] for case in cases if person.admin or _has_to_do(person, case)}
    expected = {case["id"] for case in cases if case["root"] in roots}
    if person.groups or person.admin:
        assert expected
    ids = select(table_of(ProcessInstance).c.id)
    assert {case["id"] for case in cases if may_see(session, case["id"], person)} == expected
    for few in (True, False):
        found: set[UUID] = set(session.scalars(only_visible(ids, person, few)))
        assert found == expected
