"""The names in a BPMN file."""

from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def local(element: Any) -> str:
    """Return the tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def flag(element: Any, name: str, *, default: bool = False) -> bool:
    """Return a truth value as XML Schema lets files write it."""
    return {"true": True, "1": True, "false": False, "0": False}.get(element.get(name, "").strip(), default)


def reference(element: Any, name: str) -> str | None:
    """Return the id that an attribute refers to, without a prefix that the file declares; None where it is empty."""
    text: str = element.get(name, "").strip()
    prefix, colon, identity = text.partition(":")
    return (identity if colon and prefix in element.nsmap and ":" not in identity else text) or None


def namespace(element: Any) -> str:
    """Return the namespace of the tag."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag[:1] == "{" else ""
