"""Works service tasks of the topic `archive_sheet`: the sheet of the case becomes a file of the case.

The process says when, by a service task, whose inputs may set `language` and `file_name`; what it gets back are the
variables `sheet_file`, as a file field holds it, and `sheet_sha256`.
"""

import hashlib
import logging
import os
import socket
from datetime import timedelta
from typing import Any

from celery import shared_task

from process_server.bpmn import commands
from process_server.bpmn.commands import LockedJob, Order, Wanted
from process_server.config import settings
from process_server.db import unit_of_work
from process_server.documents.sheet import compose
from process_server.documents.typeset import to_pdf
from process_server.errors import ProcessServerError
from process_server.forms import files
from process_server.forms.uploads import UploadedFile
from process_server.i18n import supported
from process_server.identity.principal import SYSTEM

log = logging.getLogger(__name__)

TOPIC = "archive_sheet"
BATCH = 20


@shared_task(name="process_server.documents.jobs.archive_sheets", ignore_result=True)
def archive_sheets() -> int:
    """Write the sheets that processes ask for; return how many. What fails is tried again, then an incident."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    with unit_of_work() as session:
        lock = timedelta(seconds=settings().job_lock)
        order = Order(worker, (Wanted(topic=TOPIC, lock=lock),), limit=BATCH)
        jobs = commands.fetch_and_lock(session, order)
    return sum(_work(job) for job in jobs)


def _work(job: LockedJob) -> bool:
    try:
        with unit_of_work() as session:
            sheet = compose(session, job.process_instance_id, _language(job.payload))
        pdf = to_pdf(sheet)
        with unit_of_work() as session:
            name = f"{job.payload.get('file_name') or sheet.name}.pdf"
            entry = files.store_file(session, name=name, content=pdf, uploaded_by=SYSTEM.user_id, field="sheet")
            files.attach(session, [entry["id"]], user_id=SYSTEM.user_id, process_instance_id=job.process_instance_id)
            commands.complete_job(session, job.id, _result(entry, pdf), worker=job.worker, actor=SYSTEM)
    except (ProcessServerError, RuntimeError) as error:
        log.warning("the sheet of %s cannot be archived: %s", job.process_instance_id, error)
        with unit_of_work() as session:
            commands.fail_job(session, job.id, str(error), worker=job.worker, actor=SYSTEM)
        return False
    return True


def _language(inputs: dict[str, Any]) -> str:
    return supported(str(inputs.get("language") or "")) or settings().language


def _result(entry: UploadedFile, pdf: bytes) -> dict[str, Any]:
    return {"sheet_file": [dict(entry)], "sheet_sha256": hashlib.sha256(pdf).hexdigest()}
