"""Writes back what one unit of work did to process instances: few statements, whatever happened."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.engine.elements.countersign import votes_apart, was_added
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.runtime import clocks, copying, free_jobs, history, live, telling
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.runtime.sync import Changes
from process_server.bpmn.waits import IncidentWait, JobWait, UserTaskWait
from process_server.db import after_commit, table_of
from process_server.identity.principal import SYSTEM
from process_server.tasks import rows as task_rows
from process_server.tasks.doorbell import ring
from process_server.tasks.handling import copies as task_copies
from process_server.tasks.handling import decisions

_instance = table_of(ProcessInstance)

_LONGEST_SEARCH = 2_000  # characters

_INSERT = insert(_instance)
_UPDATE = (
    update(_instance)
    .where(_instance.c.id == bindparam("instance"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("engine_state", "variables", "search_text", "state", "ended_at", "end_reason", "revision")
        }
    )
)


def write(
    session: Session,
    instances: Collection[Running],
    *,
    actor: str | None,
    completed_task: task_rows.Completed | None = None,
) -> None:
    """Write instances, their waits and their history; afterwards ring for the jobs they made."""
    changes = Changes()
    visits: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    _write_instances(session, instances)
    for running in instances:
        ids = {"instance_id": running.id, "definition_id": running.definition.id}
        known = len(changes.new[UserTaskWait])
        changes.compare(running.before, running.execution.waits, armed=running.definition.program.armed, **ids)
        for row in changes.new[UserTaskWait][known:]:
            row |= _approval(running, row) | clocks.columns(running, row)
        copies += copying.rows_of_new(session, running, changes.new[UserTaskWait][known:])
        if completed_task is not None:
            copies += copying.rows_of_done(session, running, completed_task["id"])
        visits += history.rows(running.execution.visits, **ids)
        running.execution.visits = []
    changes.write(session, actor=actor)
    task_rows.write(
        session,
        new=changes.new[UserTaskWait],
        gone=changes.gone[UserTaskWait],
        completed=completed_task,
        actor=actor,
    )
    history.append(session, visits)
    task_copies.write(session, copies)
    for running in instances:
        clocks.follow(session, running)
        clocks.follow_costs(session, running)
        _write_passed(session, running)
    telling.tell(session, instances, changes.new[IncidentWait], completed_task, actor)
    _announce_jobs(session, changes.new[JobWait])


def _announce_jobs(session: Session, rows: list[dict[str, Any]]) -> None:
    """Wake whoever does new jobs: a worker of this server, or those outside who wait for their topics."""
    for row in rows:
        if row["connector"]:
            after_commit(session, partial(ring, "process_server.bpmn.jobs.run_job", str(row["id"])))
    topics = {row["topic"] for row in rows if not row["connector"]}
    if topics:
        free_jobs.announce(session, topics)


def _approval(running: Running, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model says of a task's approval, for those who know tasks and no models."""
    approval = running.definition.program.elements[row["element_id"]].approval
    if approval is None:
        return {}
    barred = [running.initiator] if approval.four_eyes and running.initiator else []
    token = running.execution.tokens[row["id"]]
    others = votes_apart(token) if approval.countersign else ()
    beside = {"signing": "beside"} if was_added(token) else {}
    return {"barred": barred, "actions": sorted(approval.actions), "co_signers": sorted(others)} | beside


def _write_passed(session: Session, running: Running) -> None:
    """Record the steps that were approved without asking anybody, among the decisions of people."""
    passed, running.execution.passed = running.execution.passed, []
    for each in passed:
        decisions.record(
            session,
            "skip",
            SYSTEM.user_id,
            instance_id=running.id,
            element_id=each.element,
            outcome="approve",
            reason_code=each.reason,
            people=each.people,
        )


def _write_instances(session: Session, instances: Collection[Running]) -> None:
    new = [_new_row(running) for running in instances if running.new]
    if new:
        session.execute(_INSERT, new)
    for running in instances:
        if not running.new:
            session.execute(_UPDATE, _changed_row(running))
        running.revision += 1
        if not running.execution.ended:
            after_commit(session, partial(live.keep, running.id, running.revision, running.execution))


def _state(running: Running) -> dict[str, Any]:
    execution = running.execution
    if not execution.ended:
        return {"engine_state": execution.dump(), "state": "active", "ended_at": None, "end_reason": None}
    return {
        "engine_state": None,
        "state": "cancelled" if execution.end_reason else "completed",
        "ended_at": clock.now(),
        "end_reason": execution.end_reason,
    }


def _new_row(running: Running) -> dict[str, Any]:
    return _state(running) | {
        "id": running.id,
        "root_id": running.root_id,
        "parent_id": running.parent_id,
        "parent_token": running.parent_token,
        "called_from": running.called_from,
        "definition_id": running.definition.id,
        "business_key": running.business_key,
        "variables": running.execution.variables,
        "search_text": search_text(running),
        "started_at": running.started_at,
        "initiator": running.initiator,
        "idempotency_key": running.once and running.once.key,
        "idempotency_digest": running.once and running.once.digest,
        "suspended_at": running.suspended_at,
        "revision": 1,
    }


def _changed_row(running: Running) -> dict[str, Any]:
    state = _state(running) | {
        "variables": running.execution.variables,
        "search_text": search_text(running),
        "revision": running.revision + 1,
    }
    return {f"new_{name}": value for name, value in state.items()} | {"instance": running.id}


def search_text(running: Running) -> str:
    """Return what a case is found by: its business key and the values that lists show of it."""
    variables = running.execution.variables
    shown = (variables.get(name) for name in running.definition.program.summary)
    words = [value for value in (running.business_key, *shown) if type(value) in (str, int, Decimal)]
    return " ".join(map(str, words))[:_LONGEST_SEARCH]
