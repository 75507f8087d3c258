"""What can be done to many instances at once: each kind is a command to one of them."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.batches import stored
from process_server.bpmn.commands.history import delete_history
from process_server.bpmn.commands.instances import cancel_instance
from process_server.bpmn.commands.migrating import Migration, migrate_instance
from process_server.bpmn.commands.modification import modify_instance
from process_server.bpmn.commands.restarting import restart_instance
from process_server.bpmn.commands.retrying import retry_instance
from process_server.bpmn.commands.suspension import suspend_instance
from process_server.identity.principal import Principal

Work = Callable[[Session, UUID, Mapping[str, Any], Principal], UUID | None]
"""Does a kind of work to one instance, as the batch's detail says; returns the instance that came of it, if any."""


def _migrate(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    migrate_instance(session, instance_id, Migration.read(detail), actor=actor)


def _cancel(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    cancel_instance(session, instance_id, actor=actor, reason=detail.get("reason") or "")


def _delete(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    delete_history(session, [instance_id], actor=actor)


def _suspend(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    suspend_instance(session, instance_id, True, actor=actor)


def _activate(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    suspend_instance(session, instance_id, False, actor=actor)


def _retry(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    only = [UUID(each) for each in detail["jobs"]] if "jobs" in detail else None
    retry_instance(session, instance_id, detail["retries"], actor=actor, only=only)


def _modify(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> None:
    instructions, reason = stored.read(detail["instructions"]), detail.get("reason") or ""
    modify_instance(session, instance_id, instructions, actor=actor, reason=reason, skipped=detail.get("skipped") or ())


def _restart(session: Session, instance_id: UUID, detail: Mapping[str, Any], actor: Principal) -> UUID:
    return restart_instance(session, instance_id, stored.read_restart(detail), actor=actor)


WORK: Mapping[str, Work] = {
    "migrate": _migrate,
    "cancel": _cancel,
    "delete_history": _delete,
    "suspend": _suspend,
    "activate": _activate,
    "retry_jobs": _retry,
    "modify": _modify,
    "restart": _restart,
}
