"""The files of cases: what was sent with their forms, when and by whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from process_server.db import Session, table_of
from process_server.forms.models import File, FileUse

_file, _use = table_of(File), table_of(FileUse)
_OF_INSTANCES: Select[Any] = (
    select(
        _file.c.id, _file.c.name, _file.c.media_type, _file.c.size, _file.c.state, _file.c.thumbnail.is_not(None),
        _file.c.field, _file.c.sha256, _use.c.process_instance_id, _use.c.user_task_id, _use.c.used_by, _use.c.used_at,
    )
    .join(_use, _use.c.file_id == _file.c.id)
    .where(_use.c.process_instance_id.in_(bindparam("instances", expanding=True)))
    .order_by(_use.c.used_at, _file.c.id)
    .limit(1_000)
)  # fmt: skip
_FILED = (
    select(_use.c.user_task_id)
    .where(_use.c.process_instance_id.in_(bindparam("instances", expanding=True)), _use.c.user_task_id.is_not(None))
    .distinct()
)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file that was sent with a form; `pictured` says whether there is a small picture of it."""

    id: UUID
    name: str
    media_type: str
    size: int
    state: str
    pictured: bool
    field: str | None
    sha256: bytes
    process_instance_id: UUID
    user_task_id: UUID | None
    used_by: str
    used_at: datetime


def of_instances(session: Session, instance_ids: Sequence[UUID]) -> list[CaseFile]:
    """Return the files of cases in the order they came; the caller has checked who asks."""
    return [CaseFile(*row) for row in session.execute(_OF_INSTANCES, {"instances": list(instance_ids)})]


def filed_tasks(session: Session, instance_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which tasks of cases files were sent with."""
    return frozenset(session.scalars(_FILED, {"instances": list(instance_ids)}))
