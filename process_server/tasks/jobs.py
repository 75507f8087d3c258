"""Background work of human tasks: mail and reminders that are due. Celery rings; the rows are the truth."""

import logging

from celery import shared_task

from process_server.config import settings
from process_server.db import unit_of_work
from process_server.tasks import mail, reminders

BATCH = 50
MOST = 1_000  # of one sweep; the next one goes on

_log = logging.getLogger(__name__)


@shared_task(name="process_server.tasks.jobs.send_due_mail", ignore_result=True)
def send_due_mail() -> int:
    """Send the mails that are due, claimed before and marked after in transactions of their own; return how many."""
    done = 0
    while done < MOST:
        with unit_of_work() as session:
            claimed = mail.claim_due(session, BATCH)
        if not claimed:
            break
        _send(claimed)
        done += len(claimed)
    return done


@shared_task(name="process_server.tasks.jobs.remind_due_tasks", ignore_result=True)
def remind_due_tasks() -> int:
    """Remind of the tasks that are due and escalate them, a batch a transaction; return how many were told of."""
    done = 0
    for sweep in (reminders.remind_due, reminders.escalate_due):
        for _ in range(MOST // BATCH):
            with unit_of_work() as session:
                told = sweep(session, BATCH)
            done += told
            if told < BATCH:
                break
    return done


def _send(claimed: list[mail.Claimed]) -> None:
    if not settings().smtp_url:
        with unit_of_work() as session:
            for each in claimed:
                mail.keep(session, each)
        return
    outcomes = mail.send(claimed)
    with unit_of_work() as session:
        for each in claimed:
            outcome = outcomes[each.id]
            if outcome.reason:
                _log.warning("mail %s, attempt %d: %s", each.id, each.attempts, outcome.reason)
            mail.mark(session, each, outcome)
