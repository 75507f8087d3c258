"""How long cases are kept after their end, and taking one away."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.api.processes.definitions import Which, resolve
from process_server.bpmn import commands, queries
from process_server.bpmn.commands.history import LONGEST
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("", "retention")


class Kept(Request):
    """For how many days."""

    days: Annotated[int | None, Field(ge=0, le=LONGEST, description="Null: for good.")]


class Retention(Shown):
    """For how many days the cases of a version are kept after their end; null: for good."""

    days: int | None


@router.get("/definitions/{which}/history", response_model=Retention, responses=documented(404))
@transaction("processes:read")
def get(session: Session, actor: Principal, which: Which) -> Response:
    """Tell for how long the cases of a version are kept after their end."""
    return answer({"days": queries.history_days(session, resolve(session, which))})


@router.put("/definitions/{which}/history", status_code=204, responses=documented(404, 413))
@transaction("processes:write")
def keep(session: Session, actor: Principal, which: Which, body: Kept) -> Response:
    """Say for how long the cases of a version are kept after their end; when they go, the settings say."""
    commands.keep_history(session, resolve(session, which), body.days, actor=actor)
    return nothing()


@router.delete("/instances/{instance_id}", status_code=204, responses=documented(404, 409))
@transaction("processes:write")
def delete(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Take an ended case away for good, with all it called and all its files; for administrators."""
    commands.delete_history(session, [instance_id], actor=actor)
    return nothing()
