"""Commands to a single token: give it variables of its own, tell it what it waits for."""

from collections.abc import Collection, Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator, set_variables
from process_server.bpmn.commands.task_variables import set_task_variables
from process_server.bpmn.models import Job
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import EventWait, UserTaskWait
from process_server.db import table_of
from process_server.errors import NotWaiting
from process_server.identity import audit
from process_server.identity.principal import Principal

_job = table_of(Job)
_PAYLOAD = select(_job.c.payload).where(_job.c.id == bindparam("token"))
_KEEP = update(_job).where(_job.c.id == bindparam("token")).values(payload=bindparam("held"))


def set_local_variables(
    session: Session,
    instance_id: UUID,
    token: UUID,
    variables: Mapping[str, Any],
    *,
    actor: Principal,
    removed: Collection[str] = (),
) -> None:
    """Set variables that one waiting token alone sees; of the instance itself they are its own. Raises NotFound."""
    require_operator(actor)
    if token == instance_id:
        set_variables(session, instance_id, variables, actor=actor, removed=removed)
        return
    conductor = Conductor(session, actor.user_id, suspended_too=True)
    running = conductor.open(instance_id)
    if isinstance(running.execution.waits.get(token), UserTaskWait):
        set_task_variables(session, token, variables, actor=actor, removed=removed, local=True)
        return
    running.execution.set_local(token, variables, removed)
    payload = session.execute(_PAYLOAD, {"token": token}).scalar()
    if payload is not None:
        kept = {name: value for name, value in payload.items() if name not in removed}
        session.execute(_KEEP, {"token": token, "held": kept | dict(variables)})
    names = sorted({*variables, *removed})
    audit.record(
        session, actor.user_id, "set_variables", "process_instance", instance_id, token=str(token), names=names
    )
    conductor.settle()


def trigger(
    session: Session,
    instance_id: UUID,
    token: UUID,
    values: Mapping[str, Any],
    *,
    actor: Principal,
    kind: Literal["message", "signal"] | None = None,
    name: str | None = None,
) -> Running:
    """Tell one token that what it waits for has come: a message or signal, of any name or of this one.

    For `token` the instance itself may stand, where only one of its tokens waits so. Raises NotFound, NotWaiting.
    """
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(instance_id)
    waiting = [
        wait.token
        for wait in running.execution.waits.values()
        if isinstance(wait, EventWait)
        and token in (wait.token, instance_id)
        and wait.kind in ((kind,) if kind else ("message", "signal"))
        and name in (None, wait.name)
        and (name is not None or token == wait.token or not _armed(running, wait.token))
    ]
    if len(waiting) != 1:
        raise NotWaiting(id=token)
    conductor.deliver(running, waiting[0], dict(values))
    conductor.settle()
    return running


def _armed(running: Running, token: UUID) -> bool:
    held = running.execution.tokens[token]
    return held.task_spec.armed_only(held)
