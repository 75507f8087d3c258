"""The command by which whoever started a case withdraws it."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.runtime import allowed
from process_server.bpmn.runtime.conductor import Conductor
from process_server.db import table_of
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.telling import notifications

_t, _d, _instance = table_of(UserTask), table_of(TaskDecision), table_of(ProcessInstance)

_TREE = select(_instance.c.id).where(_instance.c.root_id == bindparam("root"))
_AT_WORK = (
    select(_t.c.assignee)
    .where(_t.c.process_instance_id.in_(_TREE), _t.c.state.in_(["open", "held"]), _t.c.assignee.is_not(None))
    .distinct()
)


def withdraw(session: Session, instance_id: UUID, *, actor: Principal, opinion: str | None = None) -> None:
    """Withdraw a case: it ends where it stands. Who started it may, as far as the model lets them.

    The process property `approval:withdraw` says when: always, undecided (nobody else has decided yet; the default),
    never. Raises NotFound, NotActive, NotAllowed, Conflict where it is too late.
    """
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(instance_id)
    allowed.require_may_withdraw(session, running, actor)
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
        params={"author": actor.named},
    )
