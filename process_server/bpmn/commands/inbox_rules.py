"""Applying the rules of people's inboxes to tasks that came to them, or changed."""

from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.commands import verdicts
from process_server.bpmn.queries.fields import business_fields
from process_server.config import settings
from process_server.errors import InvalidExpression, NotAllowed, NotFound, ProcessServerError
from process_server.i18n import translate
from process_server.identity import accounts, audit
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, rule_actions
from process_server.tasks.handling.rule_actions import Approve
from process_server.tasks.inbox import rules, worklist
from process_server.tasks.inbox.rules import Called, Rule
from process_server.tasks.inbox.worklist import TaskRow


class RulesFailed(Exception):
    """The rules of a person could not be applied to a task."""

    def __init__(self, call_id: UUID) -> None:
        super().__init__(f"rules called by {call_id}")
        self.call_id = call_id


def apply_next_rules(session: Session) -> int:
    """Apply somebody's rules to the next task that came to them or changed; return 0 where there is none.

    Every action is its own: what cannot be done is logged with the reason and leaves the others done. Raises
    RulesFailed.
    """
    called = rules.take_call(session)
    if called is None:
        return 0
    try:
        _apply(session, called)
    except Exception as error:  # whatever is wrong with one task must not keep the others waiting
        raise RulesFailed(called.id) from error
    return 1


def drop_call(session: Session, failed: RulesFailed) -> None:
    """Leave a task alone whose rules could not be applied."""
    rules.drop_call(session, failed.call_id)


def _apply(session: Session, called: Called) -> None:
    account = accounts.find_account(session, called.owner)
    if account is None or not account.active:
        return
    for rule in rules.due(session, called):
        if not _act(session, rule, called.user_task_id, account.principal):
            return


def _act(session: Session, rule: Rule, task_id: UUID, owner: Principal) -> bool:
    """Act on a task if the rule's condition holds; say whether it is still before the owner."""
    columns = rules.columns_of(owner, business_fields(session))
    try:
        holds = rules.holds(session, columns, rule.condition, task_id)
    except InvalidExpression as error:  # a field it speaks of is gone with its process
        rules.write_problem(session, rule, error.message)
        return True
    rules.write_problem(session, rule, None)
    if not holds:
        return True
    done, problems = [], []
    for action in rule_actions.read(rule.actions):
        try:
            with session.begin_nested():
                task = worklist.find_task(session, task_id, owner)
                if isinstance(action, Approve):
                    _approve(session, task, rule, owner)
                else:
                    action.run(session, task, owner)
            done.append(action.do)
        except ProcessServerError as error:
            problems.append(error)
    rules.write_run(session, rule, task_id, done, problems)
    try:
        return worklist.find_task(session, task_id, owner).state == "open"
    except NotFound:
        return False


def _approve(session: Session, task: TaskRow, rule: Rule, owner: Principal) -> None:
    """Approve a task for who owns the rule; one that is offered to them is claimed first.

    Raises NotAllowed where the model does not let rules do so, AlreadyClaimed where somebody was faster.
    """
    approval = verdicts.approval_of(session, task)
    if approval is None or not approval.rules or task.parent_id is not None or task.delegation == "pending":
        raise NotAllowed("The model of this step does not let rules approve it.")
    if task.assignee is None:
        claiming.claim(session, task.id, owner)
        task = worklist.find_task(session, task.id, owner)
    rule_actions.require_own(task, owner)
    said = translate(owner.language or settings().language, "Approved by my rule “{name}”.", name=rule.name)
    verdicts.decide(session, task, "approve", actor=owner, revision=task.revision, opinion=said)
    audit.record(session, owner.user_id, "decide_by_rule", "user_task", task.id, rule=rule.name)
