"""Texts and expressions as the elements of a file hold them."""

import re
from typing import Any

from process_server.bpmn.diagram.xml import BPMN
from process_server.bpmn.model import Formula

_WORD = re.compile(r"(?!(?:true|false|null)$)[^\W\d][\w-]*", re.IGNORECASE)


def is_one_word(formula: Formula) -> bool:
    """Say whether an expression is one word and nothing more: a variable, or a word meant for people."""
    return _WORD.fullmatch(formula.text.strip()) is not None


def formula_of(element: Any) -> Formula | None:
    """Return the expression an element holds, in its own language, else that of the whole file."""
    if element is None:
        return None
    text = "".join(element.itertext()).strip()
    return Formula(text, language_of(element), element.sourceline) if text else None


def language_of(element: Any) -> str | None:
    """Return what an expression says of its language, else what the file says of all."""
    if element is None:
        return None
    own: str | None = element.get("language")
    whole: str | None = element.getroottree().getroot().get("expressionLanguage")
    return own or whole


def text_of(element: Any, tag: str) -> str | None:
    """Return the text of an element's child; None where there is none."""
    child = element.find(f"{{{BPMN}}}{tag}")
    text = None if child is None else "".join(child.itertext()).strip()
    return text or None
