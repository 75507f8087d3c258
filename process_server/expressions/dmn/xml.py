"""Reads a decision file's XML without trusting it: no document type, no entities, no network."""

from typing import Any

from lxml import etree

from process_server.errors import InvalidProcess, Problem
from process_server.faults import fault
from process_server.i18n import gettext_noop
from process_server.xml import parse_xml

Element = etree._Element
MAX_ELEMENTS = 2_000  # decisions, inputs, knowledge models and types of a file
MAX_ID = 255
_NOT_DMN = gettext_noop("This is not a DMN file: its root is not dmn:definitions.")
_TOO_MANY = gettext_noop("The file has {count} elements; the limit is {limit}.")
_TOO_LONG = gettext_noop("The id or name of an element is longer than {limit} characters.")


def parse(content: bytes, file: str) -> tuple[Element | None, list[Problem]]:
    """Return the root element, or None and the problem that prevents reading it. Raises TooLarge."""
    try:
        root: Element = parse_xml(content, file)
    except InvalidProcess as error:
        return None, error.problems
    if local_name(root) != "definitions" or "/DMN/" not in (etree.QName(root).namespace or ""):
        return None, [problem(file, "not_dmn", _NOT_DMN, line=1)]
    if len(root) > MAX_ELEMENTS:
        return None, [problem(file, "too_many_elements", _TOO_MANY, line=1, count=len(root), limit=MAX_ELEMENTS)]
    for element in root:
        if max(len(element.get(name, "")) for name in ("id", "name")) > MAX_ID:
            return None, [problem(file, "too_long", _TOO_LONG, line=line_of(element), limit=MAX_ID)]
    return root, []


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname


def child(element: Element, name: str) -> Element | None:
    """Return the first child of that name, in any namespace."""
    return element.find(f"{{*}}{name}")


def children(element: Element, *names: str) -> list[Element]:
    """Return the children of those names, in order."""
    return [item for item in element if isinstance(item.tag, str) and local_name(item) in names]


def line_of(element: Element) -> int:
    """Return the line an element begins on."""
    return int(element.sourceline) if isinstance(element.sourceline, int) else 0


def text_in(element: Element | None) -> str:
    """Return the text of an element's `text` child, or nothing."""
    found = None if element is None else child(element, "text")
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def reference(element: Element) -> str:
    """Return the id that an element's `href` points at."""
    return element.get("href", "").rpartition("#")[2]


def problem(
    file: str,
    code: str,
    message: str,
    *,
    element: Element | None = None,
    line: int | None = None,
    severity: str = "error",
    hint: str | None = None,
    **params: Any,
) -> Problem:
    """Return a problem located at an element; `message` names its facts, which are `params`."""
    named = element
    while named is not None and not named.get("id"):
        named = named.getparent()
    return fault(
        code,
        message,
        file=file,
        severity=severity,
        element=None if named is None else named.get("id"),
        element_name=None if named is None else named.get("name"),
        line=line if element is None else line_of(element),
        hint=hint,
        **params,
    )
