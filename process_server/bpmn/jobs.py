"""Background work of the processes: timers, connector jobs, summaries, partitions. Celery rings; rows are the truth."""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from celery import shared_task
from sqlalchemy.orm import Session

from process_server import clock, connectors
from process_server.bpmn import cleaning, commands, queries
from process_server.bpmn.batches import working
from process_server.bpmn.commands import LockedJob
from process_server.bpmn.runtime import history, kept_messages
from process_server.config import settings
from process_server.connectors.contract import BpmnError, ConnectorError
from process_server.db import unit_of_work
from process_server.errors import ProcessServerError, VariablesTooLarge
from process_server.identity.principal import SYSTEM
from process_server.tasks.doorbell import ring
from process_server.tasks.telling import digest

log = logging.getLogger(__name__)

BATCH = 20  # timers that share a transaction
CLEANING_SECONDS = 60.0  # how long history is cleaned at a stretch, before others have their turn
SWEEP_SECONDS = 10.0  # how long one sweep goes on before the next takes over


@shared_task(name="process_server.bpmn.jobs.fire_due_timers", ignore_result=True)
def fire_due_timers() -> int:
    """Fire every timer that is due; return how many. Several workers share the work: each takes what is free."""
    planned = drain(commands.suspend_as_planned)
    return planned + drain(partial(commands.fire_timers, limit=BATCH)) + drain(commands.fire_next_start)


def drain(step: Callable[[Session], int]) -> int:
    """Repeat a step, one transaction each, until it finds nothing or the sweep's time is over; return the sum."""
    end = time.monotonic() + SWEEP_SECONDS
    done = 0
    while time.monotonic() < end:
        try:
            with unit_of_work() as session:
                found = step(session)
        except commands.TimerFailed as failed:
            log.exception("%s is tried again later", failed)
            with unit_of_work() as session:
                commands.postpone_timer(session, failed.timer_id)
            continue
        except commands.TimeoutFailed as failed:
            log.exception("%s is tried again later", failed)
            with unit_of_work() as session:
                commands.postpone_timeout(session, failed.moment_id)
            continue
        except commands.RulesFailed as failed:
            log.exception("%s failed", failed)
            with unit_of_work() as session:
                commands.drop_call(session, failed)
            continue
        if not found:
            break
        done += found
    return done


@shared_task(name="process_server.bpmn.jobs.decide_overdue_tasks", ignore_result=True)
def decide_overdue_tasks() -> int:
    """Decide every task whose model says that the server does when nobody did in time; return how many."""
    return drain(partial(commands.time_out_tasks, limit=BATCH))


@shared_task(name="process_server.bpmn.jobs.apply_inbox_rules", ignore_result=True)
def apply_inbox_rules() -> int:
    """Apply people's rules to the tasks that came to them or changed; return how many there were."""
    return drain(commands.apply_next_rules)


@shared_task(name="process_server.bpmn.jobs.run_job", ignore_result=True)
def run_job(job_id: str | None = None) -> bool:
    """Do one job of the server's connectors; False when none is free."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    with unit_of_work() as session:
        job = commands.claim_connector_job(
            session, UUID(job_id) if job_id else None, worker, timedelta(seconds=settings().job_lock)
        )
    if job is None:
        return False
    try:
        result = connectors.run(job.topic, job.payload, key=job.id, instance_id=job.process_instance_id)
    except BpmnError as error:
        with unit_of_work() as session:
            commands.raise_job_error(
                session, job.id, error.error_code, error.message, error.variables, worker=worker, actor=SYSTEM
            )
    except (ConnectorError, ProcessServerError) as error:
        _fail(job, error)
    else:
        _complete(job, result)
    return True


def _complete(job: LockedJob, result: dict[str, Any]) -> None:
    try:
        with unit_of_work() as session:
            commands.complete_job(session, job.id, result, worker=job.worker, actor=SYSTEM)
    except VariablesTooLarge as error:  # the call was made: to make it again would not make the answer smaller
        _fail(job, error)


def _fail(job: LockedJob, error: ConnectorError | ProcessServerError) -> None:
    permanent = isinstance(error, ProcessServerError) or error.permanent
    log.warning("job %s (%s at %s) failed: %s", job.id, job.topic, job.element_id, error)
    with unit_of_work() as session:
        retries = 0 if permanent else None
        commands.fail_job(session, job.id, str(error), worker=job.worker, actor=SYSTEM, retries=retries)


@shared_task(name="process_server.bpmn.jobs.sweep_jobs", ignore_result=True)
def sweep_jobs() -> int:
    """Do the connector jobs whose doorbell was lost or whose next attempt is due; return how many."""
    end = time.monotonic() + SWEEP_SECONDS
    done = 0
    while time.monotonic() < end and run_job():
        done += 1
    return done


@shared_task(name="process_server.bpmn.jobs.deliver_kept_messages", ignore_result=True)
def deliver_kept_messages() -> int:
    """Give messages that came too early to whoever waits for them by now; return how many."""
    with unit_of_work() as session:
        found = kept_messages.wanted(session)
    done = 0
    for message_id in found:
        try:
            with unit_of_work() as session:
                done += commands.deliver_kept_message(session, message_id)
        except ProcessServerError as error:  # of no concern to the other messages; this one expires in the end
            log.warning("the kept message %s cannot be delivered: %s", message_id, error)
    return done


@shared_task(name="process_server.bpmn.jobs.send_summaries", ignore_result=True)
def send_summaries() -> int:
    """Write the summaries whose hour has come: the views they tell of may ask for business fields of the processes."""
    with unit_of_work() as session:
        done = digest.send_due(session, queries.business_fields(session))
    if done:
        ring("process_server.tasks.jobs.send_due_mail")
    return done


@shared_task(name="process_server.bpmn.jobs.clean_history", ignore_result=True)
def clean_history(when: str = "") -> int:
    """Take away cases whose time is over, within the window the settings name or `at once`; return how many."""
    if not when and not cleaning.is_time(clock.now()):
        return 0
    end = time.monotonic() + CLEANING_SECONDS
    done = 0
    while time.monotonic() < end:
        with unit_of_work() as session:
            found = commands.clean_history(session)
        if not found:
            break
        done += found
    if done:
        log.info("%d cases were taken away: their time was over", done)
    return done


@shared_task(name="process_server.bpmn.jobs.work_batches", ignore_result=True)
def work_batches() -> int:
    """Do what batches ask for, one instance after another; return how many. Several workers share the work."""
    end = time.monotonic() + SWEEP_SECONDS
    done = 0
    while time.monotonic() < end:
        try:
            with unit_of_work() as session:
                if not working.work_next(session):
                    break
        except working.ItemFailed as failed:
            with unit_of_work() as session:
                working.give_up(session, failed)
        done += 1
    with unit_of_work() as session:
        working.end_finished(session)
    return done


@shared_task(name="process_server.bpmn.jobs.ensure_partitions", ignore_result=True)
def ensure_partitions() -> list[str]:
    """Make the coming months' partitions of the history."""
    with unit_of_work() as session:
        return history.ensure_partitions(session)
