"""The Celery application: its queues, its beat, and the hearts of both.

Rows in the database are the truth; a message only says that it is worth looking. So messages are small, their results
are ignored, and losing all of them loses nothing.
"""

import logging
import time
from typing import Any

from celery import Celery, bootsteps, signals
from celery.beat import Scheduler
from celery.schedules import crontab
from kombu.entity import Queue
from sqlalchemy.exc import SQLAlchemyError

from process_server import health
from process_server.config import settings
from process_server.db import engine

log = logging.getLogger(__name__)

TIMERS, TELLING, JOBS = "timers", "telling", "jobs"
QUEUES = (TIMERS, TELLING, JOBS)
TELLERS = ("deliver_notifications", "send_due_mail", "post_messages")  # wait for mail servers and gateways
LEVEL = "WARNING"  # of Celery's own log: it would write two lines a second that nothing was due
LONGEST_BACKLOG = 50  # of one queue: behind so many messages another one to look again is of no use


def every(seconds: float, job: str, queue: str = JOBS) -> dict[str, Any]:
    """Return the beat's entry of a job that looks for work. Its messages expire: the next one does the same."""
    return {"task": job, "schedule": seconds, "options": {"queue": queue, "expires": max(10.0, 2 * seconds)}}


def daily(at: str, job: str, queue: str = JOBS) -> dict[str, Any]:
    """Return the beat's entry of a job that is done once a day, at an hour and minute; it may be an hour late."""
    hour, minute = at.split(":")
    return {"task": job, "schedule": crontab(hour=hour, minute=minute), "options": {"queue": queue, "expires": 3600.0}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "fire due timers": every(1.0, "process_server.bpmn.jobs.fire_due_timers", TIMERS),
    "decide overdue tasks": every(5.0, "process_server.bpmn.jobs.decide_overdue_tasks", TIMERS),
    "remind of due tasks": every(5.0, "process_server.tasks.jobs.remind_due_tasks", TIMERS),
    "rank tasks": every(5.0, "process_server.tasks.jobs.rank_tasks"),
    "tell stand-ins": every(10.0, "process_server.tasks.jobs.tell_stand_ins"),
    "deliver notifications": every(1.0, "process_server.tasks.jobs.deliver_notifications", TELLING),
    "send summaries": every(10.0, "process_server.bpmn.jobs.send_summaries"),
    "post messages": every(10.0, "process_server.tasks.jobs.post_messages", TELLING),
    "sweep jobs": every(5.0, "process_server.bpmn.jobs.sweep_jobs"),
    "work batches": every(2.0, "process_server.bpmn.jobs.work_batches"),
    "deliver kept messages": every(2.0, "process_server.bpmn.jobs.deliver_kept_messages"),
    "gather durations": every(300.0, "process_server.tasks.jobs.gather_durations"),
    "apply inbox rules": every(2.0, "process_server.bpmn.jobs.apply_inbox_rules"),
    "archive sheets": every(2.0, "process_server.documents.jobs.archive_sheets"),
    "send due mail": every(5.0, "process_server.tasks.jobs.send_due_mail", TELLING),
    "seal audit": every(10.0, "process_server.identity.jobs.seal_audit"),
    "clean history": every(120.0, "process_server.bpmn.jobs.clean_history"),
    "ensure partitions": daily("1:10", "process_server.bpmn.jobs.ensure_partitions", TIMERS),
    "clean audit": daily("3:05", "process_server.identity.jobs.clean_audit"),
    "clean files": daily("2:40", "process_server.tasks.jobs.clean_files"),
    "clean notifications": daily("2:20", "process_server.tasks.jobs.clean_notifications"),
}


class Beat(Scheduler):  # type: ignore[misc]
    """Sends what is due. It keeps nothing on disk, and any number of them may run: whoever does work claims it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._beaten = 0.0
        self._looked_at = time.time()

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due, show that we are alive, and return when to be called again."""
        if time.monotonic() - self._beaten > health.EVERY:
            self._beaten = time.monotonic()
            beat_or_say_why_not("beat")
        if time.time() < self._looked_at:
            self._begin_anew()
        self._looked_at = time.time()
        return min(float(super().tick(*args, **options)), health.EVERY)

    def _begin_anew(self) -> None:
        """Count from now: this machine's clock was set back, and until it had caught up nothing would be due."""
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now()
        self._heap = None

    def apply_async(self, entry: Any, *args: Any, **options: Any) -> Any:
        """Send one entry, unless its queue is so long that no worker seems to be there."""
        if self._backlog(entry.options["queue"]) > LONGEST_BACKLOG:
            return None
        return super().apply_async(entry, *args, **options)

    def _backlog(self, queue: str) -> int:
        with self.app.pool.acquire(block=True) as connection:
            return int(Queue(queue)(connection.default_channel).queue_declare().message_count)


class Heart(bootsteps.StartStopStep):  # type: ignore[misc]
    """Beats while the worker consumes messages: not before, nor while it has lost the broker."""

    requires = frozenset({"celery.worker.consumer.tasks:Tasks"})

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        """Beat now and from now on."""
        parts = ["worker" if queue == JOBS else queue for queue in parent.app.amqp.queues.consume_from]
        beat_or_say_why_not(*parts)
        self._timer = parent.timer.call_repeatedly(health.EVERY, beat_or_say_why_not, tuple(parts))

    def stop(self, _parent: Any) -> None:
        """Beat no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            try:
                health.stop_beating()
            except SQLAlchemyError as error:
                log.warning("the heartbeat could not be taken back: %s", error)


def beat_or_say_why_not(*parts: str) -> None:
    """Write a heartbeat. Without the database there is none: that is what it is for, so work goes on."""
    try:
        health.beat(*parts)
    except SQLAlchemyError as error:
        log.warning("no heartbeat: %s", error)


def make() -> Celery:
    """Return the application, set up from the settings."""
    config = settings()
    made = Celery(
        "process_server",
        include=[
            "process_server.bpmn.jobs",
            "process_server.documents.jobs",
            "process_server.identity.jobs",
            "process_server.tasks.jobs",
        ],
    )
    made.conf.update(
        broker_url=config.broker_url or "memory://",
        broker_connection_retry_on_startup=True,
        # a message comes back when its worker was killed: restored by whoever looks every two seconds, once it is
        # older than the longest job
        broker_transport_options={
            "visibility_timeout": 2 * config.job_lock,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 2,
        },
        task_publish_retry=False,  # whoever rings the doorbell goes on: a sweep finds the row
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_time_limit=config.job_lock,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=JOBS,
        task_queues=[Queue(name, routing_key=name) for name in QUEUES],
        task_routes={f"process_server.tasks.jobs.{job}": {"queue": TELLING} for job in TELLERS},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=True,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        timezone="UTC",
        beat_schedule=SCHEDULE,
        beat_scheduler="process_server.worker:Beat",
        beat_max_loop_interval=1,
    )
    made.steps["consumer"].add(Heart)
    return made


celery = make()
celery.set_default()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def start_afresh(**_: Any) -> None:
    """Leave the parent's database connections to the parent."""
    engine().dispose(close=False)


def work(queues: list[str], processes: int) -> None:
    """Run a worker in this process until it is asked to stop.

    One process needs no pool of its own; what tells people waits for others most of its time, so threads will do.
    """
    several = ["--pool", "threads" if queues == [TELLING] else "prefork", "--concurrency", str(processes)]
    pool = ["--pool", "solo"] if processes == 1 else several
    logging.getLogger("process_server").setLevel(logging.INFO)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery.worker_main(["worker", "--queues", ",".join(queues), "--loglevel", LEVEL, *pool, *quiet])


def tick() -> None:
    """Run a beat in this process until it is asked to stop."""
    celery.start(["beat", "--loglevel", LEVEL])
