"""What somebody may do with a task now, each with the reason where they may not: the same checks the commands make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.queries.peek import peek
from process_server.bpmn.runtime import added_signers, allowed, preview
from process_server.bpmn.runtime.added_signers import Signer
from process_server.bpmn.runtime.preview import Forecast
from process_server.bpmn.runtime.running import Running
from process_server.db import table_of
from process_server.errors import Conflict, NotAllowed, ProcessServerError
from process_server.forms import entry
from process_server.i18n import gettext_noop
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.handling import claiming, handing, nudging
from process_server.tasks.handling.locking import (
    require_may_decide,
    require_not_suspended,
    require_open,
    require_undecided,
)
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow

Case = Callable[[], Running]

CALLED = gettext_noop(
    "“{process}” called this case: it can be returned within itself alone. "
    "To go back further, reject: “{process}” goes on as its model says."
)

_instance = table_of(ProcessInstance)
_called_one = _instance.alias("called")
_CALLER = (
    select(_instance.c.definition_id)
    .join(_called_one, _called_one.c.parent_id == _instance.c.id)
    .where(_called_one.c.id == bindparam("instance"))
)
_ALWAYS = frozenset({"copy", "remind"})
"""What can be done in a suspended case as well."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something one might do with a task. `why_not` is the error that doing it would raise."""

    action: str
    why_not: ProcessServerError | None = None

    @property
    def allowed(self) -> bool:
        """Whether it can be done now."""
        return self.why_not is None


def actions(session: Session, task: TaskRow, principal: Principal) -> list[Action]:
    """Return all there is to do with a task the user sees; whether each can be done now, and if not why."""
    case = _case(session, task)
    checks: dict[str, Callable[[], object]] = {
        "complete": lambda: require_may_decide(session, task, principal),
        "claim": lambda: claiming.require_may_claim(session, task, principal),
        "release": lambda: claiming.require_may_release(session, task, principal),
        "transfer": lambda: _transfer(session, task, principal),
        "delegate": lambda: _delegate(session, task, principal),
        "add_signer": lambda: _add_signer(session, task, principal),
        "remove_signer": lambda: _remove_signer(session, task, principal, case),
        "return": lambda: _return(session, task, principal, case),
        "copy": lambda: handing.require_allowed(task, "copy", principal),
        "remind": lambda: nudging.require_may_remind(session, task, principal),
        "undo": lambda: _undo(session, task, principal, case),
        "recall": lambda: _recall(session, principal, case),
        "withdraw": lambda: allowed.require_may_withdraw(session, case(), principal),
    }
    stands_still = _error(lambda: require_not_suspended(session, task.process_instance_id))
    return [
        Action(name, (stands_still if name not in _ALWAYS else None) or _error(check)) for name, check in checks.items()
    ]


def signers(session: Session, task_id: UUID, principal: Principal) -> list[tuple[Signer, Action]]:
    """Return who was added to the step of a task the user sees and has not decided; whether each can be taken off."""
    task = worklist.find_task(session, task_id, principal)
    added = added_signers.added_signers(session, task, _case(session, task))
    return [
        (each, Action("remove_signer", _error(partial(_take_off, session, task, each, principal)))) for each in added
    ]


def may_undo(session: Session, task_id: UUID, principal: Principal) -> bool:
    """Say whether somebody may still take back what they decided at a task."""
    task = worklist.find_task(session, task_id, principal)
    return _error(lambda: _undo(session, task, principal, _case(session, task))) is None


def return_targets(session: Session, task_id: UUID, principal: Principal) -> list[allowed.Passed]:
    """Return the earlier steps a task the user sees could be returned to, in the order they were passed last."""
    task = worklist.find_task(session, task_id, principal)
    return _targets(session, task, _case(session, task))


def no_further_back(session: Session, task_id: UUID, principal: Principal) -> Conflict | None:
    """Return why a task the user sees cannot be returned to steps before its case: another one called it."""
    task = worklist.find_task(session, task_id, principal)
    return _called(session, task)


def _called(session: Session, task: TaskRow) -> Conflict | None:
    caller = session.execute(_CALLER, {"instance": task.process_instance_id}).scalar_one_or_none()
    return None if caller is None else Conflict(CALLED, process=definition(session, caller).named)


def _targets(session: Session, task: TaskRow, case: Case) -> list[allowed.Passed]:
    if task.state != "open" or task.parent_id is not None:
        return []
    running = case()
    return allowed.passed_before(session, running, task.id) if task.id in running.execution.waits else []


def expected(session: Session, task_id: UUID, values: Mapping[str, Any], principal: Principal) -> Forecast:
    """Return the steps that are expected to follow when a task the user sees is completed with these values.

    Where a case has called this one, what follows there as well.
    """
    task = worklist.find_task(session, task_id, principal)
    running = peek(session, task.process_instance_id)
    token = task
    while token.parent_id is not None:
        token = worklist.find_task(session, token.parent_id, SYSTEM)
    if token.id not in running.execution.waits:
        raise Conflict("This task is no longer open.")
    forecast = preview.expected(session, running, token.id, entry.take(values), actor=principal.user_id)
    while forecast.ends and running.parent_id is not None and running.parent_token is not None:
        result, call = running.execution.variables, running.parent_token
        running = peek(session, running.parent_id)
        forecast.go_on(preview.expected(session, running, call, result, actor=principal.user_id, at=forecast.until))
    return forecast


def _case(session: Session, task: TaskRow) -> Case:
    """Return what loads the case of a task when it is first asked for."""
    return cache(lambda: peek(session, task.process_instance_id))


def _error(check: Callable[[], object]) -> ProcessServerError | None:
    try:
        check()
    except ProcessServerError as error:
        return error
    return None


def _transfer(session: Session, task: TaskRow, principal: Principal) -> None:
    require_undecided(session, task)
    handing.require_action(session, task, "transfer", principal)


def _delegate(session: Session, task: TaskRow, principal: Principal) -> None:
    require_open(session, task)
    handing.require_action(session, task, "delegate", principal)
    if task.delegation == "pending":
        raise Conflict("This task is delegated already. Transfer it instead.")


def _add_signer(session: Session, task: TaskRow, principal: Principal) -> None:
    require_may_decide(session, task, principal)
    handing.require_action(session, task, "add_signer", principal)
    if task.assignee is None:
        raise Conflict("Claim this task first.")


def _remove_signer(session: Session, task: TaskRow, principal: Principal, case: Case) -> None:
    """Raise unless one of the signers added to the step can be taken off; as the first of them who cannot."""
    added = added_signers.added_signers(session, task, case)
    if not added:
        raise Conflict("No signer was added who has not decided yet.")
    errors = [_error(partial(_take_off, session, task, signer, principal)) for signer in added]
    if None not in errors:
        raise next(error for error in errors if error is not None)


def _take_off(session: Session, task: TaskRow, signer: Signer, principal: Principal) -> None:
    if signer.task is not None:
        added_signers.require_may_take_off(session, signer.task, principal)
    else:
        added_signers.require_may_take_off_later(session, task, signer.person, principal)


def _return(session: Session, task: TaskRow, principal: Principal, case: Case) -> None:
    require_may_decide(session, task, principal)
    handing.require_action(session, task, "return", principal)
    if task.parent_id is not None:
        raise NotAllowed("An added signer approves or rejects; only who has the task itself returns it.")
    if not _targets(session, task, case):
        raise _called(session, task) or Conflict("This case has passed no step it could be returned to.")


def _undo(session: Session, task: TaskRow, principal: Principal, case: Case) -> None:
    allowed.require_fresh(task, principal)
    allowed.require_untouched(session, case(), task)


def _recall(session: Session, principal: Principal, case: Case) -> None:
    last = worklist.find_task(session, allowed.last_own(session, case(), principal), SYSTEM)
    allowed.require_untouched(session, case(), last)
