"""XML from strangers: read without document types, entities, network or surprises of size."""

import re
from typing import Any

from lxml import etree

from process_server.config import settings
from process_server.errors import InvalidProcess, TooLarge
from process_server.faults import fault
from process_server.i18n import gettext_noop

_PROLOG = re.compile(r"^\ufeff?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.S)
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = re.compile(
    r"^(utf-?8|utf-?16(le|be)?|us-ascii|ascii|iso-8859-\d+|latin-?1|windows-125\d|cp125\d|gbk|gb2312|gb18030|cp936|"
    r"big5|shift[_-]jis|euc-(jp|kr)|koi8-[ru]|macroman|macintosh)$",
    re.I,
)
MAX_DEPTH = 100
MAX_MARKUP = 300_000  # tags and attributes: each takes far more memory than its text is long
_DOCTYPE = gettext_noop("A document type declaration is not allowed")
_TOO_DEEP = etree.XPath("(" + "/*" * (MAX_DEPTH + 1) + ")[1]")


def parse_xml(content: bytes, file: str) -> Any:
    """Return the root element. Raises InvalidProcess with the line, TooLarge."""
    limit = settings().max_model
    if len(content) > limit:
        raise TooLarge(limit=limit)
    if content.count(b"<") + content.count(b"=") > MAX_MARKUP:
        text = gettext_noop("The file has more than {limit} tags and attributes")
        raise _refused(file, "too_many_elements", text, limit=MAX_MARKUP)
    _refuse_doctype(content, file)
    try:
        root = _read(content)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        text = gettext_noop("This is not well-formed XML: {reason}")
        hint = gettext_noop("The file is damaged, or was not saved to its end: export it from the modeler again.")
        raise _refused(file, "not_xml", text, line, column, hint=hint, reason=error.msg) from None
    except (LookupError, ValueError) as error:
        text = gettext_noop("The encoding of this file cannot be read: {reason}")
        raise _refused(file, "bad_encoding", text, reason=str(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused(file, "doctype", _DOCTYPE, 1)
    deep: Any = _TOO_DEEP(root)
    for element in deep:
        text = gettext_noop("Elements are nested deeper than {limit}")
        raise _refused(file, "too_deep", text, element.sourceline, limit=MAX_DEPTH)
    return root


def _read(content: bytes, **options: Any) -> Any:
    """Parse; a namespace whose address holds a space, as some tools make it of a project's name, is none the worse."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True, **options,
    )  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        if options or any(entry.type != etree.ErrorTypes.WAR_NS_URI for entry in parser.error_log):
            raise
        return _read(content, recover=True)


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
            text = gettext_noop("The encoding {encoding} is not accepted; save the file as UTF-8")
            raise _refused(file, "bad_encoding", text, 1, encoding=name)
        encoding = "latin-1"  # enough to see the prolog: all others hold ASCII as it is
    text = content.decode(encoding, "replace")
    start = _PROLOG.match(text)
    if start and text[start.end() : start.end() + 9].upper() == "<!DOCTYPE":
        line = text.count("\n", 0, start.end()) + 1
        raise _refused(file, "doctype", _DOCTYPE, line)


def _refused(
    file: str, code: str, message: str, line: int | None = None, column: int | None = None, **params: Any
) -> InvalidProcess:
    return InvalidProcess([fault(code, message, file=file, line=line, column=column, **params)])
