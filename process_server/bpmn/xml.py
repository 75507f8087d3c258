"""XML from strangers: read without document types, entities, network or surprises of size."""

import re
from typing import Any

from lxml import etree

from process_server.config import settings
from process_server.errors import InvalidProcess, Problem, TooLarge

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_PROLOG = re.compile(r"^\ufeff?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.S)
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = re.compile(
    r"^(utf-?8|utf-?16(le|be)?|us-ascii|ascii|iso-8859-\d+|latin-?1|windows-125\d|cp125\d|gbk|gb2312|gb18030|big5|"
    r"shift[_-]jis|euc-(jp|kr))$",
    re.I,
)
MAX_DEPTH = 100


def parse_xml(content: bytes, file: str) -> Any:
    """Return the root element. Raises InvalidProcess with the line, TooLarge."""
    limit = settings().max_model
    if len(content) > limit:
        raise TooLarge(limit=limit)
    _refuse_doctype(content, file)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _refused(file, "not_xml", f"This is not well-formed XML: {error.msg}", error.lineno) from None
    except (LookupError, ValueError) as error:
        raise _refused(file, "bad_encoding", f"The encoding of this file cannot be read: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused(file, "doctype", "A document type declaration is not allowed", 1)
    _refuse_depth(root, file)
    return root


def local(element: Any) -> str:
    """Return the tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: Any) -> str:
    """Return the namespace of the tag."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag[:1] == "{" else ""


def _refuse_doctype(content: bytes, file: str) -> None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif content[:4] in (b"<\0?\0", b"<\0!\0"):
        encoding = "utf-16-le"
    elif content[:4] in (b"\0<\0?", b"\0<\0!"):
        encoding = "utf-16-be"
    else:
        declared = _DECLARED.match(content[:300])
        name = declared[1].decode() if declared else "utf-8"
        if not _ENCODINGS.match(name):
            raise _refused(file, "bad_encoding", f"The encoding {name} is not accepted; save the file as UTF-8", 1)
        encoding = "latin-1"  # enough to see the prolog: all others hold ASCII as it is
    text = content.decode(encoding, "replace")
    start = _PROLOG.match(text)
    if start and text[start.end() : start.end() + 9].upper() == "<!DOCTYPE":
        raise _refused(
            file, "doctype", "A document type declaration is not allowed", text.count("\n", 0, start.end()) + 1
        )


def _refuse_depth(root: Any, file: str) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise _refused(file, "too_deep", f"Elements are nested deeper than {MAX_DEPTH}", element.sourceline)


def _refused(file: str, code: str, message: str, line: int | None = None) -> InvalidProcess:
    return InvalidProcess([Problem(code=code, severity="error", message=message, file=file, line=line)])
