"""Decisions that stand in for those a scenario has no file for: each gives what the stub of its task says."""

import json
from typing import Any

from lxml import etree

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def stand_in(key: str, output: dict[str, Any], result: str | None) -> bytes:
    """Return a file with one decision: the value of the task's result variable, else all its stub sets."""
    value = output.get(result) if result else output
    root = etree.Element(
        f"{{{DMN}}}definitions", nsmap={None: DMN}, id=f"stand-in-{key}", name=key, namespace="stand-in"
    )
    decision = etree.SubElement(root, f"{{{DMN}}}decision", id=key, name=key)
    literal = etree.SubElement(decision, f"{{{DMN}}}literalExpression")
    etree.SubElement(literal, f"{{{DMN}}}text").text = json.dumps(value)  # what JSON can say FEEL says alike
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
