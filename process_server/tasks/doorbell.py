"""The doorbell of background work: it wakes a worker, who looks at the rows."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def ring(job: str, *arguments: str) -> None:
    """Wake a worker. A broker that is away loses nothing: the sweep finds the row."""
    try:
        current_app.send_task(job, args=arguments, retry=False, ignore_result=True)
    except OperationalError:
        log.warning("the broker does not answer; %s waits for the next sweep", job)
