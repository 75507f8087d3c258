"""Giving a message to whom it is meant for, one or all, and starting what a condition over variables starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.engine.elements.base import holds
from process_server.bpmn.engine.formulas import compile_condition
from process_server.bpmn.engine.variables import merged_locals, visible
from process_server.bpmn.model import Formula
from process_server.bpmn.models import ProcessDefinition
from process_server.bpmn.runtime import correlation, kept_messages
from process_server.bpmn.runtime.addressing import ANYBODY, Address
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.config import settings
from process_server.db import table_of
from process_server.errors import AmbiguousCorrelation, ExpressionFailed, NotCorrelated
from process_server.identity.principal import Principal

_definition = table_of(ProcessDefinition)
_newer = _definition.alias("newer")
_LATEST = (
    select(_definition.c.id)
    .where(
        ~exists().where(_newer.c.key == _definition.c.key, _newer.c.version > _definition.c.version),
        _definition.c.suspended.is_(False),
    )
    .order_by(_definition.c.key)
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message, whom it is meant for, and what it brings: to the case, or to the token alone that waits for it."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    local: Mapping[str, Any] = field(default_factory=dict)
    address: Address = ANYBODY
    local_variables: Mapping[str, Any] | None = None  # that those have to equal which the token alone sees


@dataclass(frozen=True, slots=True)
class Reached:
    """Who took a message: a token that waited for it, or an instance that it started (then there is no token)."""

    running: Running
    token: UUID | None


def correlate(session: Session, message: Message, *, actor: Principal, every: bool = False) -> list[Reached]:
    """Give a message to the one token that waits for it, else start the process it starts; with `every`, to all.

    Where nobody wants it and the settings say so, it is kept for whoever will. Raises NotCorrelated,
    AmbiguousCorrelation.
    """
    conductor = Conductor(session, actor.user_id)
    waiting = _waiting(conductor, message)
    if len(waiting) > 1 and not every:
        raise AmbiguousCorrelation(name=message.name, count=len(waiting))
    reached = []
    for row in waiting:
        running = conductor.open_active(row.process_instance_id)
        if running is not None and row.id in running.execution.waits:
            running.execution.set_local(row.id, message.local)
            conductor.deliver(running, row.id, dict(message.values))
            reached.append(Reached(running, row.id))
    if (every or not reached) and message.address.instance_id is None:
        starts = correlation.starts(session, "message", message.name)
        for row in starts if every else starts[:1]:
            values = {**message.values, **message.local}
            started = correlation.start(conductor, row, values, message.address.business_key)
            reached.append(Reached(started, None))
    if not reached:
        _keep(session, message, actor)
    conductor.settle()
    return reached


def _waiting(conductor: Conductor, message: Message) -> list[Row[Any]]:
    found = correlation.subscriptions(conductor.session, "message", message.name, message.address)
    wanted = message.local_variables or {}
    if not wanted:
        return found
    fitting = []
    for row in found:
        running = conductor.open_active(row.process_instance_id)
        token = running.execution.tokens.get(row.id) if running is not None else None
        held = {} if token is None else merged_locals(token)
        if all(name in held and held[name] == value for name, value in wanted.items()):
            fitting.append(row)
    return fitting


def _keep(session: Session, message: Message, actor: Principal) -> None:
    if not settings().message_buffer or message.local or message.local_variables:
        raise NotCorrelated(name=message.name)
    how_long = timedelta(seconds=settings().message_buffer)
    kept_messages.keep(
        session, message.name, dict(message.values), message.address, how_long=how_long, actor=actor.user_id
    )


def start_by_conditions(
    session: Session,
    values: Mapping[str, Any],
    *,
    actor: Principal,
    business_key: str | None = None,
    definition_id: UUID | None = None,
) -> list[Running]:
    """Start every process whose conditional start event holds for these variables, or only one version of one."""
    conductor = Conductor(session, actor.user_id)
    versions = list(session.scalars(_LATEST)) if definition_id is None else [definition_id]
    started = [
        conductor.begin(held, dict(values), business_key=business_key, initiator=actor.user_id, start_element=element)
        for held in (definition(session, version) for version in versions)
        for element in _fulfilled(conductor, held, values)
    ]
    conductor.settle()
    return started


def _fulfilled(conductor: Conductor, held: Definition, values: Mapping[str, Any]) -> list[str]:
    """Return the conditional start events of a process whose condition holds."""
    scope = visible(None, dict(values), {}, conductor.house.functions, None)
    return [
        start.element for start in held.program.starts if start.kind == "condition" and _holds(start.name or "", scope)
    ]


def _holds(text: str, scope: Mapping[str, Any]) -> bool:
    try:
        return holds(compile_condition(Formula(text)), scope)
    except ExpressionFailed:  # it reads a variable that was not sent
        return False
