"""Commands that delete what is deployed, a deployment or versions of processes, with their instances or without."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from process_server.bpmn import definitions
from process_server.bpmn.commands import removal
from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.models import (
    DecisionDefinition,
    Deployment,
    Incident,
    JobFailure,
    ProcessDefinition,
    ProcessInstance,
    Resource,
    Subscription,
    Timer,
)
from process_server.bpmn.runtime.conductor import Conductor
from process_server.db import changed, table_of
from process_server.errors import Conflict, NotFound
from process_server.forms.models import FormDefinition
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.models import TaskDecision, UserTask

_definition, _instance, _deployment = table_of(ProcessDefinition), table_of(ProcessInstance), table_of(Deployment)


def delete_definitions(
    session: Session, ids: Sequence[UUID], *, actor: Principal, instances: Literal["refuse", "cancel"] = "refuse"
) -> None:
    """Delete versions of processes; their files stay with their deployments. Raises as `delete_deployment`."""
    require_operator(actor)
    held = select(_definition.c.id).where(_definition.c.id.in_(ids))
    refusal = Conflict("Process instances of this version are kept: it cannot be deleted.")
    gone = _delete_cases(session, held, actor, refusal if instances == "refuse" else None)
    _refuse_history(session, held)
    _delete_starts(session, held)
    if changed(session.execute(delete(_definition).where(_definition.c.id.in_(ids)))) != len(set(ids)):
        raise NotFound(kind="process definition", id=", ".join(map(str, ids)))
    definitions.forget()
    for definition_id in ids:
        audit.record(session, actor.user_id, "delete", "process_definition", definition_id, instances=gone)


def _delete_cases(session: Session, held: Select[Any], actor: Principal, refusal: Conflict | None) -> int:
    """Delete the cases of versions with their history; return how many. Raises `refusal`, if given, for any."""
    kept = list(session.execute(select(_instance.c.id).where(_instance.c.definition_id.in_(held))).scalars())
    if kept and refusal is not None:
        raise refusal
    if kept:
        _cancel_running(session, held, actor)
        removal.remove(session, kept)
    return len(kept)


def _delete_starts(session: Session, held: Select[Any]) -> None:
    """Delete what start events wait for."""
    for table in (table_of(Timer), table_of(Subscription)):
        session.execute(delete(table).where(table.c.definition_id.in_(held)))


def delete_deployment(
    session: Session, deployment_id: UUID, *, actor: Principal, instances: Literal["refuse", "cancel"] = "refuse"
) -> None:
    """Delete a deployment with its definitions. Raises NotFound, Conflict while instances of it are kept.

    With `instances="cancel"` those that run are cancelled, with all they called, and all go with their history; that
    is refused where a process of another deployment waits for one of them.
    """
    require_operator(actor)
    held = select(_definition.c.id).where(_definition.c.deployment_id == deployment_id)
    refusal = Conflict("Process instances of this deployment are kept: it cannot be deleted.")
    gone = _delete_cases(session, held, actor, refusal if instances == "refuse" else None)
    _refuse_forms_in_use(session, deployment_id)
    _refuse_history(session, held)
    _delete_starts(session, held)
    for table in (_definition, table_of(DecisionDefinition), table_of(FormDefinition), table_of(Resource)):
        session.execute(delete(table).where(table.c.deployment_id == deployment_id))
    if not changed(session.execute(delete(_deployment).where(_deployment.c.id == deployment_id))):
        raise NotFound(kind="deployment", id=deployment_id)
    definitions.forget()
    audit.record(session, actor.user_id, "delete", "deployment", str(deployment_id), instances=gone)


def _cancel_running(session: Session, held: Select[Any], actor: Principal) -> None:
    parent = _instance.alias("parent")
    waited_for = (
        select(_instance.c.id)
        .join(parent, parent.c.id == _instance.c.parent_id)
        .where(_instance.c.definition_id.in_(held), _instance.c.state == "active", parent.c.state == "active")
        .where(parent.c.definition_id.not_in(held))
    )
    if session.execute(waited_for.limit(1)).first() is not None:
        raise Conflict("Processes of other deployments wait for instances of this one: cancel them first.")
    running = select(_instance.c.id).where(_instance.c.definition_id.in_(held), _instance.c.state == "active")
    for instance_id in list(session.execute(running.order_by(_instance.c.root_id, _instance.c.id)).scalars()):
        conductor = Conductor(session, actor.user_id, suspended_too=True)
        opened = conductor.open_active(instance_id)
        if opened is not None:
            opened.execution.cancel("deployment_deleted")
            conductor.settle()


def _refuse_history(session: Session, held: Select[Any]) -> None:
    """Refuse where cases of other versions have been: what was done in a version is told by its model."""
    for table in (table_of(UserTask), table_of(Incident), table_of(JobFailure)):
        left = select(table.c.id).where(table.c.definition_id.in_(held)).limit(1)
        if session.execute(left).first() is not None:
            raise Conflict("Cases that were moved to another version have their history here: it cannot be deleted.")


def _refuse_forms_in_use(session: Session, deployment_id: UUID) -> None:
    form = table_of(FormDefinition)
    for table in (table_of(UserTask), table_of(TaskDecision)):
        used = select(table.c.id).join(form, form.c.id == table.c.form_definition_id).limit(1)
        if session.execute(used.where(form.c.deployment_id == deployment_id)).first() is not None:
            raise Conflict("Tasks of other deployments show forms of this one: it cannot be deleted.")
