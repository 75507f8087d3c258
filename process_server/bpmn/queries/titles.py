"""What cases, tasks, versions and deployments are called, by their ids: for lists that tell of many things."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, bindparam, cast, func, null, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import Deployment, ProcessDefinition, ProcessInstance
from process_server.db import table_of
from process_server.tasks.models import UserTask

_case, _version, _task = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(UserTask)
_deployment = table_of(Deployment)
_NAME = func.coalesce(_version.c.name, _version.c.key)

_OF: Mapping[str, Select[Any]] = {
    "process_instance": select(_case.c.id, _NAME, _version.c.name_en, _case.c.business_key)
    .join_from(_case, _version, _version.c.id == _case.c.definition_id)
    .where(_case.c.id.in_(bindparam("ids", expanding=True))),
    "process_definition": select(
        _version.c.id, _NAME, _version.c.name_en, func.concat("v", cast(_version.c.version, String))
    ).where(_version.c.id.in_(bindparam("ids", expanding=True))),
    "user_task": select(_task.c.id, _task.c.name, _task.c.name_en, null()).where(
        _task.c.id.in_(bindparam("ids", expanding=True))
    ),
    "deployment": select(_deployment.c.id, _deployment.c.name, null(), null()).where(
        _deployment.c.id.in_(bindparam("ids", expanding=True))
    ),
}


def titles(session: Session, things: Iterable[tuple[str, str]], *, english: bool) -> dict[tuple[str, str], str]:
    """Return what things are called, by kind and id; those that are gone, or of another kind, are left out."""
    asked: dict[str, set[UUID]] = defaultdict(set)
    for kind, thing in things:
        if kind in _OF:
            with suppress(ValueError):  # the audit keeps what it was given
                asked[kind].add(UUID(thing))
    found = {}
    for kind, ids in asked.items():
        for thing_id, name, name_en, more in session.execute(_OF[kind], {"ids": list(ids)}):
            title = name_en if english and name_en else name
            found[kind, str(thing_id)] = f"{title} {more}" if more else title
    return found
