"""Commands that hand out service work: jobs are locked for whoever ordered jobs of their topics.

Connectors of this server are workers like any other, except that they name no topics: they take jobs marked as theirs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, cast, column, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.definitions import definition
from process_server.bpmn.finders.variables import VariableCondition, all_hold
from process_server.bpmn.models import Job, ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime import free_jobs
from process_server.db import table_of

AT_ONCE = 50  # jobs that are handed out in one transaction, so that whoever comes first need not wait for the last

_job, _instance, _definition = table_of(Job), table_of(ProcessInstance), table_of(ProcessDefinition)

_FREE_FROM = func.greatest(_job.c.next_attempt_at, _job.c.locked_until)
_MAY_BE_DONE = and_(_job.c.retries > 0, _job.c.suspended.is_(False), _instance.c.suspended_at.is_(None))
_FREE = and_(  # not in the words of the index on _FREE_FROM: jobs are read in the order of the one on their urgency
    _MAY_BE_DONE,
    _job.c.next_attempt_at <= bindparam("now"),
    or_(_job.c.locked_until.is_(None), _job.c.locked_until <= bindparam("now")),
)
_JOBS = select(_job, _instance.c.business_key, _instance.c.variables).join(
    _instance, _instance.c.id == _job.c.process_instance_id
)
LOCK = (
    update(_job)
    .where(_job.c.id == bindparam("job"))
    .values(locked_by=bindparam("worker"), locked_until=bindparam("until"))
)
_GIVE_BACK = (
    update(_job)
    .where(
        _job.c.id == bindparam("job"),
        _job.c.locked_by == bindparam("worker"),
        _job.c.locked_until == bindparam("until"),
    )
    .values(locked_by=None, locked_until=None)
)

_topics = (
    func.unnest(cast(bindparam("topics"), ARRAY(Text)))
    .table_valued(column("topic", Text), name="wanted")
    .render_derived()
)
_OF_TOPIC = (
    select(_FREE_FROM.label("at"))
    .join(_instance, _instance.c.id == _job.c.process_instance_id)
    .where(_job.c.topic == _topics.c.topic, ~_job.c.connector, _MAY_BE_DONE)
    .order_by(_FREE_FROM)
    .limit(1)
)
_FREE_NOW = _OF_TOPIC.where(_FREE_FROM.op("<=")(bindparam("now"))).lateral("free")
_FREE_LATER = _OF_TOPIC.where(_FREE_FROM.op(">")(bindparam("now"))).lateral("free")
_TOPICS_WITH_FREE = select(_topics.c.topic).join(_FREE_NOW, true())
_NEXT_FREE = select(func.min(_FREE_LATER.c.at)).select_from(_topics).join(_FREE_LATER, true())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A topic, for how long each of its jobs is locked, and which of them are wanted.

    `variables` names those to be handed out (None: all), with `local` only those that are the job's own.
    """

    topic: str
    lock: timedelta
    variables: Sequence[str] | None = None
    local: bool = False
    business_key: str | None = None
    definition_ids: Collection[UUID] | None = None
    definition_keys: Collection[str] | None = None
    version_tag: str | None = None
    where: tuple[VariableCondition, ...] = ()

    @property
    def any_job(self) -> bool:
        """Say whether every job of the topic will do."""
        filters = (self.business_key, self.definition_ids, self.definition_keys, self.version_tag)
        return not self.where and all(each is None for each in filters)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a job has to fulfil."""
        found: list[ColumnElement[bool]] = [_job.c.topic == self.topic, ~_job.c.connector]
        if self.business_key is not None:
            found.append(_instance.c.business_key == self.business_key)
        if self.definition_ids is not None:
            found.append(_job.c.definition_id.in_(self.definition_ids))
        versions = select(_definition.c.id)
        if self.definition_keys is not None:
            found.append(_job.c.definition_id.in_(versions.where(_definition.c.key.in_(self.definition_keys))))
        if self.version_tag is not None:
            found.append(_job.c.definition_id.in_(versions.where(_definition.c.version_tag == self.version_tag)))
        return [*found, all_hold(_instance.c.variables, self.where)] if self.where else found


@dataclass(frozen=True)
class Order:
    """What a worker asks for. The most urgent jobs come first, unless `by_priority` is false, then the longest due.

    `by_age` sorts by when they were made: the oldest first, or the newest.
    """

    worker: str
    wanted: tuple[Wanted, ...]
    limit: int = 1
    by_priority: bool = True
    by_age: Literal["oldest", "newest"] | None = None

    @cached_property
    def topics(self) -> frozenset[str]:
        """The names of the topics."""
        return frozenset(each.topic for each in self.wanted)

    def position(self, row: Row[Any]) -> tuple[Any, ...]:
        """Return where a job stands among others, as `sorted_by` has it."""
        age = {"oldest": 1, "newest": -1}.get(self.by_age or "", 0)
        made = age * row.created_at.timestamp()
        return (-row.priority if self.by_priority else 0, made, row.next_attempt_at, row.id)

    def sorted_by(self) -> list[ColumnElement[Any]]:
        """Return the order in which jobs are handed out."""
        made = {"oldest": _job.c.created_at.asc(), "newest": _job.c.created_at.desc()}.get(self.by_age or "")
        orders = [_job.c.priority.desc() if self.by_priority else None, made, _job.c.next_attempt_at, _job.c.id]
        return [order for order in orders if order is not None]


@dataclass(frozen=True, slots=True)
class LockedJob:
    """A job a worker holds until `locked_until`, with the variables it asked for."""

    id: UUID
    topic: str
    process_instance_id: UUID
    definition_id: UUID
    definition_key: str
    definition_version: int
    version_tag: str | None
    element_id: str
    business_key: str | None
    payload: dict[str, Any]
    variables: dict[str, Any]
    priority: int
    retries: int
    attempts: int
    worker: str
    locked_until: datetime
    created_at: datetime
    error: str | None
    error_details: str | None
    properties: dict[str, str] = field(default_factory=dict)


def fetch_and_lock(session: Session, order: Order) -> list[LockedJob]:
    """Lock free jobs for a worker, and hand them out."""
    now = clock.now()
    found = [(wanted, row) for wanted in order.wanted for row in session.execute(_query(order, wanted), {"now": now})]
    if len(order.wanted) > 1:
        found = list({row.id: (wanted, row) for wanted, row in found}.values())
        found = sorted(found, key=lambda each: order.position(each[1]))[: order.limit]
    jobs = [_locked(session, row, order.worker, now + wanted.lock, wanted) for wanted, row in found]
    if jobs:
        session.execute(LOCK, [{"job": job.id, "worker": job.worker, "until": job.locked_until} for job in jobs])
    return jobs


def hand_out(session: Session, orders: Sequence[Order]) -> list[tuple[int, list[LockedJob]]]:
    """Serve orders as far as there are jobs, the first one first; return the positions of those served and their jobs.

    At most about AT_ONCE jobs are handed out: whoever gets some asks again for the others.
    """
    free = topics_with_free(session, frozenset(chain.from_iterable(order.topics for order in orders)))
    served, handed = [], 0
    for position, order in enumerate(orders):
        wanted = tuple(each for each in order.wanted if each.topic in free)
        if not wanted:
            continue
        jobs = fetch_and_lock(session, replace(order, wanted=wanted))
        if len(jobs) < order.limit:
            free -= {each.topic for each in wanted if each.any_job}
        if jobs:
            served.append((position, jobs))
            handed += len(jobs)
        if not free or handed >= AT_ONCE:
            break
    return served


def topics_with_free(session: Session, topics: Collection[str]) -> set[str]:
    """Return the topics that have jobs nobody holds."""
    given = {"topics": sorted(topics), "now": clock.now()}
    return set(session.execute(_TOPICS_WITH_FREE, given).scalars())


def next_free(session: Session, topics: Collection[str]) -> datetime | None:
    """Return when the next lock or pause of a job of some topics ends."""
    given = {"topics": sorted(topics), "now": clock.now()}
    found: datetime | None = session.execute(_NEXT_FREE, given).scalar_one()
    return found


def give_back(session: Session, jobs: Collection[LockedJob]) -> None:
    """Give back jobs that never reached their worker; what was done to them meanwhile stands."""
    session.execute(_GIVE_BACK, [{"job": job.id, "worker": job.worker, "until": job.locked_until} for job in jobs])
    free_jobs.announce(session, {job.topic for job in jobs})


def claim_connector_job(session: Session, job_id: UUID | None, worker: str, lock: timedelta) -> LockedJob | None:
    """Lock one job of the server's own connectors: the one given, or the one due longest; None when none is free."""
    now = clock.now()
    query = (
        _JOBS.where(_FREE, _job.c.connector)
        .order_by(_job.c.next_attempt_at, _job.c.id)
        .limit(1)
        .with_for_update(of=_job, skip_locked=True)
    )
    if job_id is not None:
        query = query.where(_job.c.id == job_id)
    row = session.execute(query, {"now": now}).one_or_none()
    if row is None:
        return None
    session.execute(LOCK, {"job": row.id, "worker": worker, "until": now + lock})
    return _locked(session, row, worker, now + lock, Wanted(topic=row.topic, lock=lock, variables=()))


def _query(order: Order, wanted: Wanted) -> Select[Any]:
    return (
        _JOBS.where(_FREE, *wanted.conditions())
        .order_by(*order.sorted_by())
        .limit(order.limit)
        .with_for_update(of=_job, skip_locked=True)
    )


def _locked(session: Session, row: Row[Any], worker: str, until: datetime, wanted: Wanted) -> LockedJob:
    held = definition(session, row.definition_id)
    variables = row.payload if wanted.local else {**row.variables, **row.payload}  # what is local stands before
    names = wanted.variables
    return LockedJob(
        id=row.id,
        topic=row.topic,
        process_instance_id=row.process_instance_id,
        definition_id=row.definition_id,
        definition_key=held.key,
        definition_version=held.version,
        version_tag=held.version_tag,
        element_id=row.element_id,
        business_key=row.business_key,
        payload=row.payload,
        variables={k: v for k, v in variables.items() if names is None or k in names},
        priority=row.priority,
        retries=row.retries,
        attempts=row.attempts,
        worker=worker,
        locked_until=until,
        created_at=row.created_at,
        error=row.error,
        error_details=row.error_details,
        properties=dict(held.program.elements[row.element_id].properties),
    )
