"""What lists of tasks show of the process around a task, as plain columns: this room does not know BPMN."""

from sqlalchemy import Integer, Text, Uuid, column, table

from process_server.db import Instant, Json

instance = table(
    "process_instance",
    column("id", Uuid),
    column("parent_id", Uuid),
    column("root_id", Uuid),
    column("definition_id", Uuid),
    column("business_key", Text),
    column("state", Text),
    column("initiator", Text),
    column("started_at", Instant),
    column("ended_at", Instant),
    column("paused_at", Instant),
    column("suspended_at", Instant),
    column("variables", Json),
    column("search_text", Text),
)
definition = table(
    "process_definition",
    column("id", Uuid),
    column("key", Text),
    column("version", Integer),
    column("name", Text),
    column("name_en", Text),
)
incident = table(
    "incident",
    column("id", Uuid),
    column("process_instance_id", Uuid),
    column("definition_id", Uuid),
    column("element_id", Text),
    column("code", Text),
    column("message", Text),
    column("created_at", Instant),
    column("resolved_at", Instant),
)
