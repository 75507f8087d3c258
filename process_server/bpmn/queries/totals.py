"""What a person is told before they act on many tasks: how many, and the sums of their amounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Uuid, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.bpmn.definitions import definition
from process_server.bpmn.queries.fields import columns_of
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox.columns import FIELD
from process_server.tasks.inbox.lists import TableName, task
from process_server.tasks.inbox.pages import Selection, filled


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the tasks somebody may see: how many, how many of them may be decided together, sums of business fields."""

    count: int
    decidable: int
    sums: dict[str, Decimal]


def totals(session: Session, tasks: Sequence[UUID], principal: Principal) -> Totals:
    """Return the totals of open tasks; those that somebody may not see, or that are no longer open, do not count."""
    columns = columns_of(session, "all", principal)
    amounts = [column for column in columns.all() if column.kind == "number" and column.name.startswith(FIELD)]
    needs: frozenset[TableName] = frozenset().union(*(column.needs for column in amounts))
    chosen = Selection(columns, (task.c.id == func.any(literal(list(tasks), ARRAY(Uuid))),), needs)
    values = filled(session, principal)
    steps = session.execute(chosen.rows(task.c.definition_id, task.c.element_id), values).all()
    sums = session.execute(chosen.rows(func.count(), *(func.sum(column.value) for column in amounts)), values).one()
    return Totals(
        len(steps),
        sum(_decidable(session, version, element) for version, element in steps),
        {
            column.name.removeprefix(FIELD): value
            for column, value in zip(amounts, sums[1:], strict=True)
            if value is not None
        },
    )


def _decidable(session: Session, version: UUID, element_id: str) -> bool:
    approval = definition(session, version).program.elements[element_id].approval
    return approval is not None and approval.bulk
