"""What becomes of a decision's value in the process that asked for it (camunda:mapDecisionResult)."""

from typing import Literal

from process_server.errors import ExpressionFailed
from process_server.expressions.limits import Fault, because
from process_server.values import Value

ResultMode = Literal["singleEntry", "singleResult", "collectEntries", "resultList"]


def map_result(result: Value, mode: ResultMode | str | None) -> Value:
    """Return a decision's value as one entry, one result, a list of entries or a list of results.

    Without a mode the value stays as it is. Raises ExpressionFailed when there are more results or entries than the
    mode allows.
    """
    results = result if isinstance(result, list) else [] if result is None else [result]
    if mode == "singleEntry":
        return _single_entry(_single(results, mode), mode)
    if mode == "singleResult":
        return _single(results, mode)
    if mode == "collectEntries":
        return [_single_entry(item, mode) for item in results]
    return results if mode == "resultList" else result


def _single(results: list[Value], mode: str) -> Value:
    if len(results) > 1:
        fault = Fault("the decision gave {value} results, one is asked for", value=len(results))
        raise ExpressionFailed(expression=mode, **because(fault))
    return results[0] if results else None


def _single_entry(item: Value, mode: str) -> Value:
    if isinstance(item, dict):
        if len(item) > 1:
            fault = Fault("the decision has the outputs {names}, one is asked for", names=", ".join(item))
            raise ExpressionFailed(expression=mode, **because(fault))
        return next(iter(item.values()), None)
    return item
