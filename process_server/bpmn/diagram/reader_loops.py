"""How activities repeat: standard loops and multi-instance, in the standard's words and the vendors'."""

from typing import Any

from process_server.bpmn.diagram.dialects import read_loop_attributes
from process_server.bpmn.diagram.texts import formula_of, text_of
from process_server.bpmn.diagram.xml import BPMN, flag
from process_server.bpmn.model import Loop

_UNHEARD = ("noneBehaviorEventRef", "oneBehaviorEventRef")  # events that each instance would throw when it ends


def read_loop(element: Any) -> Loop | None:
    """Return how an activity repeats; None where it does not."""
    standard = element.find(f"{{{BPMN}}}standardLoopCharacteristics")
    if standard is not None:
        return Loop(
            multi=False,
            sequential=True,
            condition=formula_of(standard.find(f"{{{BPMN}}}loopCondition")),
            test_before=flag(standard, "testBefore"),
            maximum=standard.get("loopMaximum"),
        )
    multi = element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if multi is None:
        return None
    vendor = read_loop_attributes(multi)
    item = multi.find(f"{{{BPMN}}}inputDataItem")
    output = multi.find(f"{{{BPMN}}}outputDataItem")
    return Loop(
        multi=True,
        sequential=flag(multi, "isSequential"),
        cardinality=formula_of(multi.find(f"{{{BPMN}}}loopCardinality")),
        collection=vendor.collection or text_of(multi, "loopDataInputRef"),
        element_variable=vendor.element_variable or item_name(item),
        element_id=None if item is None else item.get("id"),
        completion=formula_of(multi.find(f"{{{BPMN}}}completionCondition")),
        output_collection=vendor.output_collection or text_of(multi, "loopDataOutputRef"),
        output_element=vendor.output_element or item_name(output),
        output_variables=vendor.output_variables,
        ignored=[*vendor.ignored, *(name for name in _UNHEARD if multi.get(name))],
    )


def item_name(item: Any) -> str | None:
    """Return the variable that an item of a collection is known by: its id where the name is no name of a variable."""
    if item is None:
        return None
    name, identity = item.get("name") or "", item.get("id")
    return name if name and (name.isidentifier() or not identity) else identity
