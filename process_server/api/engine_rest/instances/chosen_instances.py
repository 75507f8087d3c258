"""Which instances an operation on many is for: those it names, and those of its queries."""

from collections.abc import Sequence
from uuid import UUID

from process_server.api.engine_rest.history import history_instances
from process_server.api.engine_rest.instances import process_instances
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.db import Session
from process_server.identity.principal import Principal


class Chosen(Wire):
    """Instances by their ids, by a query over running ones, by a query over the history."""

    process_instance_ids: list[SoughtId] | None = None
    process_instance_query: process_instances.InstanceQuery | None = None
    historic_process_instance_query: history_instances.HistoricInstanceQuery | None = None

    def instances(self, session: Session, actor: Principal, named: Sequence[UUID] | None = None) -> list[UUID]:
        """Return the instances. Raises InvalidRequest where none are named or found."""
        found = list(named if named is not None else self.process_instance_ids or ())
        if self.process_instance_query is not None:
            found += [row["id"] for row in process_instances.LIST.rows(session, actor, self.process_instance_query)]
        if self.historic_process_instance_query is not None:
            query = self.historic_process_instance_query
            found += [row["id"] for row in history_instances.LIST.rows(session, actor, query)]
        if not found:
            raise InvalidRequest("No process instance is named or found: processInstanceIds is empty")
        return list(dict.fromkeys(found))
