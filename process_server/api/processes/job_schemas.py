"""What workers and operators send about jobs, and what they are told."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from process_server.api.ground.durations import read_duration
from process_server.api.ground.schemas import (
    Cursor,
    Duration,
    Id,
    Limit,
    Name,
    OptionalVariables,
    Priority,
    Query,
    Request,
    Shown,
    Text,
)
from process_server.api.processes import long_polling
from process_server.bpmn.commands import Order, Wanted
from process_server.bpmn.finders.variables import VariableCondition

LONGEST_LOCK = timedelta(days=1)
LONGEST_WAIT = timedelta(days=30)

Worker = Annotated[Name, Field(description="What this worker calls itself: it alone may report.", examples=["erp-1"])]


class Topic(Request):
    """A topic to take jobs of, and for how long each is locked. The other keys narrow which jobs."""

    topic: Annotated[Name, Field(examples=["create_order"])]
    lock: Duration = "PT5M"
    business_key: Text | None = None
    definition_keys: Annotated[list[Name] | None, Field(max_length=100)] = None
    version_tag: Text | None = None
    where: Annotated[
        dict[str, Any] | None,
        Field(description="Variables of the case and what they are.", examples=[{"region": "east"}]),
    ] = None
    own_variables: Annotated[bool, Field(description="Hand out only what is local to the job, such as its inputs.")] = (
        False
    )

    def read(self, field: str, variables: list[str] | None) -> Wanted:
        """Return what is asked for. Raises InvalidInput."""
        return Wanted(
            topic=self.topic,
            lock=read_duration(self.lock, field, longest=LONGEST_LOCK),
            variables=variables,
            local=self.own_variables,
            business_key=self.business_key,
            definition_keys=self.definition_keys,
            version_tag=self.version_tag,
            where=tuple(VariableCondition(name, "eq", value) for name, value in (self.where or {}).items()),
        )


class Fetch(Request):
    """Who asks for jobs of which topics."""

    worker: Worker
    topics: Annotated[list[Topic], Field(min_length=1, max_length=100)]
    limit: Annotated[int, Field(ge=1, le=100)] = 1
    wait: Annotated[
        Duration | None,
        Field(examples=["PT30S"], description="How long to wait for jobs where there are none: at most PT30M."),
    ] = None
    variables: Annotated[
        list[Name] | None,
        Field(max_length=500, description="Names of the variables wanted. Left out: all, or the element's inputs."),
    ] = None
    order: Annotated[
        Literal["urgent", "oldest", "newest"], Field(description="Which jobs come first, where there are more.")
    ] = "urgent"

    def read(self) -> Order:
        """Return what is asked for. Raises InvalidInput."""
        by_age = None if self.order == "urgent" else self.order
        wanted = tuple(each.read(f"topics.{index}.lock", self.variables) for index, each in enumerate(self.topics))
        return Order(self.worker, wanted, self.limit, by_age is None, by_age)

    def seconds(self) -> float | None:
        """Return how long to wait, if so. Raises InvalidInput."""
        if self.wait is None:
            return None
        return read_duration(self.wait, "wait", longest=timedelta(seconds=long_polling.LONGEST)).total_seconds()


class Completion(Request):
    """What the work gave: variables for the process, and `local` ones that only the outputs of its element see."""

    worker: Worker
    variables: OptionalVariables
    local: OptionalVariables


class Failure(Request):
    """An attempt that failed. Without `retries` one less is left; without `retry_in` the pauses double.

    `variables` are kept for the next attempt.
    """

    worker: Worker
    message: Annotated[Text, Field(max_length=10_000)]
    details: Annotated[Text | None, Field(max_length=100_000, description="For who mends it: a stack trace.")] = None
    variables: OptionalVariables
    retries: Annotated[int | None, Field(ge=0, le=1000)] = None
    retry_in: Duration | None = None


class ModelledError(Request):
    """An error the model knows by its code: a boundary event may catch it."""

    worker: Worker
    code: Name
    message: Annotated[Text, Field(max_length=10_000)] = ""
    variables: OptionalVariables


class Extension(Request):
    """How much longer, from now, the worker needs."""

    worker: Worker
    lock: Duration


class Retries(Request):
    """How many attempts are left to one job or to some."""

    retries: Annotated[int, Field(ge=0, le=1000)]


class RetriesOfMany(Retries):
    """How many attempts are left to some jobs."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]


class Urgency(Request):
    """How urgent a job is."""

    priority: Priority


class LockedShown(Shown):
    """A job that this worker holds until `locked_until`. Its id serves as the idempotency key of the work."""

    id: UUID
    topic: str
    process_instance_id: UUID
    definition_id: UUID
    definition_key: str
    definition_version: int
    element_id: str
    properties: Annotated[dict[str, str], Field(description="What the modeler noted at the element.")]
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


class Locked(Shown):
    """The jobs a worker got; none, when there is nothing to do."""

    jobs: list[LockedShown]


class JobShown(Shown):
    """A job, whoever holds it."""

    id: UUID
    topic: str
    connector: bool
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    business_key: str | None
    priority: int
    retries: int
    attempts: int
    next_attempt_at: datetime
    locked_by: str | None
    locked_until: datetime | None
    error: str | None
    error_details: str | None
    created_at: datetime
    suspended: bool


class RetriesLeft(Shown):
    """How many attempts are left; at none there is an incident."""

    retries: int


class LockedUntil(Shown):
    """Until when the job is held."""

    locked_until: datetime


class JobQuery(Query):
    """Which jobs, and which page of them."""

    topic: Text | None = None
    instance_id: UUID | None = None
    worker: Text | None = None
    failed: Annotated[bool | None, Field(description="Without retries left, or with.")] = None
    limit: Limit = 50
    cursor: Cursor = None
