"""The strategies by which a model finds who decides a step."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from process_server.bpmn.approval import Strategy
from process_server.bpmn.host import Question
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity import approvers
from process_server.tasks.handling import rotation, workload

# What was approved before something was rejected, returned or taken back was approved of something else.
_APPROVED = text(
    """
    SELECT DISTINCT actor FROM task_decision AS said
    WHERE process_instance_id = :instance AND action = 'approve' AND on_behalf_of IS NULL AND at > COALESCE(
        (
            SELECT max(at) FROM task_decision
            WHERE process_instance_id = :instance AND action IN ('reject', 'return', 'recall')
        ),
        '-infinity'
    ) AND NOT EXISTS (
        SELECT FROM task_decision AS later WHERE later.user_task_id = said.user_task_id AND later.action = 'undo'
    )
    """
).bindparams(bindparam("instance", type_=Uuid()))


def find(session: Session, question: Question, *, peek: bool) -> tuple[str, ...]:
    """Return active people, each once; with `peek` nobody's turn is used up."""
    return tuple(dict.fromkeys(_STRATEGIES[question.by](session, question, peek)))


def approved(session: Session, instance_id: UUID) -> tuple[str, ...]:
    """Return who approved a step of an instance since something was last rejected or returned in it."""
    return tuple(session.scalars(_APPROVED, {"instance": instance_id}))


def _group(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    return approvers.active(session, (), question.of)


def _named(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    return approvers.active(session, question.of)


def _department(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    return approvers.of_departments(session, question.of)


def _heads(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    """The heads of the departments named, else of the initiator's."""
    own = approvers.department_of(session, question.initiator) if question.initiator and not question.of else None
    departments = question.of or ((own,) if own else ())
    return tuple(head for department in departments for head in approvers.heads(session, department, question.levels))


def _supervisors(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    """The supervisors of the people named, else of the initiator."""
    people = question.of or ((question.initiator,) if question.initiator else ())
    return tuple(above for person in people for above in approvers.supervisors(session, person, question.levels))


def _round_robin(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    chosen = (
        rotation.next_in_turn(session, question.process, question.element, group, peek=peek) for group in question.of
    )
    return tuple(person for person in chosen if person is not None)


def _least_loaded(session: Session, question: Question, peek: bool) -> tuple[str, ...]:
    try:
        return tuple(workload.least_loaded(session, group) for group in question.of)
    except NotFound:
        return ()


_STRATEGIES: dict[Strategy, Callable[[Session, Question, bool], tuple[str, ...]]] = {
    "user": _named,
    "field": _named,
    "previous_choice": _named,
    "initiator_choice": _named,
    "expression": _named,
    "group": _group,
    "role": _group,
    "department": _department,
    "department_head": _heads,
    "supervisor": _supervisors,
    "round_robin": _round_robin,
    "least_loaded": _least_loaded,
}
