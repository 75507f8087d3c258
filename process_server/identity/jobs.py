"""Background work of identity: the audit is sealed, and cleaned where the settings say so."""

import logging

from celery import shared_task

from process_server.db import unit_of_work
from process_server.identity import sealing

_MOST = 50  # batches of one run; the next one goes on
_log = logging.getLogger(__name__)


@shared_task(name="process_server.identity.jobs.seal_audit", ignore_result=True)
def seal_audit() -> int:
    """Seal the lines of the audit that have no seal yet, a batch a transaction; return how many."""
    done = 0
    for _ in range(_MOST):
        with unit_of_work() as session:
            sealed = sealing.seal(session)
        done += sealed
        if sealed < sealing.BATCH:
            break
    return done


@shared_task(name="process_server.identity.jobs.clean_audit", ignore_result=True)
def clean_audit() -> int:
    """Clean the audit, and leave its mark in the log: whoever changes the database seldom changes the logs as well."""
    done = 0
    for _ in range(_MOST):
        with unit_of_work() as session:
            cleaned = sealing.clean(session)
            mark = sealing.newest_mark(session)
        done += cleaned
        if not cleaned:
            break
    _log.info("the audit is sealed as far as %s", mark)
    return done
