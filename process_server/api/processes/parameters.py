"""Parameters: figures that expressions read and analysts change without deploying."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Page, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn import parameters, queries
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/parameters", "parameters")

Key = Annotated[str, Path(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=100, examples=["follow_up_limit"])]


class ParameterShown(Shown):
    """A figure: any value a variable may have."""

    key: str
    value: Any
    description: str | None
    changed_at: datetime
    changed_by: str | None


class NewValue(Request):
    """The value from now on. A description left out stays as it is."""

    value: Annotated[Any, Field(examples=["P3D"])]
    description: Annotated[Text | None, Field(max_length=1000)] = None


@router.get("", response_model=Page[ParameterShown])
@transaction("parameters:read")
def find(session: Session, actor: Principal) -> Response:
    """List every parameter by key."""
    return answer({"items": [_shown(row) for row in parameters.list_parameters(session)], "next": None})


@router.get("/{key}", response_model=ParameterShown, responses=documented(404))
@transaction("parameters:read")
def get(session: Session, actor: Principal, key: Key) -> Response:
    """Get a parameter."""
    return answer(_shown(parameters.get_parameter(session, key)))


@router.put("/{key}", response_model=ParameterShown, responses=documented(413))
@transaction("parameters:write")
def put(session: Session, actor: Principal, key: Key, body: NewValue) -> Response:
    """Set a parameter, or make a new one, for administrators; every expression reads it from now on."""
    parameters.set_parameter(session, key, body.value, actor=actor, description=body.description)
    return answer(_shown(parameters.get_parameter(session, key)))


def _shown(row: queries.Row) -> dict[str, Any]:
    return dict(row) | {"value": values.show(row["value"])}
