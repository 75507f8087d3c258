"""The variables of a task as its reader may see them: administrators all of its case, others those of its form."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.instances import get_variables
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.forms.definitions import UnsupportedForm
from process_server.identity.principal import Principal
from process_server.tasks.context import instance
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.models import UserTask

_task = table_of(UserTask)
_ALL = (
    select(_task.c.id, instance.c.variables.label("of_case"), _task.c.variables.label("own"))
    .join(instance, instance.c.id == _task.c.process_instance_id)
    .where(_task.c.id.in_(bindparam("tasks", expanding=True)))
)
_LOCAL = select(_task.c.variables).where(_task.c.id == bindparam("task"))


def variables_of(session: Session, task_ids: Sequence[UUID]) -> dict[UUID, tuple[dict[str, Any], dict[str, Any]]]:
    """Return the variables of the cases of tasks, and those of the tasks alone; who asks is an administrator."""
    return {row.id: (row.of_case, row.own or {}) for row in session.execute(_ALL, {"tasks": list(task_ids)})}


def local_variables(session: Session, task_id: UUID) -> dict[str, Any]:
    """Return the variables of a task alone."""
    return dict(session.execute(_LOCAL, {"task": task_id}).scalar() or {})


def visible_variables(session: Session, task: TaskRow, actor: Principal) -> dict[str, Any]:
    """Return the variables of a task somebody sees, and of its case, as far as they are shown them."""
    if actor.admin:
        return get_variables(session, task.process_instance_id) | local_variables(session, task.id)
    return _shown_by_form(session, task)


def visible_local_variables(session: Session, task: TaskRow, actor: Principal) -> dict[str, Any]:
    """Return the variables of a task alone, as far as somebody is shown them."""
    held = local_variables(session, task.id)
    if actor.admin:
        return held
    shown = _shown_by_form(session, task)
    return {name: value for name, value in held.items() if name in shown}


def _shown_by_form(session: Session, task: TaskRow) -> dict[str, Any]:
    try:
        form = task_forms.of_task(session, task, "en", editable=False)
    except (NotFound, UnsupportedForm):
        return {}
    return {} if form is None else form.data
