"""Whether somebody may do something, on the wire: what the rules of this server say, in Camunda's words."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import queries, visibility
from process_server.bpmn.visibility import may_start
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity import accounts
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist
from process_server.tasks.permission import may_work

router = resource("/authorization", "Authorization")

ANY = "*"
READ, LIST = frozenset({"READ"}), frozenset({"READ", "CREATE"})
WORK = frozenset({"UPDATE", "TASK_WORK", "TASK_ASSIGN"})
RESOURCES = {
    0: "application",
    1: "user",
    2: "group",
    5: "filter",
    6: "process definition",
    7: "task",
    8: "process instance",
    10: "decision definition",
    19: "historic task",
    20: "historic process instance",
}
"""Camunda's numbers of resources; what is none of these is an administrator's business alone."""


class Question(Wire):
    """May somebody, by default oneself, do this to that?"""

    permission_name: Text
    resource_name: Text
    resource_type: Annotated[int, Field(ge=0, le=100)]
    resource_id: Text | None = None
    user_id: Text | None = None


class Allowed(Wire):
    """Whether it is allowed."""

    permission_name: str
    resource_name: str
    resource_id: str | None
    authorized: bool


@router.get("/check", response_model=Allowed)
@operation("people:read")
def check(session: Session, actor: Principal, asked: Annotated[Question, QueryParameters()]) -> Response:
    """Say whether one may do something; of others an administrator may ask."""
    person = actor
    if asked.user_id not in (None, actor.user_id):
        actor.require_admin()
        account = accounts.find_account(session, asked.user_id)
        if account is None:
            raise NotFound(kind="user", id=asked.user_id)
        person = account.principal
    return answer(
        {
            "permissionName": asked.permission_name,
            "resourceName": asked.resource_name,
            "resourceId": asked.resource_id,
            "authorized": person.admin or _is_allowed(session, person, asked),
        }
    )


def _is_allowed(session: Session, person: Principal, asked: Question) -> bool:
    rule = _RULES.get(RESOURCES.get(asked.resource_type, ""))
    given = asked.resource_id
    return rule is not None and rule(session, person, asked.permission_name.upper(), None if given == ANY else given)


def _application(session: Session, person: Principal, permission: str, name: str | None) -> bool:
    return permission == "ACCESS" and name == "tasklist"


def _known(session: Session, person: Principal, permission: str, name: str | None) -> bool:
    return permission in READ


def _filter(session: Session, person: Principal, permission: str, name: str | None) -> bool:
    return permission in LIST


def _definition(session: Session, person: Principal, permission: str, key: str | None) -> bool:
    if permission != "CREATE_INSTANCE":
        return permission in READ
    found = [row for row in queries.list_definitions(session) if key in (None, row["key"])]
    return bool(found) and all(may_start(person, row["candidate_starters"]) for row in found)


def _instance(session: Session, person: Principal, permission: str, case: str | None) -> bool:
    return permission in READ and case is not None and visibility.may_see(session, _id(case), person)


def _task(session: Session, person: Principal, permission: str, task_id: str | None) -> bool:
    if task_id is None:
        return permission == "CREATE"
    try:
        task = worklist.find_task(session, _id(task_id), person)
    except NotFound:
        return False
    return permission in READ or (permission in WORK and may_work(person, task))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidRequest("{text} is no id.", text=text) from error


_RULES: dict[str, Callable[[Session, Principal, str, Any], bool]] = {
    "application": _application,
    "user": _known,
    "group": _known,
    "filter": _filter,
    "process definition": _definition,
    "decision definition": _known,
    "task": _task,
    "process instance": _instance,
    "historic task": _task,
    "historic process instance": _instance,
}
