"""Key figures of processes. Durations are seconds of calendar time; percentiles are nearest-rank.

A percentile over fewer than MIN_N cases is left empty: it would say more than is known.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from process_server.reporting.period import Period

MIN_N = 5

Figures = list[dict[str, Any]]


def _figures(session: Session, query: TextClause, parameters: Mapping[str, Any]) -> Figures:
    return [dict(row) for row in session.execute(query, dict(parameters)).mappings()]


_THROUGHPUT = text("""
    SELECT process, max(process_name) AS name, max(process_name_en) AS name_en,
           count(*) FILTER (WHERE started_at >= :from AND started_at < :to) AS started,
           count(*) FILTER (WHERE state = 'completed' AND ended_at >= :from AND ended_at < :to) AS completed,
           count(*) FILTER (WHERE state = 'cancelled' AND ended_at >= :from AND ended_at < :to) AS cancelled
    FROM report_case WHERE started_at < :to AND (ended_at IS NULL OR ended_at >= :from)
    GROUP BY process ORDER BY process
""")


def throughput(session: Session, period: Period) -> Figures:
    """Cases started, completed and cancelled in the period, by process; `per_day` counts completed ones (P01, P02)."""
    rows = _figures(session, _THROUGHPUT, period.parameters)
    return [row | {"per_day": row["completed"] / period.days} for row in rows]


_DAILY = text("""
    WITH day AS (
        SELECT day::date AS day, day AT TIME ZONE :zone AS begins, (day + interval '1 day') AT TIME ZONE :zone AS ends
        FROM generate_series(CAST(:from AS timestamptz) AT TIME ZONE :zone,
                             (CAST(:to AS timestamptz) AT TIME ZONE :zone) - interval '1 day', interval '1 day') AS day
    )
    SELECT day.day,
           count(c.id) FILTER (WHERE c.started_at >= begins) AS started,
           count(c.id) FILTER (WHERE c.state = 'completed' AND c.ended_at < ends) AS completed,
           count(c.id) FILTER (WHERE c.ended_at IS NULL OR c.ended_at >= ends) AS in_progress
    FROM day LEFT JOIN report_case c
      ON c.started_at < ends AND (c.ended_at IS NULL OR c.ended_at >= begins)
         AND c.parent_id IS NULL AND (CAST(:process AS text) IS NULL OR c.process = :process)
    GROUP BY day.day ORDER BY day.day
""")


def daily(session: Session, period: Period, process: str | None = None) -> Figures:
    """For each day of the period: cases started, completed, and in progress at its end (P01-P03).

    Called cases are left out: they are part of the case that called them.
    """
    return _figures(session, _DAILY, {**period.parameters, "process": process})


_IN_PROGRESS = text("""
    SELECT process, max(process_name) AS name, max(process_name_en) AS name_en, count(*) AS in_progress,
           extract(epoch FROM max(:at - started_at))::bigint AS oldest
    FROM report_case WHERE started_at <= :at AND (ended_at IS NULL OR ended_at > :at)
    GROUP BY process ORDER BY process
""")


def in_progress(session: Session, at: Any) -> Figures:
    """Cases in progress at an instant, by process, with the age of the oldest (P03). Never derived from the state."""
    return _figures(session, _IN_PROGRESS, {"at": at})


_CYCLE_TIME = text("""
    SELECT process, max(process_name) AS name, max(process_name_en) AS name_en, count(*) AS n,
           extract(epoch FROM avg(cycle_time))::float AS average,
           extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY cycle_time))::float AS p50,
           extract(epoch FROM percentile_disc(0.9) WITHIN GROUP (ORDER BY cycle_time))::float AS p90
    FROM report_case WHERE state = 'completed' AND ended_at >= :from AND ended_at < :to
    GROUP BY process ORDER BY process
""")


def cycle_time(session: Session, period: Period) -> Figures:
    """From start to end of the cases completed in the period, by process: n, average, p50, p90 (P04)."""
    return [_discreet(row) for row in _figures(session, _CYCLE_TIME, period.parameters)]


_STEP_TIMES = text("""
    SELECT process, element_id, max(definition_id::text)::uuid AS definition_id, max(name) AS name, count(*) AS n,
           extract(epoch FROM avg(waiting))::float AS waiting, extract(epoch FROM avg(working))::float AS working,
           extract(epoch FROM avg(total))::float AS total,
           extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY total))::float AS p50,
           extract(epoch FROM percentile_disc(0.9) WITHIN GROUP (ORDER BY total))::float AS p90
    FROM report_task
    WHERE state = 'completed' AND completed_at >= :from AND completed_at < :to
      AND (CAST(:process AS text) IS NULL OR process = :process)
    GROUP BY process, element_id ORDER BY avg(total) DESC
""")


def step_times(session: Session, period: Period, process: str | None = None) -> Figures:
    """Waiting and working time of the user tasks completed in the period, by step, the slowest first (P05)."""
    return [_discreet(row) for row in _figures(session, _STEP_TIMES, {**period.parameters, "process": process})]


_ON_TIME = text("""
    SELECT process, element_id, max(definition_id::text)::uuid AS definition_id, max(name) AS name, count(*) AS n,
           count(*) FILTER (WHERE state = 'completed' AND completed_at <= due_at) AS on_time
    FROM report_task
    WHERE due_at >= :from AND due_at < :to AND state <> 'cancelled' AND (state = 'completed' OR due_at < :now)
    GROUP BY process, element_id ORDER BY process, element_id
""")


def on_time(session: Session, period: Period) -> Figures:
    """Of the tasks due in the period, how many were done in time; open overdue ones count as late (P07)."""
    rows = _figures(session, _ON_TIME, period.parameters)
    return [row | {"rate": row["on_time"] / row["n"]} for row in rows]


_OVERDUE = text("""
    SELECT bucket, count(*) AS n
    FROM (SELECT CASE WHEN :now - due_at < interval '1 day' THEN '0-1d'
                      WHEN :now - due_at < interval '3 days' THEN '1-3d'
                      WHEN :now - due_at < interval '7 days' THEN '3-7d' ELSE '>7d' END AS bucket
          FROM report_task WHERE state = 'open' AND due_at < :now
               AND (CAST(:process AS text) IS NULL OR process = :process)) AS late
    GROUP BY bucket
""")
BUCKETS = ("0-1d", "1-3d", "3-7d", ">7d")


def overdue(session: Session, now: Any, process: str | None = None) -> Figures:
    """Open tasks past due, by how long; every bucket is there, in order (P09)."""
    rows = _figures(session, _OVERDUE, {"now": now, "process": process})
    counted = {row["bucket"]: row["n"] for row in rows}
    return [{"bucket": bucket, "n": counted.get(bucket, 0)} for bucket in BUCKETS]


_STUCK = text("""
    SELECT t.process, t.element_id, max(t.definition_id::text)::uuid AS definition_id, max(t.name) AS name,
           count(*) AS open, count(*) FILTER (WHERE t.due_at < :now) AS overdue,
           count(*) FILTER (WHERE t.assignee IS NULL) AS unassigned,
           extract(epoch FROM avg(:now - t.created_at))::float AS average_age,
           extract(epoch FROM max(:now - t.created_at))::float AS oldest
    FROM report_task t WHERE t.state = 'open'
    GROUP BY t.process, t.element_id ORDER BY sum(extract(epoch FROM :now - t.created_at)) DESC
""")


def open_work(session: Session, now: Any) -> Figures:
    """Open tasks by step with their age, where most time is being lost first (P15's live half)."""
    return _figures(session, _STUCK, {"now": now})


def _discreet(row: dict[str, Any]) -> dict[str, Any]:
    """Hide percentiles that too few cases stand behind."""
    return row | {"p50": None, "p90": None} if row["n"] < MIN_N else row
