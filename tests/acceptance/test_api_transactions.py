"""One request is one transaction, tried again where PostgreSQL gave it up for another one."""

from typing import Any

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient
from sqlalchemy import text

from process_server.api.ground.answers import answer
from process_server.api.ground.routing import resource
from process_server.api.ground.transaction import ATTEMPTS, transaction
from process_server.db import Session, unit_of_work
from process_server.errors import Conflict
from process_server.identity.principal import Principal
from tests.acceptance.client import Client

DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION 'chosen as victim' USING ERRCODE = 'deadlock_detected'; END $$"


@pytest.fixture
def tries(demo: Client) -> tuple[Client, dict[str, Any]]:
    """An endpoint that writes a row and then does what `plan` says, attempt by attempt."""
    plan: dict[str, Any] = {"attempts": 0, "faults": 0, "fault": DEADLOCK}
    router = resource("/tries")

    @router.post("")
    @transaction("tasks:write")
    def attempt(session: Session, actor: Principal) -> Response:
        """Try."""
        plan["attempts"] += 1
        session.execute(text("INSERT INTO user_group (id, name) VALUES ('tried', :by)"), {"by": actor.user_id})
        if plan["attempts"] <= plan["faults"]:
            if isinstance(plan["fault"], Exception):
                raise plan["fault"]
            session.execute(text(plan["fault"]))
        return answer({"attempt": plan["attempts"]})

    app = FastAPI()
    app.router.routes.extend(router.routes)
    return Client(TestClient(app), **demo.headers), plan


def rows() -> int:
    with unit_of_work() as session:
        return int(session.execute(text("SELECT count(*) FROM user_group WHERE id = 'tried'")).scalar_one())


def test_the_victim_of_a_deadlock_is_tried_again(tries: tuple[Client, dict[str, Any]]) -> None:
    client, plan = tries
    plan["faults"] = ATTEMPTS - 1
    assert client.post("/tries") == {"attempt": ATTEMPTS}
    assert rows() == 1


def test_not_for_ever(tries: tuple[Client, dict[str, Any]]) -> None:
    client, plan = tries
    plan["faults"] = ATTEMPTS
    with pytest.raises(Exception, match="chosen as victim"):
        client.call("POST", "/tries")
    assert plan["attempts"] == ATTEMPTS
    assert rows() == 0


@pytest.mark.parametrize("fault", [Conflict(), "SELECT 1 / 0"])
def test_what_would_fail_again_is_not_tried_again(tries: tuple[Client, dict[str, Any]], fault: Any) -> None:
    client, plan = tries
    plan |= {"faults": 1, "fault": fault}
    with pytest.raises(Exception, match=r"The state has changed|division by zero"):
        client.call("POST", "/tries")
    assert plan["attempts"] == 1
    assert rows() == 0
