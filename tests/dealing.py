"""Who runs which tests, where several processes do: each begins with its share of the slow ones."""

from collections.abc import Sequence
from itertools import groupby

import pytest

SECONDS = {
    "acceptance/test_api_contract": 40.0,
    "acceptance/engine_rest/test_contract": 30.0,
    "integration/test_up": 20.0,
    "browser/": 6.0,
    "integration/test_servers": 6.0,
    "conformance/test_controls_elsewhere": 6.0,
    "integration/test_events": 4.0,
    "conformance/test_form_viewer": 4.0,
    "acceptance/test_lead_to_cash": 1.5,
}
"""How long a test takes, about; those of other modules take a moment."""
MOMENT = 0.15
SLOW = 20.0  # seconds of a whole module


def dealt(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Return the tests in the order in which `workers` processes get equal runs of them, modules left whole.

    Left to themselves the browser's tests would all be with one process, which is busy long after the others: a process
    without work takes tests from the end of another one's run.
    """
    modules = [list(each) for _, each in groupby(items, key=lambda item: item.path)]
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    spent = [0.0] * workers
    quick = []
    for module in sorted(modules, key=_seconds, reverse=True):
        if _seconds(module) < SLOW:
            quick += module
            continue
        lightest = spent.index(min(spent))
        shares[lightest] += module
        spent[lightest] += _seconds(module)
    sizes = [len(items) * (number + 1) // workers - len(items) * number // workers for number in range(workers)]
    for share, size in zip(shares, sizes, strict=True):
        taken = max(0, size - len(share))
        share += quick[:taken]
        quick = quick[taken:]
    return [item for share in shares for item in share] + quick


def _seconds(module: Sequence[pytest.Item]) -> float:
    name = module[0].path.as_posix().rpartition("/tests/")[2]
    each = next((seconds for start, seconds in SECONDS.items() if name.startswith(start)), MOMENT)
    return each * len(module)
