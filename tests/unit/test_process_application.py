"""The shipped process application hangs together: diagrams, references, people, figures, languages."""

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from process_server.forms.schema import read_form
from process_server.identity.organisation import read_organisation

FOLDER = Path(__file__).parents[2] / "processes"
MODELS = sorted(FOLDER.glob("*.bpmn"))
DECISIONS = sorted(FOLDER.glob("*.dmn"))
FORMS = sorted(FOLDER.glob("*.form"))

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
CAMUNDA_DMN = "{http://camunda.org/schema/1.0/dmn}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"

SHAPES = ("Event", "Gateway", "Task", "subProcess", "callActivity", "task", "lane", "participant")
SEVEN = ["新线索录入", "线索分配", "客户跟进", "商机转换", "报价申请", "合同审批", "回款确认"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def model(path: Path) -> Any:
    return etree.parse(path).getroot()


def tag(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def nodes(root: Any) -> Iterator[Any]:
    """Every element that must be seen in the diagram."""
    return (e for e in root.iter(f"{BPMN}*") if e.get("id") and tag(e).endswith(SHAPES))


def properties(element: Any) -> dict[str, str]:
    return {
        item.get("name"): item.get("value")
        for path in (f"{BPMN}extensionElements/{CAMUNDA}properties/*", f"{BPMN}extensionElements/{ZEEBE}properties/*")
        for item in element.findall(path)
    }


def expressions(root: Any) -> str:
    return "\n".join([*root.itertext(), *(value for element in root.iter() for value in element.attrib.values())])


def test_there_are_models_forms_and_decisions() -> None:
    assert names(MODELS) == [
        "complaint.bpmn", "contract_approval.bpmn", "lead_assignment.bpmn", "lead_to_cash.bpmn", "quote_approval.bpmn",
    ]  # fmt: skip
    assert len(FORMS) == 19
    assert len(DECISIONS) == 5


@pytest.mark.requirement("PE-01")
@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_every_node_has_a_shape_and_every_flow_an_edge(path: Path) -> None:
    root = model(path)
    shapes = {s.get("bpmnElement"): s.find(f"{DC}Bounds") for s in root.iter(f"{BPMNDI}BPMNShape")}
    edges = {e.get("bpmnElement"): e.findall(f"{DI}waypoint") for e in root.iter(f"{BPMNDI}BPMNEdge")}
    assert set(shapes) == {node.get("id") for node in nodes(root)}
    assert set(edges) == {flow.get("id") for flow in root.iter(f"{BPMN}sequenceFlow")}
    for id_, points in edges.items():
        for a, b in pairwise(points):
            assert a.get("x") == b.get("x") or a.get("y") == b.get("y"), f"{id_} is not orthogonal"


@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_no_two_shapes_overlap(path: Path) -> None:
    root = model(path)
    inner = {e.get("id"): tag(e.getparent()) for e in nodes(root)}
    boxes: dict[str, dict[str, list[tuple[float, ...]]]] = {}
    for shape in root.iter(f"{BPMNDI}BPMNShape"):
        id_ = shape.get("bpmnElement")
        element = root.find(f".//*[@id='{id_}']")
        if tag(element) in ("lane", "participant", "boundaryEvent"):
            continue
        at = shape.find(f"{DC}Bounds")
        x, y, w, h = (float(at.get(k)) for k in ("x", "y", "width", "height"))
        assert min(x, y) >= 0
        boxes.setdefault(inner[id_], {}).setdefault(id_, []).append((x, y, x + w, y + h))
    for group in boxes.values():
        flat = [(id_, box) for id_, found in group.items() for box in found]
        for i, (one, a) in enumerate(flat):
            for other, b in flat[i + 1 :]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], f"{one} lies over {other}"


@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_every_node_stands_inside_its_lane(path: Path) -> None:
    root = model(path)
    boxes = {}
    for shape in root.iter(f"{BPMNDI}BPMNShape"):
        at = shape.find(f"{DC}Bounds")
        boxes[shape.get("bpmnElement")] = [float(at.get(k)) for k in ("x", "y", "width", "height")]
    for lane in root.iter(f"{BPMN}lane"):
        x, y, w, h = boxes[lane.get("id")]
        for ref in lane.findall(f"{BPMN}flowNodeRef"):
            nx, ny, nw, nh = boxes[ref.text]
            inside = x <= nx and y <= ny and nx + nw <= x + w and ny + nh <= y + h
            assert inside, f"{ref.text} leaves {lane.get('id')}"


@pytest.mark.requirement("PE-17")
def test_the_seven_activities_stand_in_order() -> None:
    root = model(FOLDER / "lead_to_cash.bpmn")
    activities = {e.get("name"): e for e in nodes(root) if tag(e).endswith(("Task", "callActivity"))}
    at = {
        shape.get("bpmnElement"): float(shape.find(f"{DC}Bounds").get("x")) for shape in root.iter(f"{BPMNDI}BPMNShape")
    }
    assert set(SEVEN) <= set(activities)
    places = [at[activities[name].get("id")] for name in SEVEN]
    assert places == sorted(places)
    assert _reaches(root, [activities[name].get("id") for name in SEVEN])


def _reaches(root: Any, path: list[str]) -> bool:
    """Whether each element can follow the one before."""
    flows: dict[str, set[str]] = {}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        flows.setdefault(flow.get("sourceRef"), set()).add(flow.get("targetRef"))
    for start, end in pairwise(path):
        seen, todo = set(), [start]
        while todo:
            for target in flows.get(todo.pop(), set()) - seen:
                seen.add(target)
                todo.append(target)
        if end not in seen:
            return False
    return True


@pytest.mark.requirement("PE-34")
def test_lead_to_cash_has_the_four_departments_as_lanes() -> None:
    root = model(FOLDER / "lead_to_cash.bpmn")
    assert [lane.get("name") for lane in root.iter(f"{BPMN}lane")] == ["市场部", "销售部", "财务部", "服务部"]


@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_every_name_and_explanation_is_in_both_languages(path: Path) -> None:
    for element in model(path).iter(f"{BPMN}*"):
        if tag(element) == "definitions":
            continue
        if element.get("name"):
            assert CHINESE.search(element.get("name")), element.get("id")
            assert properties(element).get("name:en"), element.get("id")
        if element.find(f"{BPMN}documentation") is not None:
            assert properties(element).get("documentation:en"), element.get("id")


@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_every_activity_is_explained(path: Path) -> None:
    for element in nodes(model(path)):
        if tag(element).endswith(("Task", "callActivity", "subProcess")):
            assert element.find(f"{BPMN}documentation") is not None, element.get("id")


@pytest.mark.requirement("PE-18")
@pytest.mark.requirement("PE-19")
@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_every_user_task_names_who_does_it_and_by_when(path: Path) -> None:
    for task in model(path).iter(f"{BPMN}userTask"):
        if path.name == "complaint.bpmn":
            who = task.find(f".//{ZEEBE}assignmentDefinition")
            assert who.get("assignee") or who.get("candidateGroups")
            assert task.find(f".//{ZEEBE}taskSchedule").get("dueDate")
        else:
            found = [entry.get("name") for entry in task.iter(f"{CAMUNDA}property")]
            assert task.get(f"{CAMUNDA}assignee") or task.get(f"{CAMUNDA}candidateGroups") or "approver:by" in found
            assert task.get(f"{CAMUNDA}dueDate")


@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_every_reference_of_a_model_is_in_the_folder(path: Path) -> None:
    root = model(path)
    organisation = read_organisation(FOLDER / "organisation.toml")
    groups = {group.id for group in organisation.group}
    forms = {json.loads(form.read_text())["id"] for form in FORMS}
    decisions = {decision.get("id") for dmn in DECISIONS for decision in model(dmn).iter(f"{DMN}decision")}
    processes = {process.get("id") for other in MODELS for process in model(other).iter(f"{BPMN}process")}
    parameters = tomllib.loads((FOLDER / "parameters.toml").read_text())
    for element in root.iter(f"{BPMN}*"):
        for attribute, known in (
            (f"{CAMUNDA}formRef", forms),
            (f"{CAMUNDA}decisionRef", decisions),
            ("calledElement", processes),
        ):
            if element.get(attribute):
                assert element.get(attribute) in known, element.get("id")
        for attribute in (f"{CAMUNDA}candidateGroups", f"{CAMUNDA}candidateStarterGroups"):
            if element.get(attribute):
                assert set(element.get(attribute).split(",")) <= groups, element.get("id")
    for reference in root.iter(f"{ZEEBE}formDefinition"):
        assert reference.get("formId") in forms
    for reference in root.iter(f"{ZEEBE}assignmentDefinition"):
        assert set((reference.get("candidateGroups") or "service").split(",")) <= groups
    text = expressions(root)
    assert set(re.findall(r"parameter\([\"'](\w+)", text)) <= set(parameters)
    assert set(re.findall(r"members\([\"']([\w-]+)", text)) <= groups
    told = [parameter.text for parameter in root.iter(f"{CAMUNDA}inputParameter") if parameter.get("name") == "groups"]
    told += [i.get("source").strip('="') for i in root.iter(f"{ZEEBE}input") if i.get("target") == "groups"]
    assert set(told) <= groups


def test_every_form_is_used_by_a_model() -> None:
    text = "\n".join(path.read_text() for path in MODELS)
    used = set(re.findall(r'form(?:Ref|Id)="(\w+)"', text))
    assert {path.stem for path in FORMS} == used


def test_every_parameter_is_used_and_explained_in_both_languages() -> None:
    text = "\n".join(path.read_text() for path in MODELS)
    for key, entry in tomllib.loads((FOLDER / "parameters.toml").read_text()).items():
        assert key in text
        assert CHINESE.search(entry["description"])
        assert entry["description_en"]


def test_teams_named_by_decisions_exist_and_have_members() -> None:
    organisation = read_organisation(FOLDER / "organisation.toml")
    members = {
        group.id: [user.id for user in organisation.user if group.id in user.groups] for group in organisation.group
    }
    assert all(members.values())
    for file, output in (("assign_lead.dmn", 1), ("contract_path.dmn", 4)):
        for entry in model(FOLDER / file).iter(f"{DMN}outputEntry"):
            if entry.get("id").endswith(f"_out_{output}"):
                assert members[entry.findtext(f"{DMN}text").strip('"')]
    assert len(members["contract-board"]) == 3


def test_every_sales_person_has_a_supervisor_to_warn() -> None:
    organisation = read_organisation(FOLDER / "organisation.toml")
    sales = [user for user in organisation.user if "sales" in user.groups]
    assert sales
    assert all(user.supervisor for user in sales)


@pytest.mark.parametrize("path", DECISIONS, ids=names(DECISIONS))
def test_every_decision_is_drawn_and_named_in_both_languages(path: Path) -> None:
    root = model(path)
    decision = root.find(f"{DMN}decision")
    assert decision.get("id") == path.stem
    assert CHINESE.search(decision.get("name"))
    translated = decision.find(f"{DMN}extensionElements/{CAMUNDA_DMN}properties/*[@name='name:en']")
    assert translated.get("value")
    drawn = {e.get("dmnElementRef") for e in root.iter() if tag(e) == "DMNShape"}
    assert drawn == {path.stem}
    table = decision.find(f"{DMN}decisionTable")
    width = len(table.findall(f"{DMN}input")), len(table.findall(f"{DMN}output"))
    for rule in table.iter(f"{DMN}rule"):
        assert (len(rule.findall(f"{DMN}inputEntry")), len(rule.findall(f"{DMN}outputEntry"))) == width


@pytest.mark.parametrize("path", FORMS, ids=names(FORMS))
def test_every_form_can_be_read_without_a_remark(path: Path) -> None:
    schema, problems = read_form(path.read_bytes(), path.name)
    assert problems == []
    assert schema is not None
    assert schema.id == path.stem


@pytest.mark.parametrize("path", FORMS, ids=names(FORMS))
def test_every_text_of_a_form_is_in_both_languages(path: Path) -> None:
    schema, _ = read_form(path.read_bytes(), path.name)
    assert schema is not None
    for component in schema.walk():
        known = component.properties
        for setting, value in (
            ("label", component.label),
            ("description", getattr(component, "description", None)),
            ("dateLabel", getattr(component, "date_label", None)),
            ("text", getattr(component, "text", None)),
        ):
            if value and CHINESE.search(value):
                assert known.get(f"{setting}:en"), f"{component.id}: {setting}"
        for option in getattr(component, "values", None) or []:
            if CHINESE.search(option.label):
                assert known.get(f"option:{option.value}:en"), f"{component.id}: {option.value}"
        for column in getattr(component, "columns", None) or []:
            assert known.get(f"column:{column['key']}:en"), f"{component.id}: {column['key']}"


@pytest.mark.parametrize("path", FORMS, ids=names(FORMS))
def test_money_stays_exact(path: Path) -> None:
    for component in json.loads(path.read_text())["components"]:
        for field in [component, *component.get("components", [])]:
            if field.get("appearance", {}).get("prefixAdorner") == "¥":
                assert field["serializeToString"] is True
                assert field["decimalDigits"] == 2
