"""Background work of human tasks: mail and reminders that are due. Celery rings; the rows are the truth."""

import logging
import time
from collections.abc import Callable
from functools import partial

from celery import shared_task

from process_server.config import settings
from process_server.db import Session, unit_of_work
from process_server.tasks.deadlines import breach, ranking, reminders
from process_server.tasks.doorbell import ring
from process_server.tasks.handling import unsent_files
from process_server.tasks.telling import delivering, gateways, mail, notifications, standing_in

BATCH = 50
MOST = 1_000  # of one sweep; the next one goes on
MOMENTS = 200  # that share a transaction
SWEEP_SECONDS = 10.0  # how long one sweep goes on before the next takes over

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
    """Do what is due to be done about tasks, a batch a transaction; return how many moments had come."""
    return _drain(partial(reminders.sweep, most=MOMENTS))


@shared_task(name="process_server.tasks.jobs.rank_tasks", ignore_result=True)
def rank_tasks() -> int:
    """Find the place of tasks for which it is time, a batch a transaction; return how many."""
    return _drain(partial(ranking.sweep, most=MOMENTS))


@shared_task(name="process_server.tasks.jobs.gather_durations", ignore_result=True)
def gather_durations() -> int:
    """Read again how long steps took, for the risk of delay; return of how many it is known."""
    with unit_of_work() as session:
        return breach.gather(session)


@shared_task(name="process_server.tasks.jobs.tell_stand_ins", ignore_result=True)
def tell_stand_ins() -> int:
    """Tell those whose time as a stand-in has begun; return how many."""
    return _drain(partial(standing_in.tell, most=MOMENTS))


@shared_task(name="process_server.tasks.jobs.deliver_notifications", ignore_result=True)
def deliver_notifications() -> int:
    """Turn notifications that go outside into mails and messages, and have them sent at once; return how many."""
    done = _drain(partial(delivering.deliver, most=MOMENTS))
    if done:
        ring("process_server.tasks.jobs.send_due_mail")
        for gateway in settings().gateways:
            ring("process_server.tasks.jobs.post_messages", gateway)
    return done


@shared_task(name="process_server.tasks.jobs.post_messages", ignore_result=True)
def post_messages(gateway: str | None = None) -> int:
    """Post the messages of a gateway that are due, or of all of them; return how many.

    Each gateway stops at its first failure to answer, so that it keeps the others waiting for one time-out at most.
    """
    done = 0
    for name in [gateway] if gateway else settings().gateways:
        with unit_of_work() as session:
            claimed = gateways.claim_due(session, name, BATCH)
        if not claimed:
            continue
        outcomes = gateways.post_all(claimed)
        with unit_of_work() as session:
            for message in claimed:
                outcome = outcomes[message.id]
                if outcome.reason:
                    _log.warning("message %s by %s, attempt %d: %s", message.id, name, message.attempts, outcome.reason)
                gateways.mark(session, message, outcome)
        done += len(claimed)
    return done


@shared_task(name="process_server.tasks.jobs.clean_notifications", ignore_result=True)
def clean_notifications() -> int:
    """Delete notifications that are older than the settings keep them; return how many."""
    return _drain(notifications.clean)


@shared_task(name="process_server.tasks.jobs.clean_files", ignore_result=True)
def clean_files() -> int:
    """Delete uploaded files that were never sent, and bytes that nothing holds; return how many."""
    return _drain(unsent_files.clean)


def _drain(step: Callable[[Session], int]) -> int:
    """Repeat a step, one transaction each, until it finds nothing or the sweep's time is over; return the sum."""
    done = 0
    end = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < end:
        with unit_of_work() as session:
            found = step(session)
        if not found:
            break
        done += found
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
