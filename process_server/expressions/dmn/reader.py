"""Reads a decision file (DMN 1.1 to 1.5) into a compiled model and the problems found on the way."""

from dataclasses import replace
from typing import Any

from process_server.errors import Problem
from process_server.expressions.dmn import xml
from process_server.expressions.dmn.logic_reader import LogicReader
from process_server.expressions.dmn.model import Decision, DecisionModel, Knowledge, Service
from process_server.expressions.dmn.table import DecisionTable
from process_server.expressions.dmn.types import ItemType
from process_server.expressions.dmn.xml import Element
from process_server.i18n import gettext_noop


def read_decisions(content: bytes, file: str) -> tuple[DecisionModel, list[Problem]]:
    """Return the decisions of a file, compiled, and what is wrong with them; with errors, do not evaluate it."""
    root, problems = xml.parse(content, file)
    if root is None:
        return DecisionModel({}), problems
    reader = _Reader(root, file)
    model = reader.read()
    return model, reader.problems


class _Reader:
    """Reads the elements of one file."""

    def __init__(self, root: Element, file: str) -> None:
        self.root = root
        self.file = file
        self.problems: list[Problem] = []
        self.logic = LogicReader(root, file, self.problems)

    def read(self) -> DecisionModel:
        """Return the model of the whole file."""
        for ignored in xml.children(self.root, "import"):
            message = gettext_noop("An imported model is not read.")
            self._warn(ignored, "import", message, gettext_noop("Put the decisions into one file."))
        decisions = _without_results(
            {item.id: item for item in map(self._decision, xml.children(self.root, "decision"))}
        )
        knowledge = {item.id: item for item in map(self._knowledge, xml.children(self.root, "businessKnowledgeModel"))}
        services = {item.id: item for item in map(self._service, xml.children(self.root, "decisionService"))}
        self._check_ids()
        self._check_references(set(decisions) | set(knowledge) | set(services))
        self._check_cycles(decisions)
        return DecisionModel(decisions, knowledge, services, self._input_types(), self.root.get("name", ""))

    def _decision(self, element: Element) -> Decision:
        logic = self.logic.of(element)
        names = [_variable_name(element)]
        if isinstance(logic, DecisionTable):
            names += [output.name for output in logic.outputs if output.name]
        return Decision(
            id=_id(element),
            name=element.get("name") or _id(element),
            line=xml.line_of(element),
            logic=logic,
            type=self.logic.types.of_variable(element),
            inputs=self.logic.variables_of(logic, self._input_names(element)),
            results=tuple(dict.fromkeys(names)),
            required=_references(element, "informationRequirement", "requiredDecision"),
            knowledge=_references(element, "knowledgeRequirement", "requiredKnowledge"),
        )

    def _input_names(self, element: Element) -> list[str]:
        ids = _references(element, "informationRequirement", "requiredInput")
        return [_variable_name(item) for item in xml.children(self.root, "inputData") if _id(item) in ids]

    def _knowledge(self, element: Element) -> Knowledge:
        function = xml.child(element, "encapsulatedLogic")
        parameters = [] if function is None else xml.children(function, "formalParameter")
        return Knowledge(
            id=_id(element),
            name=_variable_name(element),
            parameters=tuple(parameter.get("name", "") for parameter in parameters),
            types=tuple(self.logic.types.of(parameter.get("typeRef")) for parameter in parameters),
            logic=self.logic.of(function if function is not None else element),
            type=self.logic.types.of_variable(element),
            knowledge=_references(element, "knowledgeRequirement", "requiredKnowledge"),
        )

    def _service(self, element: Element) -> Service:
        by_id = {_id(item): item for item in self.root if item.get("id")}
        ids = [xml.reference(item) for item in xml.children(element, "inputData")]
        ids += [xml.reference(item) for item in xml.children(element, "inputDecision")]
        return Service(
            id=_id(element),
            name=_variable_name(element),
            outputs=tuple(xml.reference(item) for item in xml.children(element, "outputDecision")),
            inputs=tuple((item, _variable_name(by_id[item])) for item in ids if item in by_id),
        )

    def _input_types(self) -> dict[str, ItemType]:
        found = {}
        for element in xml.children(self.root, "inputData"):
            kind = self.logic.types.of_variable(element)
            if kind is not None:
                found[_variable_name(element)] = kind
        return found

    def _check_ids(self) -> None:
        seen: set[str] = set()
        for element in xml.children(self.root, "decision", "businessKnowledgeModel", "decisionService", "inputData"):
            if not element.get("id"):
                self._error(element, "no_id", gettext_noop("A {tag} has no id."), tag=xml.local_name(element))
            elif element.get("id") in seen:
                self._error(element, "duplicate_id", gettext_noop("The id {id} occurs twice."), id=element.get("id"))
            seen.add(_id(element))

    def _check_references(self, known: set[str]) -> None:
        for decision in xml.children(self.root, "decision", "businessKnowledgeModel"):
            for requirement in xml.children(decision, "informationRequirement", "knowledgeRequirement"):
                for target in xml.children(requirement, "requiredDecision", "requiredKnowledge"):
                    if xml.reference(target) not in known:
                        message = gettext_noop("It requires {reference}, which is not in this file.")
                        self._error(requirement, "dangling_reference", message, reference=target.get("href"))

    def _check_cycles(self, decisions: dict[str, Decision]) -> None:
        done: set[str] = set()
        for start in decisions:
            path: list[tuple[str, list[str]]] = [(start, list(decisions[start].required))]
            while path:
                current, left = path[-1]
                if not left or current in done:
                    done.add(current)
                    path.pop()
                    continue
                needed = left.pop()
                if needed in [name for name, _ in path]:
                    self._cycle(needed)
                    return
                if needed in decisions:
                    path.append((needed, list(decisions[needed].required)))

    def _cycle(self, decision_id: str) -> None:
        element = next(item for item in xml.children(self.root, "decision") if _id(item) == decision_id)
        message = gettext_noop("The decision {decision} requires itself in a circle.")
        self._error(element, "decision_cycle", message, decision=element.get("name") or decision_id)

    def _error(self, element: Element, code: str, message: str, **params: Any) -> None:
        self.problems.append(xml.problem(self.file, code, message, element=element, **params))

    def _warn(self, element: Element, code: str, message: str, hint: str) -> None:
        self.problems.append(xml.problem(self.file, code, message, element=element, severity="warning", hint=hint))


def _without_results(decisions: dict[str, Decision]) -> dict[str, Decision]:
    """Return the decisions with what they get from each other taken out of their inputs."""
    made = {}
    for decision in decisions.values():
        required = [decisions[needed] for needed in decision.required if needed in decisions]
        given = {name for item in required for name in (item.id, item.name, *item.results)}
        made[decision.id] = replace(decision, inputs=tuple(name for name in decision.inputs if name not in given))
    return made


def _id(element: Element) -> str:
    return element.get("id") or element.get("name") or ""


def _variable_name(element: Element) -> str:
    variable = xml.child(element, "variable")
    return (variable.get("name") if variable is not None else None) or element.get("name") or _id(element)


def _references(element: Element, requirement: str, target: str) -> tuple[str, ...]:
    found = [item for holder in xml.children(element, requirement) for item in xml.children(holder, target)]
    return tuple(dict.fromkeys(xml.reference(item) for item in found))
