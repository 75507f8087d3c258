"""What a worker asks for on the wire: of which topics, which tasks, how many, and how long it waits for some."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Sorting
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Name, Text
from process_server.api.processes import long_polling
from process_server.bpmn.commands import Order, Wanted
from process_server.bpmn.finders.variables import VariableCondition

MOST_AT_ONCE = 1_000  # tasks, however many are asked for
LONGEST_LOCK = 10 * 365 * 24 * 3600 * 1000  # milliseconds: what is longer is cut
LONGEST_WAIT = int(long_polling.LONGEST * 1000)

Milliseconds = Annotated[int, Field(ge=1, description="Milliseconds, from now.")]


def duration(milliseconds: int) -> timedelta:
    """Return a duration, cut where nobody could mean it."""
    return timedelta(milliseconds=min(milliseconds, LONGEST_LOCK))


class Topic(Wire):
    """A topic to fetch tasks of: for how long each is locked, which are wanted, and which of their variables."""

    topic_name: Name
    lock_duration: Milliseconds
    variables: list[Text] | None = None
    local_variables: bool = False
    business_key: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_id_in: list[SoughtId] | None = None
    process_definition_key: Text | None = None
    process_definition_key_in: list[Text] | None = None
    process_definition_version_tag: Text | None = None
    process_variables: dict[str, Any] | None = None
    without_tenant_id: bool = False
    tenant_id_in: list[Text] | None = None
    deserialize_values: bool = False
    include_extension_properties: bool = False

    def wanted(self) -> Wanted:
        """Return what is asked for."""
        where = (self.process_variables or {}).items()
        ids = [*(self.process_definition_id_in or ()), *filter(None, [self.process_definition_id])]
        keys = [*(self.process_definition_key_in or ()), *filter(None, [self.process_definition_key])]
        return Wanted(
            topic=self.topic_name,
            lock=duration(self.lock_duration),
            variables=self.variables,
            local=self.local_variables,
            business_key=self.business_key,
            definition_ids=ids or None,
            definition_keys=keys or None,
            version_tag=self.process_definition_version_tag,
            where=tuple(VariableCondition(name, "eq", value) for name, value in where),
        )


class Fetch(Wire):
    """Who fetches tasks of which topics, and how long it waits where there are none."""

    worker_id: Name
    max_tasks: Annotated[int, Field(ge=0)]
    use_priority: bool = False
    async_response_timeout: int | None = None
    topics: list[Topic] | None = None
    sorting: list[Sorting] | None = None

    def verbose(self) -> set[str]:
        """Return the topics whose tasks come with what the modeler noted at their elements."""
        return {each.topic_name for each in self.topics or () if each.include_extension_properties}

    def wait(self) -> float:
        """Return for how many seconds to wait. Raises InvalidRequest."""
        wait = self.async_response_timeout or 0
        if wait > LONGEST_WAIT:
            raise InvalidRequest(
                "The asynchronous response timeout cannot be set to a value greater than {most} milliseconds",
                most=LONGEST_WAIT,
            )
        return max(wait, 0) / 1000

    def order(self) -> Order:
        """Return what is asked for. There are no tenants: who asks for those of one gets nothing."""
        wanted = tuple(each.wanted() for each in self.topics or () if not each.tenant_id_in)
        limit = min(self.max_tasks, MOST_AT_ONCE)
        by_age: Literal["oldest", "newest"] | None = None
        for each in self.sorting or ():
            if each.sort_by != "createTime" or each.sort_order not in ("asc", "desc"):
                raise InvalidRequest("Cannot sort by '{by}', '{order}'", by=each.sort_by, order=each.sort_order)
            by_age = "oldest" if each.sort_order == "asc" else "newest"
        return Order(self.worker_id, wanted, limit, self.use_priority or by_age is None, by_age)
