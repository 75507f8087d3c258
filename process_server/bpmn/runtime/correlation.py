"""Who a message or signal is for: waiting instances first, then processes it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.models import ProcessDefinition, ProcessInstance, Subscription
from process_server.bpmn.runtime import kept_messages
from process_server.bpmn.runtime.addressing import ANYBODY, Address
from process_server.bpmn.waits import EventWait, Thrown
from process_server.config import settings
from process_server.db import table_of
from process_server.errors import AmbiguousCorrelation

if TYPE_CHECKING:
    from process_server.bpmn.runtime.conductor import Conductor
    from process_server.bpmn.runtime.running import Running

_subscription = table_of(Subscription)
_instance = table_of(ProcessInstance)
_definition = table_of(ProcessDefinition)

_WAITING = (
    select(
        _subscription.c.id,
        _subscription.c.element_id,
        _subscription.c.process_instance_id,
        _subscription.c.definition_id,
        _subscription.c.correlation_key,
        _instance.c.root_id,
        _instance.c.business_key,
    )
    .outerjoin(_instance, _instance.c.id == _subscription.c.process_instance_id)
    .join(_definition, _definition.c.id == _subscription.c.definition_id)
)


def subscriptions(
    session: Session,
    kind: str,
    name: str,
    address: Address = ANYBODY,
    *,
    unkeyed: bool = False,
) -> list[Row[Any]]:
    """Return which instances wait for a message or signal, the oldest first.

    With `unkeyed` those follow who wait for any correlation key.
    """
    query = _named(kind, name).where(
        _subscription.c.process_instance_id.is_not(None), _instance.c.suspended_at.is_(None)
    )
    if address.business_key is not None:
        query = query.where(_instance.c.business_key == address.business_key)
    if address.correlation_key is not None:
        held = _subscription.c.correlation_key
        fits = held == address.correlation_key
        query = query.where(or_(fits, held.is_(None)) if unkeyed else fits).order_by(held.is_(None))
    if address.instance_id is not None:
        query = query.where(_subscription.c.process_instance_id == address.instance_id)
    if address.variables:
        query = query.where(_instance.c.variables.contains(dict(address.variables)))
    return list(session.execute(query.order_by(_instance.c.root_id, _subscription.c.created_at, _subscription.c.id)))


def starts(session: Session, kind: str, name: str) -> list[Row[Any]]:
    """Return the start events that a message or signal starts a process at."""
    query = _named(kind, name).where(_subscription.c.process_instance_id.is_(None), _definition.c.suspended.is_(False))
    return list(session.execute(query))


def _named(kind: str, name: str) -> Select[Any]:
    return _WAITING.where(_subscription.c.kind == kind, _subscription.c.name == name)


def deliver_message(
    conductor: Conductor,
    name: str,
    values: dict[str, Any],
    address: Address,
    *,
    strict: bool = True,
    unkeyed: bool = False,
) -> Running | None:
    """Give a message to the one instance that waits for it, or start one; None when nobody wants it.

    Raises AmbiguousCorrelation when several instances wait and `strict` is set.
    """
    found = subscriptions(conductor.session, "message", name, address, unkeyed=unkeyed)
    if address == ANYBODY:
        found = [row for row in found if _in_conversation(conductor.session, row, name, values)]
    if strict and len({row.process_instance_id for row in found}) > 1:
        raise AmbiguousCorrelation(name=name, count=len(found))
    for row in found:
        running = conductor.open_active(row.process_instance_id)
        if running is not None and row.id in running.execution.waits:
            conductor.deliver(running, row.id, values)
            return running
    if address.instance_id is not None:
        return None
    for row in starts(conductor.session, "message", name):
        return start(conductor, row, values, address.business_key)
    return None


def _in_conversation(session: Session, row: Row[Any], name: str, values: Mapping[str, Any]) -> bool:
    """Say whether a message that names nobody belongs to the conversation an instance has begun."""
    if row.correlation_key is None:
        return True
    conversation = definition(session, row.definition_id).program.conversations.get(name)
    return conversation is None or conversation.key_in(values) == row.correlation_key


def deliver_signal(
    conductor: Conductor, name: str, values: dict[str, Any], sender: Running | None = None
) -> list[Running]:
    """Give a signal to every instance that waits for it but its sender, and start every process it starts."""
    reached = []
    for running, token in list(_waiting_here(conductor, "signal", name)):
        if running is not sender and token in running.execution.waits:
            conductor.deliver(running, token, values)
            reached.append(running)
    for row in subscriptions(conductor.session, "signal", name):
        if row.process_instance_id in conductor.running:
            continue
        opened = conductor.open_active(row.process_instance_id)
        for token in [wait.token for wait in _waits_of(opened, "signal", name)] if opened else []:
            if opened is not None and token in opened.execution.waits:
                conductor.deliver(opened, token, values)
                reached.append(opened)
    reached += [start(conductor, row, values) for row in starts(conductor.session, "signal", name)]
    return reached


def deliver_thrown(conductor: Conductor, sender: Running, thrown: Thrown) -> None:
    """Deliver what an instance threw: a signal to all, a message to the one who fits best."""
    if thrown.kind == "signal":
        deliver_signal(conductor, thrown.name, thrown.variables, sender)
        return
    for wanted in dict.fromkeys((thrown.correlation_key, None)):
        for running, token in list(_waiting_here(conductor, "message", thrown.name)):
            wait = running.execution.waits[token]
            if isinstance(wait, EventWait) and (thrown.correlation_key is None or wait.correlation_key == wanted):
                conductor.deliver(running, token, thrown.variables)
                return
    for key in dict.fromkeys((sender.business_key, None)):
        address = Address(key, thrown.correlation_key)
        if deliver_message(conductor, thrown.name, thrown.variables, address, strict=False, unkeyed=True):
            return
    if settings().message_buffer:
        kept_messages.keep(
            conductor.session,
            thrown.name,
            thrown.variables,
            Address(correlation_key=thrown.correlation_key),
            how_long=timedelta(seconds=settings().message_buffer),
            actor=conductor.actor,
        )


def _waiting_here(conductor: Conductor, kind: str, name: str) -> Iterator[tuple[Running, UUID]]:
    for running in list(conductor.running.values()):
        for wait in _waits_of(running, kind, name):
            if wait.token in running.execution.waits:
                yield running, wait.token


def _waits_of(running: Running, kind: str, name: str) -> list[EventWait]:
    return [
        wait
        for wait in running.execution.waits.values()
        if isinstance(wait, EventWait) and wait.kind == kind and wait.name == name
    ]


def start(conductor: Conductor, row: Row[Any], values: dict[str, Any], business_key: str | None = None) -> Running:
    """Start a process at one of its start events (see `starts`)."""
    return conductor.begin(
        definition(conductor.session, row.definition_id),
        values,
        business_key=business_key,
        initiator=conductor.actor,
        start_element=row.element_id,
    )
