"""Measure lists of cases and of what belongs to them, for people who see only what they have to do with.

    .venv/bin/python -m bench.visible_cases
    .venv/bin/python -m bench.visible_cases --open 20000 --done 20000
    .venv/bin/python -m bench.visible_cases --url postgresql+psycopg2://..   (filled if it is empty)

The rows are those of bench/inbox.py. Each figure is the median of some people, of a page of 50 without any filter, of
its count and of one found by its id, in milliseconds: of who works tasks and is offered those of two groups; of a
manager of ten people, who stands in for two others; of a clerk in half of all groups.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

PEOPLE = 5


def lists() -> dict[str, Any]:
    """Return what is sought, by the address at which it is."""
    from process_server.bpmn.finders import (
        executions,
        historic_activities,
        historic_instances,
        history_tasks,
        incidents,
        process_instances,
        tasks,
    )

    return {
        "/process-instance": process_instances.PROCESS_INSTANCES,
        "/execution": executions.EXECUTIONS,
        "/incident": incidents.INCIDENTS,
        "/task": tasks.OPEN_TASKS,
        "/history/process-instance": historic_instances.HISTORIC_INSTANCES,
        "/history/activity-instance": historic_activities.HISTORIC_ACTIVITIES,
        "/history/task": history_tasks.HISTORIC_TASKS,
    }


def measure(kinds: dict[str, Callable[[Any, int], Any]]) -> None:
    """Print the median of a page, of a count and of one found by its id, for each kind of people."""
    from process_server.db import unit_of_work

    print(f"{'milliseconds':<30}" + "".join(f"{kind:>26}: page, count, one" for kind in kinds))
    for name, finder in lists().items():
        figures = []
        for person in kinds.values():
            times: list[tuple[float, float, float]] = []
            number = 0
            for each in range(PEOPLE):
                with unit_of_work() as session:
                    actor = person(session, 300 + each)
                    began = time.perf_counter()
                    rows = finder.find(session, actor, {}, limit=50)
                    found = time.perf_counter()
                    number = finder.count(session, actor, {})
                    counted = time.perf_counter()
                    if rows:
                        finder.one(session, actor, rows[0]["id"])
                    times.append((found - began, counted - found, time.perf_counter() - counted))
            page, count, one = (statistics.median(each) * 1000 for each in zip(*times, strict=True))
            figures.append(f"{page:12.0f} {count:8.0f} {one:8.0f} ({number})")
        print(f"{name:<30}" + "".join(f"{each:>44}" for each in figures), flush=True)


def worker(session: Any, number: int) -> Any:
    """Return somebody who works tasks."""
    from bench import inbox

    return inbox.person(session, number)


def manager(session: Any, number: int) -> Any:
    """Return somebody who manages ten people and stands in for two others."""
    others = {f"user-{number + 1}": None, "user-7": frozenset({"bench_3"})}
    return replace(worker(session, number % 200), stands_in_for=others)


def clerk(session: Any, number: int) -> Any:
    """Return somebody who is in half of all groups."""
    from bench import inbox

    groups = frozenset(f"group-{each}" for each in range(0, inbox.GROUPS, 2))
    return replace(worker(session, number), groups=groups)


def main() -> None:
    """Print the figures."""
    from bench import databases

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    databases.add_arguments(parser, opened=60_000, done=60_000)
    with databases.filled(parser.parse_args()):
        measure({"worker": worker, "manager": manager, "clerk": clerk})


if __name__ == "__main__":
    main()
