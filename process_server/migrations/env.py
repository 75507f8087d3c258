"""Alembic's environment: the metadata of all rooms against the connection it is given."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.schema import SchemaItem

from process_server.db import Instant, Json
from process_server.migrations.known import METADATA


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
    target_metadata=METADATA,
    render_item=render_item,
    include_object=is_ours,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
