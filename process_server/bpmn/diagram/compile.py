"""A file becomes programs: read, checked, built."""

from types import MappingProxyType
from typing import Any

from process_server.bpmn.diagram.build import Builder
from process_server.bpmn.diagram.checks import check
from process_server.bpmn.diagram.checks.history import read_history_days
from process_server.bpmn.diagram.choices import ask
from process_server.bpmn.diagram.drafts import leave_to_people
from process_server.bpmn.diagram.read_approval import read_approval
from process_server.bpmn.diagram.read_sla import read_sla
from process_server.bpmn.diagram.reader import read_file
from process_server.bpmn.diagram.usage import usage_of
from process_server.bpmn.model import Node, Process, Scope
from process_server.bpmn.program import Element, Program, Start
from process_server.errors import InvalidProcess, Problem


def read_processes(
    content: bytes, file: str, *, drafts: bool = False, only: str | None = None
) -> tuple[list[Program], list[Problem]]:
    """Compile every executable process of a BPMN file; with `drafts` also those drawn as not executable.

    `only` compiles one process, whether or not it is drawn as executable. Returns the programs and the warnings.
    Raises InvalidProcess with every error found, TooLarge.
    """
    programs, problems = examine_processes(content, file, drafts=drafts, only=only)
    if any(problem["severity"] == "error" for problem in problems):
        raise InvalidProcess(problems)
    return programs, problems


def examine_processes(
    content: bytes, file: str, *, drafts: bool = False, only: str | None = None
) -> tuple[list[Program], list[Problem]]:
    """Compile as `read_processes` does, but go on past errors, so that everything wrong is told in one round.

    A program with errors is for looking at, not for running. Raises InvalidProcess where there is nothing to read,
    TooLarge.
    """
    programs = []
    problems: list[Problem] = []
    for process in read_file(content, file):
        if only not in (None, process.id):
            continue
        problems += process.problems
        if not (process.executable or drafts or only) or not process.scope.nodes:
            continue
        if not process.executable:
            problems += leave_to_people(process)
        found, readable = check(process)
        problems += found
        if readable:
            program, more = compile_process(process)
            problems += more
            programs.append(program)
    return programs, problems


def compile_process(process: Process) -> tuple[Program, list[Problem]]:
    """Build the program of one checked process, with what could not be compiled."""
    ask(process.scope)
    elements = {node.id: _element(node, process) for node in process.scope.walk()}
    builder = Builder(process, elements)
    spec = builder.build()
    nodes = list(process.scope.walk())
    given = process.attributes
    declared = tuple(sorted({name for scope in _scopes(process) for name in scope.data_objects.values()}))
    plain = next((node for node in process.scope.nodes.values() if node.type == "startEvent" and not node.events), None)
    program = Program(
        key=process.id,
        file=process.file,
        name=process.name,
        names=given.names,
        version_tag=given.version_tag,
        history_days=read_history_days(given.history_time_to_live),
        startable="false" not in (given.startable, given.properties.get("startable")),
        start_form_key=plain.attributes.form_key if plain else None,
        candidate_starters=_split(given.candidate_starters),
        properties=MappingProxyType(given.properties),
        documentation=process.documentation,
        elements=MappingProxyType(elements),
        flows=MappingProxyType(_flows(process)),
        starts=_starts(process),
        called_processes=_references(nodes, lambda node: node.attributes.called),
        decisions=_references(nodes, lambda node: node.attributes.decision),
        form_keys=_references(nodes, lambda node: node.attributes.form_key),
        lane_names=MappingProxyType(process.lane_names),
        embedded_forms=MappingProxyType(given.embedded_forms),
        candidate_groups=tuple((node.id, group) for node in nodes for group in _groups(node)),
        messages=_references(nodes, _message),
        conversations=MappingProxyType(builder.texts.conversations),
        usage=usage_of(process.scope, (spec, *builder.subprocess_specs.values()), declared),
        declared=declared,
        spec=spec,
        subprocess_specs=builder.subprocess_specs,
    )
    return program, builder.problems


def _element(node: Node, process: Process) -> Element:
    given, around = node.attributes.properties, process.attributes.properties
    return Element(
        id=node.id,
        type=node.type,
        event=node.events[0].kind if len(node.events) == 1 else None,
        name=node.name,
        names=node.attributes.names,
        line=node.line,
        parent=node.parent,
        lane=node.lane,
        properties=MappingProxyType(given),
        documentation=node.documentation,
        form_fields=tuple(node.attributes.form_fields),
        form_binding=node.attributes.form_binding,
        approval=read_approval(given, around)[0] if node.type == "userTask" else None,
        sla=read_sla(given, around)[0],
    )


def _flows(process: Process) -> dict[str, tuple[str, str]]:
    return {flow.id: (flow.source, flow.target) for scope in _scopes(process) for flow in scope.flows.values()}


def _scopes(process: Process) -> list[Scope]:
    return [process.scope, *(node.scope for node in process.scope.walk() if node.scope is not None)]


def _starts(process: Process) -> tuple[Start, ...]:
    starts = []
    for node in process.scope.nodes.values():
        if node.type == "startEvent":
            starts += _start(node)
        elif node.type == "receiveTask" and node.instantiate and not node.incoming:
            starts.append(Start(node.id, "message", node.message))
        elif node.type == "eventBasedGateway" and node.instantiate:
            targets = [process.scope.nodes[flow.target] for flow in node.outgoing]
            for target in targets:
                name = target.message or (target.event.name if target.event else "")
                kind: Any = "signal" if target.event and target.event.kind == "signal" else "message"
                starts.append(Start(target.id, kind, name))
    if not any(node.type == "startEvent" for node in process.scope.nodes.values()) and not starts:
        starts.append(Start("", "none"))
    return tuple(starts)


def _start(node: Node) -> list[Start]:
    form = node.attributes.form_key
    if not node.events:
        return [Start(node.id, "none", form_key=form)]
    found = []
    for event in node.events:
        text = event.formula.text if event.formula else None
        if event.kind == "timer":
            found.append(Start(node.id, "timer", timer=text, timer_kind=event.timer))
        elif event.kind == "conditional":
            found.append(Start(node.id, "condition", text))
        elif event.kind in ("message", "signal"):
            kind: Any = event.kind
            found.append(Start(node.id, kind, event.name, form_key=form))
    return found


def _groups(node: Node) -> tuple[str, ...]:
    given = node.attributes
    if (
        node.type == "userTask"
        and node.lane
        and not (given.assignee or given.candidate_users or given.candidate_groups)
        and not given.properties.get("approver:by")
    ):
        return (node.lane,)
    return _split(_literal(given.candidate_groups))


def _message(node: Node) -> str | None:
    event = node.event
    return node.message or (event.name if event is not None and event.kind == "message" else None)


def _references(nodes: list[Node], get: Any) -> tuple[tuple[str, str], ...]:
    return tuple((node.id, text) for node in nodes if (text := _literal(get(node))))


def _literal(text: str | None) -> str | None:
    """Return a text that is no expression: what it names can be checked before it runs."""
    return None if not text or "${" in text or "#{" in text or text.startswith("=") else text


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part for item in (text or "").split(",") if (part := item.strip()))
