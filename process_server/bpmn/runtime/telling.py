"""Who is told of what became of cases: administrators of those that cannot go on, initiators of those decided."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn.approval import verdict_of
from process_server.bpmn.runtime.running import Running
from process_server.i18n import Named, worded
from process_server.identity.models import User
from process_server.tasks.rows import Completed
from process_server.tasks.telling import notifications, watchers

LONGEST_REASON = 300  # characters

_ADMINISTRATORS = select(User.id).where(User.admin, User.active, ~User.service)


def tell(
    session: Session,
    instances: Collection[Running],
    incidents: Sequence[Mapping[str, Any]],
    completed: Completed | None,
    actor: str | None,
) -> None:
    """Tell whom it concerns of the incidents of one command, and of the cases that ended by it."""
    if incidents:
        _tell_of_incidents(session, instances, incidents)
    for running in instances:
        if running.execution.ended and running.execution.end_reason is None and running.parent_id is None:
            told = _tell_of_end(session, running, completed, actor)
            watching = set(watchers.find(session, running.id)) - {actor, told}
            watchers.tell(session, watching, "watched_ended", running.id, task=_name(running))


def _tell_of_incidents(
    session: Session, instances: Collection[Running], incidents: Sequence[Mapping[str, Any]]
) -> None:
    administrators = list(session.scalars(_ADMINISTRATORS))
    known = {running.id: running for running in instances}
    notes = []
    for row in incidents:
        running = known[row["process_instance_id"]]
        step = running.definition.program.elements[row["element_id"]]
        params = {"task": _with_key(running, step.name or step.id, step.localised_name("en")), "reason": _reason(row)}
        watching = set(watchers.find(session, running.id)) - set(administrators)
        watchers.tell(session, watching, "watched_stuck", running.id, task=params["task"])
        note = {"kind": "incident", "process_instance_id": running.id, "user_task_id": None, "params": params}
        notes += [{"recipient": person, **note} for person in administrators]
    notifications.write(session, notes)


def _tell_of_end(session: Session, running: Running, completed: Completed | None, actor: str | None) -> str | None:
    """Tell who started a case of approvals that it is decided, unless they decided it themselves; return who it is."""
    program = running.definition.program
    if not running.initiator or running.initiator == actor or not program.approvals:
        return None
    wait = running.before.get(completed["id"]) if completed is not None else None
    rejected = (
        completed is not None
        and wait is not None
        and verdict_of(program.elements[wait.element].approval, completed["outcome"]) == "reject"
    )
    notifications.notify(
        session,
        [running.initiator],
        "rejected" if rejected else "decided",
        process_instance_id=running.id,
        params={"task": _name(running)},
    )
    return running.initiator


def _reason(incident: Mapping[str, Any]) -> Named:
    """Return why a case cannot go on; a worker's own words are what they are in every language."""
    said = str(incident["message"])
    template = incident.get("template")
    chinese = worded("zh-CN", template, incident.get("params") or {}) if template else said
    return Named(chinese[:LONGEST_REASON], said[:LONGEST_REASON])


def _name(running: Running) -> Named:
    program = running.definition.program
    return _with_key(running, program.name or program.key, program.localised_name("en"))


def _with_key(running: Running, name: str, english: str | None) -> Named:
    return Named(*(" ".join(filter(None, (each, running.business_key))) for each in (name, english or name)))
