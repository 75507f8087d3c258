"""Many tasks at once: each in a unit of work of its own, so that one that cannot be done leaves the others done.

Whoever asks opens the units of work. The audit tells of each task what was done to it, all with one batch id, which
decisions made together carry as well.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.commands import verdicts
from process_server.config import settings
from process_server.db import new_id
from process_server.errors import FieldProblem, InvalidInput, NotAllowed, ProcessServerError
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, copies, handing, nudging
from process_server.tasks.inbox import tags, worklist

Action = Literal[
    "approve", "reject", "transfer", "claim", "release", "snooze", "copy", "mark_read", "remind", "tag", "untag"
]
DECISIONS: frozenset[str] = frozenset({"approve", "reject"})
UnitsOfWork = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """What to do with which tasks. `to` is the person of a transfer, `people` those copied to, `until` ends a snooze,
    `tag` is put on or taken off.

    `revisions` are those the person has seen, by task: nothing is done to a task of these that has changed since.
    """

    action: Action
    tasks: tuple[UUID, ...]
    to: str | None = None
    people: tuple[str, ...] = ()
    until: datetime | None = None
    tag: str | None = None
    opinion: str | None = None
    reason: str | None = None
    revisions: Mapping[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one task: `error` is None where it was done."""

    task_id: UUID
    error: ProcessServerError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all of them, in the order they were named."""

    batch: UUID
    rows: list[Done]


def do_in_bulk(units: UnitsOfWork, ask: Bulk, actor: Principal) -> Outcome:
    """Do one thing to many tasks, each by itself. Raises InvalidInput for what no task could be done with."""
    _check(ask)
    batch = new_id()
    return Outcome(batch, [_attempt(units, ask, task_id, batch, actor) for task_id in dict.fromkeys(ask.tasks)])


def _check(ask: Bulk) -> None:
    most = settings().max_bulk
    wrong: list[FieldProblem] = []
    if ask.action not in get_args(Action):
        wrong.append({"field": "action", "code": "not_an_option", "params": {"value": ask.action}})
    if not 0 < len(ask.tasks) <= most:
        wrong.append({"field": "tasks", "code": "count", "params": {"minimum": 1, "maximum": most}})
    needed = {
        "transfer": ("to", ask.to),
        "copy": ("people", ask.people),
        "snooze": ("until", ask.until),
        "tag": ("tag", ask.tag),
        "untag": ("tag", ask.tag),
    }
    name, value = needed.get(ask.action, ("", True))
    if not value:
        wrong.append({"field": name, "code": "required", "params": {}})
    if wrong:
        raise InvalidInput(wrong)


def _attempt(units: UnitsOfWork, ask: Bulk, task_id: UUID, batch: UUID, actor: Principal) -> Done:
    try:
        with units() as session:
            _do(session, ask, task_id, batch, actor)
            audit.record(session, actor.user_id, "bulk", "user_task", task_id, done=ask.action, batch=str(batch))
    except ProcessServerError as error:
        return Done(task_id, error)
    return Done(task_id)


def _do(session: Session, ask: Bulk, task_id: UUID, batch: UUID, actor: Principal) -> None:
    revision = ask.revisions.get(task_id)
    match ask.action:
        case "approve" | "reject":
            _decide(session, ask, task_id, batch, actor, revision)
        case "transfer":
            handing.transfer(session, task_id, ask.to or "", principal=actor, opinion=ask.opinion, revision=revision)
        case "claim":
            claiming.claim(session, task_id, actor)
        case "release":
            claiming.release(session, task_id, actor, revision=revision)
        case "snooze":
            claiming.reschedule(session, task_id, actor, {"follow_up_at": ask.until}, revision=revision)
        case "copy":
            task = worklist.find_task(session, task_id, actor)
            case_id = task.process_instance_id
            copies.send_copy(session, case_id, ask.people, principal=actor, task_id=task_id, opinion=ask.opinion)
        case "mark_read":
            claiming.open_task(session, task_id, actor)
        case "remind":
            nudging.remind(session, task_id, principal=actor)
        case "tag":
            tags.put(session, task_id, ask.tag or "", actor)
        case "untag":
            tags.take(session, task_id, ask.tag or "", actor)


def _decide(session: Session, ask: Bulk, task_id: UUID, batch: UUID, actor: Principal, revision: int | None) -> None:
    task = worklist.find_task(session, task_id, actor)
    approval = verdicts.approval_of(session, task)
    if approval is None or not approval.bulk:
        raise NotAllowed("This step has to be decided one by one: its model does not allow more at once.")
    verdicts.decide(
        session,
        task,
        "approve" if ask.action == "approve" else "reject",
        actor=actor,
        revision=revision or task.revision,
        opinion=ask.opinion,
        reason=ask.reason,
        batch=batch,
    )
