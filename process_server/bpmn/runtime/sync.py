"""Waits to rows: what an execution waits for now, against what its rows said before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, insert, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.models import Incident, Job, Subscription, Timer
from process_server.bpmn.waits import CallWait, EventWait, IncidentWait, JobWait, TimerWait, UserTaskWait, Wait
from process_server.db import new_id, table_of

_timer, _subscription, _job, _incident = (
    table_of(Timer),
    table_of(Subscription),
    table_of(Job),
    table_of(Incident),
)

_gone: BindParameter[UUID] = bindparam("gone", expanding=True)
_DELETE = {
    TimerWait: delete(_timer).where(_timer.c.id.in_(_gone)),
    EventWait: delete(_subscription).where(_subscription.c.id.in_(_gone)),
    JobWait: delete(_job).where(_job.c.id.in_(_gone)),
}
_INSERT = {
    TimerWait: insert(_timer),
    EventWait: insert(_subscription),
    JobWait: insert(_job),
    IncidentWait: insert(_incident),
}
_RESOLVE = (
    update(_incident)
    .where(_incident.c.token_id.in_(_gone), _incident.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("at"), resolved_by=bindparam("by"))
)


@dataclass
class Changes:
    """What has to be written for all executions of one unit of work, gathered by kind of row."""

    new: dict[type, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[type, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    def compare(
        self,
        before: Mapping[UUID, Wait],
        after: Mapping[UUID, Wait],
        *,
        instance_id: UUID,
        definition_id: UUID,
        armed: Collection[str] = (),
    ) -> None:
        """Add the difference between two sets of waits of one instance. At elements `armed` no token stands."""
        ids = {"process_instance_id": instance_id, "definition_id": definition_id}
        for token, wait in before.items():
            if _changed(wait, after.get(token)):
                self.gone[type(wait)].append(token)
        for token, wait in after.items():
            if _changed(wait, before.get(token)) and type(wait) is not CallWait:
                row = _row(wait) | ids | {"element_id": wait.element}
                if type(wait) in (TimerWait, EventWait):
                    row["armed"] = wait.element in armed
                self.new[type(wait)].append(row)

    def write(self, session: Session, *, actor: str | None) -> None:
        """Write timers, subscriptions, jobs and incidents; user tasks are written by the tasks room."""
        for kind, statement in _DELETE.items():
            if self.gone[kind]:
                session.execute(statement, {"gone": self.gone[kind]})
        mended = self.gone[IncidentWait] + self.gone[JobWait]
        if mended:
            session.execute(_RESOLVE, {"gone": mended, "at": clock.now(), "by": actor})
        for kind, insertion in _INSERT.items():
            if self.new[kind]:
                session.execute(insertion, self.new[kind])


def _changed(wait: Wait, other: Wait | None) -> bool:
    """Human and service work keep their row for as long as their token waits; a timer's instant may move."""
    if other is None or type(other) is not type(wait):
        return True
    return type(wait) in (TimerWait, EventWait, IncidentWait) and wait != other


def _row(wait: Wait) -> dict[str, Any]:
    match wait:
        case UserTaskWait():
            return _task_row(wait)
        case TimerWait():
            own = {"id": wait.token, "due_at": wait.due, "cycle": wait.cycle, "remaining": wait.remaining}
        case EventWait():
            own = {"id": wait.token, "kind": wait.kind, "name": wait.name, "correlation_key": wait.correlation_key}
        case JobWait():
            own = _job_row(wait)
        case IncidentWait():
            own = _incident_row(wait)
        case _:
            raise TypeError(f"{type(wait).__name__} has no row of its own")
    return own | {"created_at": clock.now()}


def _task_row(wait: UserTaskWait) -> dict[str, Any]:
    return {
        "id": wait.token,
        "name": wait.name,
        "description": wait.description,
        "assignee": wait.assignee,
        "candidate_users": list(wait.candidate_users),
        "candidate_groups": list(wait.candidate_groups),
        "priority": wait.priority,
        "due_at": wait.due,
        "calendar": wait.calendar,
        "delay_cost": None if wait.delay_cost is None else str(wait.delay_cost),
        "follow_up_at": wait.follow_up,
        "form_key": wait.form_key,
        "variables": wait.local,
        "barred": list(wait.barred),
    }


def _job_row(wait: JobWait) -> dict[str, Any]:
    return {
        "id": wait.token,
        "topic": wait.topic,
        "connector": wait.connector,
        "payload": wait.payload,
        "priority": wait.priority,
        "retries": wait.retries,
        "next_attempt_at": clock.now(),
    }


def _incident_row(wait: IncidentWait) -> dict[str, Any]:
    return {
        "id": new_id(),
        "token_id": wait.token,
        "code": wait.code,
        "message": wait.message,
        "expression": wait.expression,
        "template": wait.template,
        "params": wait.params,
    }


def tokens(waits: Iterable[Wait], kind: type) -> list[UUID]:
    """Return the tokens of the waits of one kind."""
    return [wait.token for wait in waits if type(wait) is kind]
