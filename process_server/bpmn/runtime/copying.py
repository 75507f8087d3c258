"""Copies that the model sends: of a step that is reached, or of one that is done (`copy:users`, `copy:groups`)."""

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.engine.elements.people import ids
from process_server.bpmn.engine.formulas import Evaluable, compile_value
from process_server.bpmn.runtime.house import House
from process_server.bpmn.runtime.running import Running
from process_server.errors import ProcessServerError

_log = logging.getLogger(__name__)
_compiled = lru_cache(maxsize=1_000)(compile_value)


def rows_of_new(session: Session, running: Running, tasks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the copies to send of tasks that have come: one for each person and step, however many sign it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for task in tasks:
        for row in _rows(session, running, task["element_id"], task["id"], "create"):
            found.setdefault((row["element_id"], row["recipient"]), row)
    return list(found.values())


def rows_of_done(session: Session, running: Running, task_id: UUID) -> list[dict[str, Any]]:
    """Return the copies to send of a task that was completed."""
    wait = running.before.get(task_id)
    return [] if wait is None else _rows(session, running, wait.element, task_id, "complete")


def _rows(session: Session, running: Running, element_id: str, task_id: UUID, moment: str) -> list[dict[str, Any]]:
    approval = running.definition.program.elements[element_id].approval
    if approval is None or approval.copy_on != moment or not (approval.copy_users or approval.copy_groups):
        return []
    scope = running.execution.scope(running.execution.tokens.get(task_id))
    try:
        people = _named(approval.copy_users, scope)
        groups = _named(approval.copy_groups, scope)
    except ProcessServerError as error:
        _log.warning("%s cannot send the copies of %s: %s", running.definition.key, element_id, error)
        return []
    place = {"process_instance_id": running.id, "user_task_id": task_id, "element_id": element_id}
    return [place | {"recipient": person} for person in House(session).people(people, groups)]


def _named(text: str, scope: Any) -> tuple[str, ...]:
    if not text:
        return ()
    compiled: Evaluable = _compiled(text)
    return ids(compiled.evaluate(scope))
