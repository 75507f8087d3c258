"""Deciding a task by the link of a mail: as its reader would in the application, by the same checks, once."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.approval import Approval, Verdict
from process_server.bpmn.commands import verdicts
from process_server.errors import NotAllowed
from process_server.identity import accounts, audit
from process_server.identity.principal import Principal
from process_server.tasks.handling import locking
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.telling import mail_links
from process_server.tasks.telling.mail_links import MailLinkClosed


def reader_of(session: Session, link: Any) -> Principal:
    """Return who acts by a link. Raises MailLinkClosed where they are no longer active."""
    account = accounts.find_account(session, link.user_id, fresh=True)
    if account is None or not account.active:
        raise MailLinkClosed
    return account.principal


def approval_of(session: Session, task: TaskRow) -> Approval:
    """Return how a step is decided. Raises AlreadyCompleted naming who was faster, Conflict where signers come
    first, NotAllowed where it takes more than a link: a signature, another form.
    """
    locking.require_open(session, task)
    approval = verdicts.approval_of(session, task)
    if approval is None or approval.signature or task.parent_id is not None or task.delegation == "pending":
        raise NotAllowed("This task cannot be decided from a mail. Open it in the application.")
    return approval


def decide_by_mail(
    session: Session, secret: str, verdict: Verdict, *, opinion: str | None = None, reason: str | None = None
) -> UUID:
    """Decide the task of a link, and use the link up; return the task.

    Raises MailLinkClosed, and as `complete_user_task`: InvalidForm where the step demands more than a decision.
    """
    link = mail_links.find(session, secret, hold=True)
    reader = reader_of(session, link)
    task = worklist.find_task(session, link.user_task_id, reader)
    approval_of(session, task)
    verdicts.decide(session, task, verdict, actor=reader, opinion=opinion, reason=reason)
    mail_links.use(session, link.id)
    audit.record(session, reader.user_id, "decide_by_mail", "user_task", task.id, link=link.id, verdict=verdict)
    return task.id
