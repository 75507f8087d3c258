"""What a decision file holds, compiled: decisions, the knowledge they call, and how they need each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from process_server.errors import ExpressionFailed, NotFound
from process_server.expressions.dmn.boxed import Logic, typed_arguments
from process_server.expressions.dmn.types import ItemType
from process_server.expressions.feel.text import string_of
from process_server.expressions.feel.values import FeelFunction, Range
from process_server.expressions.limits import Run
from process_server.values import Value


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision gave, and why: inputs, matched rules and outputs, of required decisions as well."""

    value: Value
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `inputs` are the variables it reads; `results` the names under which others see its value."""

    id: str
    name: str
    line: int
    logic: Logic
    type: ItemType | None = None
    inputs: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function that decisions call by its name."""

    id: str
    name: str
    parameters: tuple[str, ...]
    types: tuple[ItemType | None, ...]
    logic: Logic
    type: ItemType | None = None
    knowledge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: some decisions offered as one function of its inputs."""

    id: str
    name: str
    outputs: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]  # id and name, in the order of the function's parameters


@dataclass(frozen=True)
class DecisionModel:
    """The decisions of one file; safe to keep and to share between threads."""

    decisions: Mapping[str, Decision]
    knowledge: Mapping[str, Knowledge] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    input_types: Mapping[str, ItemType] = field(default_factory=dict)
    name: str = ""

    def evaluate(self, decision_id: str, variables: Mapping[str, Any]) -> DecisionResult:
        """Evaluate a decision, and first those it needs, over the variables; or a decision service as one decision.

        Raises NotFound, and ExpressionFailed naming the decision and, for a violated hit policy, the rules.
        """
        if decision_id in self.services:
            return _Evaluation(self, variables).service(self.services[decision_id])
        if decision_id not in self.decisions:
            raise NotFound(kind="decision", id=decision_id)
        return _Evaluation(self, variables).result(decision_id)


class _Evaluation:
    """One evaluation: each required decision is evaluated once."""

    def __init__(self, model: DecisionModel, variables: Mapping[str, Any], run: Run | None = None) -> None:
        self.model = model
        self.run = run or Run()
        self.variables = {
            name: model.input_types[name].admitted(value) if name in model.input_types else value
            for name, value in variables.items()
        }
        self._results: dict[str, DecisionResult] = {}

    def result(self, decision_id: str) -> DecisionResult:
        """Evaluate a decision, or return what it gave already."""
        if decision_id not in self._results:
            self._results[decision_id] = self._evaluate(self.model.decisions[decision_id])
        return self._results[decision_id]

    def _evaluate(self, decision: Decision) -> DecisionResult:
        required = [self.model.decisions[needed] for needed in decision.required if needed in self.model.decisions]
        results = [self.result(needed.id) for needed in required]
        scope = dict(self.variables)
        for needed, result in zip(required, results, strict=True):
            scope.update(_named(needed, result.value, scope))
        scope.update(self._functions(decision.knowledge))
        record: dict[str, Any] = {"decision": decision.id, "name": decision.name}
        try:
            value = decision.logic.evaluate(scope, record)
        except ExpressionFailed as error:
            raise ExpressionFailed(**{**error.params, "decision": decision.id}) from error
        value = decision.type.conforming(value) if decision.type else value
        record.setdefault("inputs", {name: scope[name] for name in decision.inputs if name in scope})
        record.setdefault("outputs", [value])
        record = {key: plain(item) for key, item in record.items()}
        record["result"] = plain(value)
        record["required"] = [result.evidence for result in results]
        return DecisionResult(value, record)

    def _functions(self, ids: Iterable[str]) -> dict[str, FeelFunction]:
        """Return the knowledge models and services of these ids as functions, by name."""
        made: dict[str, FeelFunction] = {}
        for item_id in ids:
            if item_id in self.model.knowledge:
                knowledge = self.model.knowledge[item_id]
                made[knowledge.name] = self._knowledge_function(knowledge)
            elif item_id in self.model.services:
                service = self.model.services[item_id]
                made[service.name] = self._service_function(service)
        return made

    def _knowledge_function(self, knowledge: Knowledge) -> FeelFunction:
        def body(*arguments: Any) -> Any:
            given = typed_arguments(knowledge.parameters, knowledge.types, arguments)
            scope = {**self._functions((knowledge.id, *knowledge.knowledge)), **given}
            value = knowledge.logic.evaluate(scope, {})
            return knowledge.type.conforming(value) if knowledge.type else value

        return FeelFunction(knowledge.parameters, body, self.run)

    def service(self, service: Service) -> DecisionResult:
        """Evaluate the outputs of a service; what the variables give of its input decisions is not decided again."""
        for item_id, name in service.inputs:
            decision = self.model.decisions.get(item_id)
            if decision is not None and name in self.variables:
                value = self.variables[name]
                value = decision.type.conforming(value) if decision.type else value
                self._results[item_id] = DecisionResult(
                    value, {"decision": item_id, "outputs": [plain(value)], "result": plain(value)}
                )
        results = [self.result(output) for output in service.outputs]
        names = [self.model.decisions[output].name for output in service.outputs]
        value = {name: result.value for name, result in zip(names, results, strict=True)}
        outputs = [value]
        if len(results) == 1:
            value, outputs = results[0].value, results[0].evidence["outputs"]
        record = {
            "decision": service.id,
            "name": service.name,
            "inputs": {name: plain(self.variables[name]) for _, name in service.inputs if name in self.variables},
            "outputs": plain(outputs),
            "result": plain(value),
            "required": [result.evidence for result in results],
        }
        return DecisionResult(value, record)

    def _service_function(self, service: Service) -> FeelFunction:
        def body(*arguments: Any) -> Any:
            given = {name: value for (_, name), value in zip(service.inputs, arguments, strict=True)}
            return _Evaluation(self.model, given, self.run).service(service).value

        return FeelFunction(tuple(name for _, name in service.inputs), body, self.run)


def _named(decision: Decision, value: Any, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return a required decision's value under its names, and its outputs' names unless variables have them."""
    made = {decision.name: value, decision.id: value}
    for name in decision.results:
        if name not in scope or name == decision.results[0]:
            made[name] = value.get(name, value) if isinstance(value, dict) else value
    return made


def plain(value: Any) -> Any:
    """Return a value for the evidence: functions and ranges as text."""
    if isinstance(value, (FeelFunction, Range)):
        return string_of(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
