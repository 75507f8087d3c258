"""Who could not go on: what kinds of incidents there are."""

from sqlalchemy import ColumnElement, and_, case, exists, literal_column, select

from process_server.bpmn.models import Incident, JobFailure
from process_server.db import table_of

_incident, _failure = table_of(Incident), table_of(JobFailure)

_BY_WORKER = exists(select(literal_column("1")).where(_failure.c.job_id == _incident.c.token_id, ~_failure.c.connector))

KIND: ColumnElement[str] = case((and_(_incident.c.code == "job_failed", _BY_WORKER), "worker"), else_="server")
"""Of an incident: `worker`, where one outside gave up, or `server`."""
