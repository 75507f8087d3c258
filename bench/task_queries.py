"""Measure queries of open tasks under /engine-rest: 200,000 open tasks, sought by variables, candidates and dates.

    .venv/bin/python -m bench.task_queries
    .venv/bin/python -m bench.task_queries --open 20000
    .venv/bin/python -m bench.task_queries --url postgresql+psycopg2://..   (filled if it is empty)

The rows are those of bench/inbox.py. Each figure is taken for an administrator: a page of 50 with its count beside it;
milliseconds from the query's body to the tasks as the wire has them, SQL and Python.
"""

import argparse
import statistics
import time
from decimal import Decimal
from typing import Any

ROUNDS = 15
DESCENDING = [{"sortBy": "created", "sortOrder": "desc"}]


def _by_amount(operator: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"processVariables": [{"name": "amount", "operator": operator, "value": value}], **more}


def _by_customer(operator: str, value: str, **more: Any) -> dict[str, Any]:
    return {"processVariables": [{"name": "customer", "operator": operator, "value": value}], **more}


QUERIES: dict[str, dict[str, Any]] = {
    "the newest": {"sorting": DESCENDING},
    "by business key": {"processInstanceBusinessKey": "SO-4711"},
    "of a group": {"candidateGroup": "group-7", "sorting": DESCENDING},
    "of a person with their groups, assigned too": {"candidateUser": "user-7", "includeAssignedTasks": True},
    "overdue of a process": {"processDefinitionKey": "bench_3", "dueBeforeExpression": "${now()}"},
    "variable: one task has the value": _by_amount("eq", Decimal("79.19")),
    "variable: a few have the value": _by_customer("eq", "海尔集团第1234公司"),
    "variable: half have the value": {
        "processVariables": [{"name": "region", "operator": "eq", "value": "east"}],
        "sorting": DESCENDING,
    },
    "variable: nothing has the value": _by_amount("eq", -1),
    "variable: a range, one in a hundred": _by_amount("lt", 100, sorting=DESCENDING),
    "variable: like, one in eight": _by_customer("like", "海尔%", sorting=DESCENDING),
    "variable: like, nothing": _by_customer("like", "苹果%"),
    "variable: in any case": _by_customer("eq", "海尔集团第1234公司", variableValuesIgnoreCase=True),
    "variable: a range in one process": _by_amount("lt", 100, processDefinitionKey="bench_3"),
    "sorted by a variable": {
        "sorting": [
            {"sortBy": "processVariable", "sortOrder": "desc", "parameters": {"variable": "amount", "type": "Double"}}
        ]
    },
}


def measure(rounds: int) -> None:
    """Print the median and the worst time of each query and of its count."""
    from process_server.api.engine_rest.tasks.task_queries import LIST, TaskQuery
    from process_server.api.engine_rest.tasks.task_shown import NOTHING_ELSE, all_shown
    from process_server.api.engine_rest.wire.listing import Page
    from process_server.db import unit_of_work
    from process_server.identity.principal import SYSTEM

    for name, body in QUERIES.items():
        pages, counts = [], []
        for _ in range(rounds):
            with unit_of_work() as session:
                began = time.perf_counter()
                asked = TaskQuery.model_validate(body)
                rows = LIST.rows(session, SYSTEM, asked, Page(0, 50))
                all_shown(session, SYSTEM, rows, NOTHING_ELSE)
                pages.append((time.perf_counter() - began) * 1000)
                began = time.perf_counter()
                number = LIST.finder.count(session, SYSTEM, LIST.wanted(asked, SYSTEM))
                counts.append((time.perf_counter() - began) * 1000)
        figures = "  ".join(f"{statistics.median(each):7.1f} / {max(each):7.1f}" for each in (pages, counts))
        print(f"{name:<46} {number:>7}  {figures}", flush=True)


def main() -> None:
    """Print the figures."""
    from bench import databases

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    databases.add_arguments(parser, opened=200_000, done=100_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with databases.filled(arguments):
        print(f"{'query':<46} {'tasks':>7}  {'page: median / worst':>17}  {'count: median / worst':>17}")
        measure(arguments.rounds)


if __name__ == "__main__":
    main()
