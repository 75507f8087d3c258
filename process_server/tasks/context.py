"""What lists of tasks show of the process around a task, as plain columns: this room does not know BPMN."""

from sqlalchemy import Integer, Text, Uuid, column, table

from process_server.db import Instant, Json

instance = table(
    "process_instance",
    column("id", Uuid),
    column("business_key", Text),
    column("initiator", Text),
    column("started_at", Instant),
    column("variables", Json),
)
definition = table(
    "process_definition",
    column("id", Uuid),
    column("key", Text),
    column("version", Integer),
    column("name", Text),
    column("name_en", Text),
)
