"""The seal of the audit: what is committed is sealed in one chain, and whatever is done to a line shows."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from process_server import clock
from process_server.config import settings
from process_server.db import unit_of_work
from process_server.identity import audit, jobs, sealing
from process_server.identity.sealing import Mark, Verdict

LINES = 6


@pytest.fixture
def sealed(database: str) -> Mark:
    """Some sealed lines."""
    with unit_of_work() as session:
        for number in range(LINES):
            audit.record(session, "chen", "claim", "user_task", number, at=clock.now(), amount=1.50, text='张 \\ "')
    jobs.seal_audit()
    found = verified()
    assert (found.lines, found.faults, found.late) == (LINES, [], 0)
    return found.mark


def verified(known: Mark | None = None, last: int | None = None) -> Verdict:
    """Look whether the chain holds."""
    with unit_of_work() as session:
        return sealing.verify(session, known=known, last=last)


def tamper(statement: str) -> None:
    """Do something to the table that the program would not."""
    with unit_of_work() as session:
        assert session.execute(text(statement)).rowcount  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit SET actor = 'wang' WHERE position = 3", "line 3 is not as it was sealed"),
        ("UPDATE audit SET at = at + interval '1 us' WHERE position = 1", "line 1 is not as it was sealed"),
        ("UPDATE audit SET detail = jsonb_set(detail, '{amount}', '2') WHERE position = 6", "line 6 is not as"),
        ("DELETE FROM audit WHERE position IN (3, 4)", "the lines 3 to 4 are missing"),
        ("DELETE FROM audit WHERE position < 3", "the lines before 3 are missing"),
        ("UPDATE audit SET position = -position WHERE position IN (2, 3);"
         "UPDATE audit SET position = position + 5 WHERE position < 0", "line 2 is not as it was sealed"),
    ],
)  # fmt: skip
def test_whatever_is_done_to_a_line_shows(sealed: Mark, statement: str, fault: str) -> None:
    tamper(statement)
    assert fault in verified().faults[0]


def test_who_has_noted_a_mark_finds_the_end_cut_off_or_all_written_anew(sealed: Mark) -> None:
    assert Mark.read(f" {sealed}\n") == sealed
    tamper("DELETE FROM audit WHERE position > 4")
    assert verified().faults == []
    assert verified(known=sealed).faults == [f"the audit ends at line 4, but it was {LINES} lines long"]
    tamper("UPDATE audit SET actor = 'wang', position = NULL, digest = NULL")
    with unit_of_work() as session:
        for _ in range(2):
            audit.record(session, "chen", "claim", "user_task", "new")
    jobs.seal_audit()
    assert verified().faults == []
    assert verified(known=sealed).faults == [f"line {LINES} is not the one that was noted down"]


def test_only_the_last_lines_are_looked_at_if_so_asked(sealed: Mark) -> None:
    tamper("UPDATE audit SET actor = 'wang' WHERE position = 3")
    assert (verified(last=3).lines, verified(last=3).faults) == (3, [])
    assert verified(last=4).faults


def test_lines_that_nobody_seals_are_counted(sealed: Mark) -> None:
    with unit_of_work() as session:
        audit.record(session, "chen", "claim", "user_task", "late")
    with clock.travel(timedelta(minutes=11)):
        assert verified().late == 1


def test_lines_are_sealed_by_one_while_others_write_and_nobody_waits(database: str) -> None:
    """A transaction that has appended a line and goes on keeps no sealer waiting, nor is it kept waiting by one."""
    with unit_of_work() as slow:
        audit.record(slow, "chen", "claim", "user_task", "slow")
        start = Barrier(3)
        workers = [Thread(target=_write_and_seal, args=(start, name)) for name in ("a", "b", "c")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert not any(worker.is_alive() for worker in workers)
        assert jobs.seal_audit() == 0
    assert jobs.seal_audit() == 1
    assert (verified().lines, verified().faults) == (61, [])


def _write_and_seal(start: Barrier, name: str) -> None:
    start.wait()
    for number in range(20):
        with unit_of_work() as session:
            audit.record(session, name, "claim", "user_task", number)
        jobs.seal_audit()
    with unit_of_work() as session:  # whoever was turned away by another's lock
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": sealing._LOCK})
        sealing.seal(session)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lines are kept for thirty days, and cleaned two at a time."""
    monkeypatch.setenv("PROCESS_SERVER_AUDIT_DAYS", "30")
    monkeypatch.setattr(sealing, "CLEANED", 2)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_old_lines_are_cleaned_away_and_the_chain_holds_on(sealed: Mark, short: None) -> None:
    assert jobs.clean_audit() == 0
    with clock.travel(timedelta(days=31)):
        _note(days=0)
        jobs.seal_audit()
        assert jobs.clean_audit() == LINES
        jobs.seal_audit()
        found = verified()
        assert (found.lines, found.faults) == (4, [])  # the new one, and three that tell of cleaning
        assert verified(known=sealed).faults == [f"line {LINES} is no longer there"]
        tamper(f"UPDATE audit SET detail = detail || '{{\"digest\": \"00\"}}' WHERE entity_id = '{LINES}'")
        assert len(verified().faults) == 2  # neither the first line nor the one that tells of it


def _note(*, days: int) -> None:
    with clock.travel(timedelta(days=-days)), unit_of_work() as session:
        audit.record(session, "chen", "claim", "user_task", "new")


def test_the_newest_line_stays_however_old(sealed: Mark, short: None) -> None:
    with clock.travel(timedelta(days=365)):
        jobs.clean_audit()
    found = verified(known=sealed)
    assert (found.lines, found.faults) == (1, [])
