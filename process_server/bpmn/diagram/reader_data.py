"""Data associations and performers of the standard, read into the same attributes as the vendors' own words."""

import html
import re
from typing import Any

from process_server.bpmn.diagram.dialects.jbpm import NAMESPACES as JBPM
from process_server.bpmn.diagram.texts import language_of
from process_server.bpmn.diagram.xml import BPMN, local
from process_server.bpmn.model import ANSWER, VARIABLE, Formula, Mapping, Node

_OWN = {"ActorId": "assignee", "GroupId": "candidate_groups", "Priority": "priority"}  # jBPM and Kogito
_SILENT = {"TaskName", "Skippable", "Comment", "Description", "Content", "CreatedBy", "Locale", "NodeName"}
_TEXT_OF_DMN = re.compile(r"<(?:[\w-]+:)?text>(.*?)</", re.S)
_MEMBER = re.compile(r"(user|group)\(([^)]*)\)")


def read_performers(node: Node, element: Any) -> None:
    """Read who does a task: humanPerformer is the assignee, potentialOwner are candidates."""
    for role in element:
        tag = local(role)
        if tag not in ("humanPerformer", "potentialOwner", "performer"):
            continue
        text = _expression(role) or _resource(role)
        given = node.attributes
        if not text:
            continue
        if tag != "potentialOwner":
            given.assignee = given.assignee or text
            continue
        members = _MEMBER.findall(text)
        users = ",".join(name for kind, name in members if kind == "user")
        groups = ",".join(name for kind, name in members if kind == "group")
        if not members:  # whom a bare name means: to jBPM a person, to all others a group
            users, groups = (text, "") if JBPM & set(element.nsmap.values()) else ("", text)
        given.candidate_users = given.candidate_users or users or None
        given.candidate_groups = given.candidate_groups or groups or None


def _expression(role: Any) -> str:
    """Return who is named by an expression; a text or list of FEEL is marked as what it is, a bare name is a name."""
    text = _text(role, "resourceAssignmentExpression")
    formal = role.find(f"{{{BPMN}}}resourceAssignmentExpression/{{{BPMN}}}formalExpression")
    return f"={text}" if text[:1] in ('"', "[") and "feel" in (language_of(formal) or "").lower() else text


def _resource(role: Any) -> str | None:
    """Return the name of the resource a role refers to."""
    reference = _text(role, "resourceRef").rpartition(":")[2]
    resources = role.getroottree().getroot().iterfind(f"{{{BPMN}}}resource")
    return next((item.get("name") for item in resources if reference and item.get("id") == reference), None)


def read_own_data(process: Any) -> dict[str, str]:
    """Return the names of what a process and its subprocesses are given and give, by ids: what is inside uses them."""
    own = f"{{{BPMN}}}ioSpecification"
    inside = process.iter(*(f"{{{BPMN}}}{tag}" for tag in ("subProcess", "transaction", "adHocSubProcess")))
    scopes = [found for scope in (process, *inside) if (found := scope.find(own)) is not None]
    items = [item for scope in scopes for item in scope]
    return {item.get("id"): item.get("name") for item in items if item.get("id") and item.get("name")}


def read_data(node: Node, element: Any, visible: dict[str, str]) -> None:
    """Read what an activity takes from and gives to data objects, properties and constants.

    `visible` maps the ids of data objects, properties and items of collections to the names of their variables.
    """
    names = {
        item.get("id"): item.get("name") or "" for item in element.iter(f"{{{BPMN}}}dataInput", f"{{{BPMN}}}dataOutput")
    }
    loop = node.loop
    said = {mapping.target for mapping in node.attributes.outputs}  # by the vendor's own words, which say it better
    for association in element:
        tag = local(association)
        if tag not in ("dataInputAssociation", "dataOutputAssociation"):
            continue
        source, target = _text(association, "sourceRef"), _text(association, "targetRef")
        transformed = _transformed(association)
        if tag == "dataOutputAssociation" and visible.get(target) in said:
            continue
        if transformed is not None and tag == "dataOutputAssociation" and target in visible:
            _give(node, Mapping(visible[target], transformed))
        elif transformed is not None and names.get(target):
            node.attributes.inputs.append(Mapping(names[target], transformed))
        elif tag == "dataInputAssociation" and loop is not None and target == loop.collection and source in visible:
            loop.collection = visible[source]
        elif tag == "dataOutputAssociation" and loop is not None and source == loop.output_collection:
            loop.output_collection = visible.get(target, target)
        elif tag == "dataInputAssociation" and loop is not None and source == loop.element_id:
            loop.element_variable = names.get(target) or loop.element_variable
        elif tag == "dataInputAssociation" and target in names:
            _take(node, association, visible.get(source), names[target] or visible.get(source, target), names)
        elif (
            tag == "dataOutputAssociation"
            and source in names
            and target in visible
            and names[source] not in ("", visible[target])
        ):
            _give(node, Mapping(visible[target], Formula(names[source], ANSWER)))
        elif tag == "dataOutputAssociation" and target in visible:
            for assignment in association.findall(f"{{{BPMN}}}assignment"):
                value = assignment.find(f"{{{BPMN}}}from")
                if value is not None:
                    formula = Formula(_text(assignment, "from"), language_of(value), assignment.sourceline)
                    _give(node, Mapping(visible[target], formula))


def _transformed(association: Any) -> Formula | None:
    """Return what becomes of data on their way: an expression, which Trisotech wraps as DMN would hold it."""
    element = association.find(f"{{{BPMN}}}transformation")
    text = _text(association, "transformation")
    if not text:
        return None
    wrapped = _TEXT_OF_DMN.search(text)
    if wrapped is not None:
        return Formula(html.unescape(wrapped[1]).strip(), "feel", element.sourceline)
    return Formula(text, language_of(element), element.sourceline)


def _give(node: Node, mapping: Mapping) -> None:
    """What a called process knows has to be handed out of it; other work answers with it."""
    given = node.attributes
    (given.call_out if node.type == "callActivity" else given.outputs).append(mapping)


def _take(node: Node, association: Any, variable: str | None, name: str, names: dict[str, str]) -> None:
    given = node.attributes
    for assignment in association.findall(f"{{{BPMN}}}assignment"):
        value = _text(assignment, "from")
        language = language_of(assignment.find(f"{{{BPMN}}}from"))
        own = _OWN.get(name)
        if own is not None:
            setattr(given, own, getattr(given, own) or value or None)
        elif name not in _SILENT:
            given.inputs.append(
                Mapping(names.get(_text(assignment, "to")) or name, Formula(value, language, assignment.sourceline))
            )
    if variable is not None and variable != name and name not in _SILENT:
        given.inputs.append(Mapping(name, Formula(variable, VARIABLE)))


def _text(element: Any, tag: str) -> str:
    child = element.find(f"{{{BPMN}}}{tag}")
    return "" if child is None else "".join(child.itertext()).strip()
