"""The mails of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from process_server.db import Session, table_of
from process_server.tasks.telling.models import Mail

_m = table_of(Mail)
_OF_INSTANCES: Select[Any] = (
    select(_m.c.recipient, _m.c.subject, _m.c.state, _m.c.created_at)
    .where(_m.c.process_instance_id.in_(bindparam("instances", expanding=True)))
    .order_by(_m.c.created_at, _m.c.id)
    .limit(200)
)


@dataclass(frozen=True, slots=True)
class MailOfCase:
    """A mail that went out, or could not: to whom, about what."""

    recipient: str
    subject: str
    state: str
    created_at: datetime


def of_instances(session: Session, instance_ids: Sequence[UUID]) -> list[MailOfCase]:
    """Return the mails of cases in the order they were written; the caller has checked who asks."""
    return [MailOfCase(*row) for row in session.execute(_OF_INSTANCES, {"instances": list(instance_ids)})]
