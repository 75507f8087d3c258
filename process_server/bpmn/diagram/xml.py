"""The names in a BPMN file."""

from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def local(element: Any) -> str:
    """Return the tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: Any) -> str:
    """Return the namespace of the tag."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag[:1] == "{" else ""
