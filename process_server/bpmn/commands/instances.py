"""Commands to process instances: start, set variables, cancel."""

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from process_server import values
from process_server.bpmn.definitions import Definition, definition, find_definition_id
from process_server.bpmn.engine.instructions import Begin
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Once, Running
from process_server.bpmn.visibility import require_may_start
from process_server.db import table_of
from process_server.errors import DuplicateStart, Invalid, KeyReused, NotActive, NotAllowed
from process_server.forms import entry
from process_server.identity import audit
from process_server.identity.principal import Principal

_definition = table_of(ProcessDefinition)
_instance = table_of(ProcessInstance)


def start_instance(
    session: Session,
    definition_id: UUID,
    variables: dict[str, Any],
    *,
    actor: Principal,
    business_key: str | None = None,
    idempotency_key: str | None = None,
    start_element: str | None = None,
    invited: bool = False,
    instructions: Sequence[Begin] = (),
) -> Running:
    """Start an instance of one version of a process and run it until it waits.

    Raises NotFound, NotActive (suspended), NotAllowed (not among its candidate starters), Invalid (no such start
    event), InvalidForm, DuplicateStart (the idempotency key was used; it names the first instance), KeyReused (it was
    used for something else). A process that only events start is started at the first of them, by administrators. Who
    is `invited` need not be a candidate starter. With `instructions` administrators start it anywhere else, without
    its form.
    """
    if instructions:
        require_operator(actor)
    held = definition(session, definition_id)
    once = None
    if idempotency_key is not None:
        once = Once(idempotency_key, _digest(held, variables, business_key, start_element))
        refuse_duplicate(session, actor.user_id, once.key, once.digest)
    _require_starter(session, held, actor, invited)
    start_element = _start_event(held, start_element, actor)
    form_key, element = task_forms.start_form(held, start_element)
    if instructions:
        accepted = entry.take(variables)
    else:
        accepted = task_forms.accept(session, held, element, form_key, variables, variables={}, actor=actor)
    conductor = Conductor(session, actor.user_id)
    running = conductor.begin(
        held,
        accepted,
        business_key=business_key,
        initiator=actor.user_id,
        start_element=start_element,
        instructions=instructions,
        once=once,
    )
    try:
        conductor.settle()
    except IntegrityError as error:
        if once is None or "idempotency" not in str(error.orig):
            raise
        raise DuplicateStart(key=once.key) from error
    entry.attach_files(session, accepted, user_id=actor.user_id, instance_id=running.id)
    return running


def _require_starter(session: Session, held: Definition, actor: Principal, invited: bool) -> None:
    """Raise NotAllowed or NotActive unless somebody may start this version now."""
    row = session.execute(
        select(_definition.c.suspended, _definition.c.candidate_starters).where(_definition.c.id == held.id)
    ).one()
    if not (held.program.startable or actor.admin):
        raise NotAllowed("{process} is started by other processes only.", process=held.named)
    if row.suspended:
        raise NotActive(kind="process definition", id=held.key, state="suspended")
    if not invited:
        require_may_start(session, actor, row.candidate_starters, held.named)


def _start_event(held: Definition, asked: str | None, actor: Principal) -> str | None:
    """Return the start event asked for; none is named where the process has a plain one.

    In a process that waits for something else, an administrator stands in for its first event. Raises Invalid.
    """
    starts = held.program.starts
    plain = any(start.kind == "none" for start in starts)
    if not asked and not plain and actor.admin and starts:
        return starts[0].element
    if not (any(start.element == asked for start in starts) if asked else plain):
        raise Invalid("{process} has no start event that could be started so.", process=held.named)
    return asked or None


def refuse_duplicate(session: Session, user_id: str, idempotency_key: str, digest: bytes | None = None) -> None:
    """Raise DuplicateStart, naming the instance, when a start with this key was done already.

    With the `digest` of what is to be started, raises KeyReused where the key was used for something else.
    """
    first = session.execute(
        select(_instance.c.id, _instance.c.idempotency_digest).where(
            _instance.c.initiator == user_id, _instance.c.idempotency_key == idempotency_key
        )
    ).one_or_none()
    if first is None:
        return
    if digest is not None and first.idempotency_digest not in (None, digest):
        raise KeyReused(key=idempotency_key)
    raise DuplicateStart(key=idempotency_key, instance=first.id)


def _digest(held: Definition, variables: dict[str, Any], business_key: str | None, start_element: str | None) -> bytes:
    """Tell one request to start from another: the process whatever its version, and all that was sent."""
    asked = [held.key, business_key, start_element, values.show(variables)]
    return sha256(json.dumps(asked, sort_keys=True, default=str).encode()).digest()


def latest(session: Session, key: str) -> Definition:
    """Return the newest version of a process. Raises NotFound."""
    return definition(session, find_definition_id(session, key))


def set_variables(
    session: Session,
    instance_id: UUID,
    variables: Mapping[str, Any],
    *,
    actor: Principal,
    removed: Collection[str] = (),
) -> None:
    """Set variables of a running instance, or remove some; conditions that wait for them are looked at again.

    A suspended one takes them as well, and goes on at once where a condition waited for them.
    """
    require_operator(actor)
    conductor = Conductor(session, actor.user_id, suspended_too=True)
    running = conductor.open(instance_id)
    running.execution.set_variables(variables, removed)
    names = {"names": sorted(variables)} | ({"removed": sorted(removed)} if removed else {})
    audit.record(session, actor.user_id, "set_variables", "process_instance", str(instance_id), **names)
    conductor.settle()


def cancel_instance(session: Session, instance_id: UUID, *, actor: Principal, reason: str = "") -> None:
    """Cancel a running instance and all it called. Its initiator and administrators may."""
    conductor = Conductor(session, actor.user_id, suspended_too=True)
    running = conductor.open(instance_id)
    if not actor.admin and actor.user_id != running.initiator:
        raise NotAllowed("Only its initiator or an administrator may cancel an instance.")
    running.execution.cancel(reason or "cancelled")
    audit.record(session, actor.user_id, "cancel", "process_instance", str(instance_id), reason=reason)
    conductor.settle()


def require_operator(actor: Principal) -> None:
    """Raise NotAllowed unless the actor may operate processes."""
    if not actor.admin:
        raise NotAllowed("Only administrators may operate running processes.")
