"""At which column of its line a problem begins: looked up in the file, for no reader of XML keeps it."""

import codecs
from collections.abc import Iterable, Mapping

from process_server.errors import Problem

_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))


def with_columns(problems: Iterable[Problem], files: Mapping[str, bytes]) -> list[Problem]:
    """Return problems with the column of each that names a file and a line; both count from 1."""
    lines: dict[str, list[str]] = {}
    found = []
    for problem in problems:
        file, line = problem.get("file"), problem.get("line")
        if file and file in files and line and not problem.get("column"):
            text = lines.setdefault(file, _text(files[file]).split("\n"))
            if line <= len(text):
                problem = Problem(**{**problem, "column": _column(text[line - 1], problem.get("element"))})
        found.append(problem)
    return found


def _text(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, "replace")


def _column(line: str, element: str | None) -> int:
    """Return where the tag of an element begins in a line; else where anything does."""
    for quoted in (f'id="{element}"', f"id='{element}'") if element else ():
        place = line.find(quoted)
        if place >= 0:
            return max(line.rfind("<", 0, place), 0) + 1
    return len(line) - len(line.lstrip()) + 1
