"""What expressions cost: evaluating ten typical ones when compiled, and compiling them.

Run it as `python -m bench.expressions`; figures are medians of CPU time in microseconds.
"""

import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from process_server.expressions import compile_expression
from process_server.expressions import expression as compiler

EXPRESSIONS = (
    "${approved}",
    "${amount > 1000}",
    "${amount > 1000 && customer.region == 'east' || approved}",
    "Order ${id} of ${customer.name}",
    "${empty note ? 'none' : note}",
    "${dateTime().plusDays(3).toDate()}",
    '=amount > 1000 and customer.region = "east"',
    "=sum(items.price) * (1 + tax)",
    "=items[price > 10].name",
    "amount * 3 >= 100 and region in ['east', 'south']",
)
SCOPE: dict[str, Any] = {
    "approved": True,
    "amount": 1200,
    "id": 42,
    "note": None,
    "tax": Decimal("0.13"),
    "region": "east",
    "customer": {"name": "Acme", "region": "east"},
    "items": [{"name": "a", "price": Decimal("9.90")}, {"name": "b", "price": Decimal("19.90")}],
}


def microseconds(action: Callable[[], Any], times: int, rounds: int = 5) -> float:
    """Return the median cost of one call."""
    costs = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            action()
        costs.append((time.process_time() - start) / times * 1e6)
    return statistics.median(costs)


def compile_afresh(text: str) -> None:
    """Compile without the cache."""
    compiler._compile.cache_clear()
    compile_expression(text)


def main() -> None:
    """Print a table."""
    for text in EXPRESSIONS:
        compile_expression(text)  # loads the grammar
    print(f"{'evaluate':>9} {'compile':>9}")
    for text in EXPRESSIONS:
        made = compile_expression(text)
        evaluated = microseconds(lambda made=made: made.evaluate(SCOPE), 20_000)  # type: ignore[misc]
        compiled = microseconds(lambda text=text: compile_afresh(text), 20)  # type: ignore[misc]
        print(f"{evaluated:9.2f} {compiled:9.0f}  {text}")


if __name__ == "__main__":
    main()
