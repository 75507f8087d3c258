"""Commands that move running instances to another version of their process, with their tasks, timers and jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.definitions import definition
from process_server.bpmn.engine.elements.people import UserTask as UserTaskSpec
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.migration.carrying import Carried, carry
from process_server.bpmn.migration.checks import faults
from process_server.bpmn.migration.obstacles import obstacles
from process_server.bpmn.migration.plan import Obstacle, Plan
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import UserTaskWait, Wait
from process_server.db import table_of
from process_server.errors import Conflict, Invalid
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask

Forms = Literal["keep", "new"]
"""What open tasks show: the form they were filled in by so far, or that of the new version."""

_instance, _task = table_of(ProcessInstance), table_of(UserTask)

_OPEN = select(_task.c.id, _task.c.element_id, _task.c.form_key, _task.c.form_definition_id).where(
    _task.c.process_instance_id == bindparam("instance"), _task.c.state.in_(["open", "held"])
)
_FORM = (
    update(_task)
    .where(_task.c.id == bindparam("task"))
    .values(form_key=bindparam("key"), form_definition_id=bindparam("form"))
)
_NEW_FORM = _FORM.values(revision=_task.c.revision + 1)  # who has the other one open is told when they send it


def _moved(table: str, only: str = "") -> str:
    """Return the part of a statement that lets what an instance waits for belong to its new version."""
    return (
        f"{table}_moved AS (UPDATE {table} SET definition_id = :definition,"
        " element_id = COALESCE(:elements ->> element_id, element_id)"
        f" WHERE process_instance_id = :instance{only})"
    )


# one round trip: the instance itself, its open tasks with their signers, what else it waits for, what it called
_PARTS = (
    _moved("user_task", " AND state IN ('open', 'held')"),
    _moved("timer"),
    _moved("subscription"),
    _moved("job"),
    _moved("incident", " AND resolved_at IS NULL"),
    "called_moved AS (UPDATE process_instance SET called_from = COALESCE(:elements ->> called_from, called_from)"
    " WHERE parent_id = :instance AND state = 'active')",
)
_MOVE = text(
    f"WITH {', '.join(_PARTS)} UPDATE process_instance SET definition_id = :definition WHERE id = :instance"
).bindparams(bindparam("elements", type_=JSONB()))


@dataclass(frozen=True, slots=True)
class Migration:
    """From which version to which, by which plan; `variables` are set on the way."""

    source: UUID
    target: UUID
    plan: Plan
    forms: Forms = "keep"
    variables: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return what `read` makes a migration of again."""
        return {
            "source": str(self.source),
            "target": str(self.target),
            "instructions": self.plan.stored(),
            "forms": self.forms,
            "variables": dict(self.variables),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Migration":
        """Make the migration that `stored` told."""
        plan = Plan.read(stored["instructions"])
        return cls(UUID(stored["source"]), UUID(stored["target"]), plan, stored["forms"], stored["variables"])

    def back(self) -> "Migration | None":
        """Return the migration that leads back; None where two elements became one."""
        plan = self.plan.back()
        return None if plan is None else Migration(self.target, self.source, plan, self.forms)


class InvalidPlan(Invalid):
    """The plan of the migration cannot be followed.

    It says the first thing that is wrong; `found` holds all.
    """

    code = "invalid_migration_plan"

    def __init__(self, found: list[Obstacle]) -> None:
        super().__init__(found[0].template, **found[0].facts)
        self.found = found


class CannotMigrate(Conflict):
    """The case cannot go to the other version.

    It says the first thing that is in the way; `found` holds all.
    """

    code = "cannot_migrate"

    def __init__(self, found: list[Obstacle]) -> None:
        super().__init__(found[0].template, **found[0].facts)
        self.found = found


class OtherVersion(Conflict):
    """The case does not run in the version the plan begins with."""

    code = "other_version"


def check_plan(session: Session, migration: Migration) -> None:
    """Raise InvalidPlan for a plan that no instance could be moved by; NotFound, Invalid for other processes."""
    source, target = definition(session, migration.source), definition(session, migration.target)
    found = faults(source.program, target.program, migration.plan)
    if found:
        raise InvalidPlan(found)


def migrate_instance(session: Session, instance_id: UUID, migration: Migration, *, actor: Principal) -> None:
    """Move a running instance to the version a migration leads to; what it waits for goes on there.

    Raises NotFound, NotActive, OtherVersion, InvalidPlan, CannotMigrate; then nothing has changed.
    """
    require_operator(actor)
    check_plan(session, migration)
    conductor = Conductor(session, actor.user_id, suspended_too=True)
    running = conductor.open(instance_id)
    before = running.definition
    if before.id != migration.source:
        raise OtherVersion
    target = definition(session, migration.target)
    found = obstacles(running.execution, target.program, migration.plan)
    if found:
        raise CannotMigrate(found)
    shown = _forms(session, running) if migration.forms == "keep" else {}
    conductor.house.deployment_id = target.deployment_id
    waited = running.before
    carried = carry(running.execution, target.program, migration.plan)
    running.execution, running.definition = carried.execution, target
    running.before = {token: _moved_wait(wait, carried) for token, wait in waited.items()}
    _move_rows(session, running, waited)
    _set_forms(session, running, shown)
    if migration.variables:
        running.execution.set_variables(migration.variables)
    detail = {"source": before.version, "target": target.version, "definition_id": str(target.id)}
    audit.record(session, actor.user_id, "migrate", "process_instance", instance_id, **detail)
    conductor.settle()


def _moved_wait(wait: Wait, carried: Carried) -> Wait:
    """Return what was waited for under its new name: a row whose wait has not changed is left alone."""
    return replace(wait, element=carried.elements.get(wait.token, wait.element))


def _move_rows(session: Session, running: Running, waited: Mapping[UUID, Wait]) -> None:
    """Let the rows of what is waited for say the new version and element. Signers stand where their task does."""
    elements = {wait.element: running.before[token].element for token, wait in waited.items()}
    given = {"instance": running.id, "definition": running.definition.id, "elements": elements}
    session.execute(_MOVE, given)


def _forms(session: Session, running: Running) -> dict[UUID, UUID | None]:
    """Return which form each open task shows now."""
    rows = session.execute(_OPEN, {"instance": running.id})
    return {row.id: task_forms.form_of(session, running.definition, row) for row in rows}


def _set_forms(session: Session, running: Running, shown: Mapping[UUID, UUID | None]) -> None:
    """Let open tasks keep the forms they showed, or show those of the new version."""
    keys = {} if shown else _keys(running)
    for row in session.execute(_OPEN, {"instance": running.id}).all():
        key, form = keys.get(row.element_id, row.form_key), shown.get(row.id)
        if (key, form) != (row.form_key, row.form_definition_id):
            session.execute(_FORM if shown else _NEW_FORM, {"task": row.id, "key": key, "form": form})


def _keys(running: Running) -> dict[str, str | None]:
    """Return the form that the new version gives each step that is waited for."""
    keys: dict[str, str | None] = {}
    for token, wait in running.execution.waits.items():
        held = running.execution.tokens[token]
        if isinstance(wait, UserTaskWait) and isinstance(held.task_spec, UserTaskSpec):
            keys[wait.element] = held.task_spec.form_key(held)
    return keys
