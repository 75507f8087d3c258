"""Alembic's environment: the metadata of all rooms against the connection it is given."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.schema import SchemaItem

import process_server.bpmn.models
import process_server.calendars.models
import process_server.forms.models
import process_server.health
import process_server.identity.models
import process_server.tasks.deadlines.models
import process_server.tasks.handling.models
import process_server.tasks.inbox.models
import process_server.tasks.models
import process_server.tasks.telling.models  # noqa: F401
from process_server.db import Base, Instant, Json


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they are in the database: a migration must not change when they do."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        return "postgresql.JSONB()"
    return False


def is_ours(_item: SchemaItem, name: str | None, kind: str, reflected: bool, _compared: SchemaItem | None) -> bool:
    """Leave the partitions alone: they come and go by themselves."""
    return not (kind == "table" and reflected and (name or "").startswith("activity_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    include_object=is_ours,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
