"""Repetition of an activity: several instances at once or one after another, or again while a condition holds.

The token on the activity becomes the body: it holds the counters, and the instances belong to it.
"""

from typing import Any

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.elements.base import holds
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.workflow import Token
from process_server.config import settings
from process_server.errors import ExpressionFailed, NotFound, ProcessServerError
from process_server.expressions.limits import Fault, because

TOTAL, ACTIVE, DONE = "nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances"
COUNTERS = frozenset({TOTAL, ACTIVE, DONE})


class TooManyInstances(ProcessServerError):
    """{element} would start {count} instances; the limit is {limit}."""

    code = "too_many_instances"


class Loop:
    """How one activity repeats; built once, without state."""

    def __init__(self, element: str, *, multi: bool, sequential: bool) -> None:
        self.element = element
        self.multi = multi
        self.sequential = sequential
        self.cardinality: Evaluable | None = None
        self.collection: Evaluable | None = None
        self.item: str | None = None
        self.completion: Evaluable | None = None
        self.output: str | None = None
        self.output_item: Evaluable | None = None
        self.output_gaps = False  # whether instances that were not completed leave a null in the output
        self.condition: Evaluable | None = None
        self.test_before = False
        self.maximum: Evaluable | None = None
        self.own: list[str] = []  # variables that each instance has for itself: its part of the output
        self.first = 0  # what the first instance's loopCounter is

    def begin(self, body: Token) -> bool:
        """Start the first instances; True when there is nothing to do."""
        body.data = {}
        if not self.multi:
            body.internal_data["results"] = None
            if self.test_before and not self._again(body, 0):
                return True
            self._instance(body, 0, None)
            return False
        items = self._items(body)
        total = items.stop if isinstance(items, range) else len(items)  # the length of a range has a limit of its own
        limits = settings()
        limit = limits.max_steps if self.sequential else min(limits.max_steps, limits.max_tokens)
        if total > limit:
            raise TooManyInstances(element=self.element, count=total, limit=limit)
        body.data.update({TOTAL: total, ACTIVE: 0, DONE: 0})
        body.internal_data["results"] = [None] * total if self.output else None
        if self.sequential:
            body.internal_data["items"] = list(items) if self.collection is not None else None
        for index in range(min(total, 1) if self.sequential else total):
            self._instance(body, index, items[index])
        return total == 0

    def hold(self, body: Token) -> None:
        """Begin without instances: whoever holds the loop adds them (`add_now`)."""
        body.data = {TOTAL: 0, ACTIVE: 0, DONE: 0} if self.multi else {}
        body.internal_data["results"] = [] if self.multi and self.output else None
        if self.multi and self.sequential:
            body.internal_data["items"] = [] if self.collection is not None else None

    def add_now(self, body: Token) -> Token | None:
        """Add an instance that begins at once; None where it would have to wait for another one."""
        begun = any(body.run_.tokens[child].index is not None for child in body._children)
        if self.multi and not self.sequential:
            return self.add(body, None)
        if begun:
            return None
        if self.multi:
            self.add(body, None)
        return self._instance(body, 0, None)

    def collect(self, token: Token) -> None:
        """An instance is about to end: take its result, and find out whether that is enough."""
        run = token.run_
        body = run.tokens[token._parent]
        results = body.internal_data.get("results")
        if results is not None:
            assert token.index is not None
            result = self._result(token)
            run.admit({"": result})
            results[token.index] = result
        if not token.internal_data.get("enough"):  # nothing inside has said so
            token.internal_data["enough"] = self.multi and self.completion is not None and self._complete(token, body)

    def next(self, token: Token) -> None:
        """An instance has ended: start the next one, or end the loop."""
        run = token.run_
        body = run.tokens[token._parent]
        index = token.index or 0
        if self.multi:
            body.data[DONE] += 1
            body.data[ACTIVE] -= 1
        run.finish_child(token)
        if not self.multi:
            if self._again(body, index + 1):
                self._instance(body, index + 1, None)
            else:
                run.resume(body)
            return
        self._go_on(body, index, token.internal_data["enough"])

    def add(self, body: Token, item: Any) -> Token | None:
        """Add an instance: at once, or as the last one of a sequence."""
        total = body.data[TOTAL]
        body.data[TOTAL] = total + 1
        if body.internal_data.get("results") is not None:
            body.internal_data["results"].append(None)
        index = total + body.internal_data.get("removed", 0)
        if not self.sequential:
            return self._instance(body, index, item)
        if body.internal_data["items"] is not None:
            body.internal_data["items"].append(item)
        return None

    def remove(self, body: Token, token: Token | None, item: Any) -> None:
        """Take an instance out, or an item whose turn has not come; then find out whether what is done is enough."""
        if token is None:
            self._remove_item(body, item)
            if self._enough(body):
                self._end(body)
            return
        self.take_out(body, token, "removed")
        self._go_on(body, token.index or 0, self._enough(body))

    def take_out(self, body: Token, token: Token, outcome: str) -> None:
        """Take an instance out; whether the loop ends by that is another question."""
        body.internal_data["removed"] = body.internal_data.get("removed", 0) + 1
        if body.internal_data.get("results") is not None:
            body.internal_data.setdefault("gaps", []).append(token.index or 0)
        body.data[TOTAL] -= 1
        body.data[ACTIVE] -= 1
        body.run_.visit(token, outcome)
        body.run_.drop_child(token)

    def to_come(self, body: Token) -> list[Any]:
        """Return the items of a sequence whose turn has not come."""
        items: list[Any] = body.internal_data.get("items") or []
        return items[body.data[DONE] + body.data[ACTIVE] + body.internal_data.get("removed", 0) :]

    def _remove_item(self, body: Token, item: Any) -> None:
        waiting = self.to_come(body)
        if item not in waiting:
            raise NotFound(kind="instance", id=str(item)[:60])
        items = body.internal_data["items"]
        items.pop(len(items) - len(waiting) + waiting.index(item))
        if body.internal_data.get("results") is not None:
            body.internal_data["results"].pop()
        body.data[TOTAL] -= 1

    def _enough(self, body: Token) -> bool:
        """Say whether the loop is over after an instance was taken out."""
        if self.completion is None or not body.data[DONE]:
            return False
        return self._holds(body, body.data[DONE], body.data[ACTIVE], body)

    def _go_on(self, body: Token, index: int, enough: bool) -> None:
        """End the loop, or start the next instance of a sequence."""
        if enough or body.data[DONE] >= body.data[TOTAL]:
            self._end(body)
        elif self.sequential:
            items = body.internal_data["items"]
            self._instance(body, index + 1, None if items is None else items[index + 1])

    def _end(self, body: Token) -> None:
        if body.internal_data.get("results") is not None and not self.output_gaps:
            left = [body.run_.tokens[child].index or 0 for child in body._children]
            begun = body.data[DONE] + body.data[ACTIVE] + body.internal_data.get("removed", 0)
            to_come = range(begun, len(body.internal_data["results"])) if self.sequential else ()
            body.internal_data.setdefault("gaps", []).extend((*left, *to_come))
        body.run_.drop_children(body)
        body.run_.resume(body)

    def conclude(self, body: Token) -> None:
        """Set the output collection once all is done."""
        results = body.internal_data.get("results")
        if results is not None and self.output:
            gaps = body.internal_data.get("gaps", ())
            results = [result for index, result in enumerate(results) if index not in gaps]
            body.run_.assign_outside(body, {self.output: results})

    def _items(self, body: Token) -> Any:
        scope = body.run_.scope(body)
        if self.collection is not None:
            items = self.collection.evaluate(scope)
            if isinstance(items, dict):
                items = list(items.values())
            if not isinstance(items, (list, tuple)):
                raise ExpressionFailed(
                    expression=getattr(self.collection, "text", ""), reason="the collection is not a list"
                )
            return items
        assert self.cardinality is not None
        count = self.cardinality.evaluate(scope)
        try:
            number = int(count)
        except (TypeError, ValueError, OverflowError):
            fault = Fault("{value} is no number of instances", value=str(count)[:60])
            raise ExpressionFailed(expression=getattr(self.cardinality, "text", ""), **because(fault)) from None
        return range(max(number, 0))

    def _instance(self, body: Token, index: int, item: Any) -> Token:
        token = body.run_.attach(body, body.task_spec, TaskState.READY)
        token.index = index
        token.undoes = body.undoes
        token.data = {**dict.fromkeys(self.own), "loopCounter": index + self.first}
        if self.item and self._has_items():
            token.data[self.item] = item
        if self.multi:
            body.data[ACTIVE] += 1
        return token

    def _has_items(self) -> bool:
        return self.collection is not None

    def _result(self, token: Token) -> Any:
        scope = token.run_.scope(token)
        return None if self.output_item is None else self.output_item.evaluate(scope)

    def _complete(self, token: Token, body: Token) -> bool:
        return self._holds(token, body.data[DONE] + 1, body.data[ACTIVE] - 1, body)

    def _holds(self, token: Token, done: int, active: int, body: Token) -> bool:
        assert self.completion is not None
        counters: dict[str, Any] = {DONE: done, ACTIVE: active, "numberOfInstances": body.data[TOTAL]}
        counters |= {"numberOfCompletedInstances": done, "numberOfActiveInstances": active}
        if self.output:  # what has been gathered so far
            results = body.internal_data.get("results") or ()
            counters[self.output] = [result for result in results if result is not None]
        return holds(self.completion, token.run_.scope(token, counters))

    def _again(self, body: Token, index: int) -> bool:
        scope = body.run_.scope(body, {"loopCounter": index})
        if self.maximum is not None and index >= int(self.maximum.evaluate(scope)):
            return False
        return self.condition is None or holds(self.condition, scope)
