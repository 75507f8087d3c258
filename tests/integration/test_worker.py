"""The Celery application: what it sends when, and what it does not."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from kombu import Queue

from process_server.tasks.doorbell import ring
from process_server.worker import JOBS, LONGEST_BACKLOG, QUEUES, SCHEDULE, TELLING, TIMERS, Beat, celery, every

HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def beat() -> Iterator[Beat]:
    """A beat for which everything has been due for an hour."""
    celery.conf.task_default_queue = JOBS
    made = Beat(celery, lazy=True)
    made.update_from_dict(SCHEDULE)
    empty()
    yield made
    empty()


def backlog(queue: str) -> int:
    with celery.pool.acquire() as connection:
        return int(Queue(queue)(connection.default_channel).queue_declare().message_count)


def empty() -> None:
    with celery.pool.acquire() as connection:
        for queue in QUEUES:
            Queue(queue)(connection.default_channel).queue_declare()
            Queue(queue)(connection.default_channel).purge()


def send(beat: Beat, name: str) -> None:
    beat.apply_entry(beat.schedule[name])


def test_every_job_of_the_schedule_exists() -> None:
    celery.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(celery.tasks)


def test_timers_do_not_queue_behind_other_work(beat: Beat) -> None:
    send(beat, "fire due timers")
    send(beat, "sweep jobs")
    assert (backlog(TIMERS), backlog(JOBS)) == (1, 1)


@pytest.mark.requirement("PE-09")
def test_people_are_told_at_once_however_long_connectors_take(beat: Beat) -> None:
    send(beat, "deliver notifications")
    ring("process_server.tasks.jobs.send_due_mail")
    ring("process_server.tasks.jobs.post_messages", "sms")
    assert (backlog(TELLING), backlog(JOBS)) == (3, 0)
    assert beat.schedule["deliver notifications"].schedule.run_every <= timedelta(seconds=1)


def test_messages_do_not_pile_up_while_no_worker_is_there(beat: Beat) -> None:
    for _ in range(3 * LONGEST_BACKLOG):
        send(beat, "fire due timers")
    assert backlog(TIMERS) == LONGEST_BACKLOG + 1


def test_a_clock_that_is_set_back_holds_nothing_up(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("process_server.worker.beat_or_say_why_not", lambda *_: None)
    for entry in beat.schedule.values():
        entry.last_run_at = datetime.now(UTC) + timedelta(days=1)
    beat.tick()
    assert min(event.time for event in beat._heap) - time.time() > 3_600
    beat._looked_at = time.time() + 86_400
    beat.tick()
    assert min(event.time for event in beat._heap) - time.time() <= 1


def test_a_message_expires_before_it_can_burst() -> None:
    assert all(entry["options"]["expires"] <= 3600 for entry in SCHEDULE.values())
    assert every(1.0, "some.job")["options"]["expires"] == 10.0


def test_only_json_is_read() -> None:
    assert celery.conf.accept_content == ["json"]
    assert celery.conf.task_serializer == "json"


def test_a_message_is_given_back_when_its_worker_dies_but_not_while_it_works() -> None:
    assert celery.conf.task_acks_late
    assert celery.conf.task_reject_on_worker_lost
    options = celery.conf.broker_transport_options
    assert options["visibility_timeout"] > celery.conf.task_time_limit
