"""The command by which whoever started a case withdraws it."""

from uuid import UUID

from sqlalchemy import bindparam, literal, select
from sqlalchemy.orm import Session

from process_server.bpmn.approval import withdraw_of
from process_server.bpmn.commands.going_back import require_initiator
from process_server.bpmn.conductor import Conductor
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.running import Running
from process_server.db import table_of
from process_server.errors import Conflict, NotAllowed
from process_server.identity.principal import Principal
from process_server.tasks import decisions, notifications
from process_server.tasks.models import TaskDecision, UserTask

_t, _d, _instance = table_of(UserTask), table_of(TaskDecision), table_of(ProcessInstance)

_TREE = select(_instance.c.id).where(_instance.c.root_id == bindparam("root"))
_AT_WORK = (
    select(_t.c.assignee)
    .where(_t.c.process_instance_id.in_(_TREE), _t.c.state.in_(["open", "held"]), _t.c.assignee.is_not(None))
    .distinct()
)
_DECIDED = (
    select(literal(1))
    .where(
        _d.c.process_instance_id.in_(_TREE),
        _d.c.action.in_(["approve", "reject", "return"]),
        _d.c.actor != bindparam("initiator"),
    )
    .limit(1)
)


def withdraw(session: Session, instance_id: UUID, *, actor: Principal, opinion: str | None = None) -> None:
    """Withdraw a case: it ends where it stands. Who started it may, as far as the model lets them.

    The process property `approval:withdraw` says when: always, undecided (nobody else has decided yet; the default),
    never. Raises NotFound, NotActive, NotAllowed, Conflict where it is too late.
    """
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(instance_id)
    require_may_withdraw(session, running, actor)
    opinion = decisions.clean_opinion(opinion)
    people = list(session.scalars(_AT_WORK, {"root": running.root_id}))
    running.execution.cancel("withdrawn")
    conductor.settle()
    decisions.record(session, "withdraw", actor.user_id, instance_id=instance_id, opinion=opinion)
    notifications.notify(
        session,
        [person for person in people if person != actor.user_id],
        "withdrawn",
        process_instance_id=instance_id,
        params={"author": actor.name},
    )


def require_may_withdraw(session: Session, running: Running, actor: Principal) -> None:
    """Raise NotAllowed or Conflict unless the actor may withdraw the case now."""
    require_initiator(running, actor)
    if running.parent_id is not None:
        raise NotAllowed("Another case called this one: withdraw that one.")
    when = withdraw_of(running.definition.program.properties)
    if when == "never":
        raise NotAllowed("The model does not let a case of this process be withdrawn.")
    given = {"root": running.root_id, "initiator": running.initiator}
    if when == "undecided" and session.execute(_DECIDED, given).first() is not None:
        raise Conflict("Somebody has decided already: it is too late to withdraw this case.")
