"""Functions of texts; patterns run with a time limit."""

from functools import lru_cache
from typing import Any

import regex

from process_server.expressions.feel.builtin import Library, whole
from process_server.expressions.limits import Fault, checked_text, checked_value
from process_server.expressions.methods import replaced

library = Library()
_SECONDS = 0.5
_FLAGS = {"i": regex.IGNORECASE, "s": regex.DOTALL, "m": regex.MULTILINE, "x": regex.VERBOSE}


@library("substring(string: string, start position: number, length?: number)")
def substring(text: str, start: Any, length: Any = None) -> str | None:
    """Return part of a text from a place counted from 1, or from the end with a negative one."""
    place = whole(start)
    if place == 0 or abs(place) > len(text) or (length is not None and length < 1):
        return None
    begin = place - 1 if place > 0 else len(text) + place
    return text[begin:] if length is None else text[begin : begin + int(length)]


library("string length(string: string)")(len)
library("upper case(string: string)")(lambda text: checked_text(text.upper()))
library("lower case(string: string)")(lambda text: checked_text(text.lower()))
library("trim(string: string)")(lambda text: text.strip())
library("is blank(string: string)")(lambda text: not text.strip())
library("contains(string: string, match: string)")(lambda text, match: match in text)
library("starts with(string: string, match: string)")(lambda text, match: text.startswith(match))
library("ends with(string: string, match: string)")(lambda text, match: text.endswith(match))


@library("substring before(string: string, match: string)")
def substring_before(text: str, match: str) -> str:
    """Return what stands before the first match, or nothing."""
    return text.partition(match)[0] if match and match in text else ""


@library("substring after(string: string, match: string)")
def substring_after(text: str, match: str) -> str:
    """Return what stands after the first match, or nothing."""
    return text.partition(match)[2] if match else text


@lru_cache(maxsize=512)
def _pattern(pattern: str, flags: str) -> regex.Pattern[str] | None:
    """Compile a pattern of XPath's kind, or return None when it is none."""
    if "q" in flags:
        return regex.compile(regex.escape(pattern))
    if not set(flags) <= _FLAGS.keys() or len(pattern) > 1000:
        return None
    value = regex.V1
    for flag in flags:
        value |= _FLAGS[flag]
    try:
        return regex.compile(pattern.replace("-[", "--["), value)
    except (regex.error, OverflowError):
        return None


def _timed(action: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return action(*arguments, timeout=_SECONDS, **options)
    except TimeoutError:
        raise Fault("the pattern takes too long to match") from None


@library("matches(input: string, pattern: string, flags?: string)")
def matches(text: str, pattern: str, flags: str | None = None) -> bool | None:
    """Say whether a pattern is found in a text; null for a pattern that is none."""
    made = _pattern(pattern, flags or "")
    return None if made is None else _timed(made.search, text) is not None


@library("replace(input: string, pattern: string, replacement: string, flags?: string)")
def replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    """Replace all that matches; `$1` in the replacement stands for the first group."""
    if flags and "q" in flags:
        return replaced(text, pattern, replacement)
    made = _pattern(pattern, flags or "")
    if made is None:
        return None

    def fill(found: regex.Match[str]) -> str:
        return regex.sub(r"\$(\d)", lambda group: _group(found, int(group[1])), replacement.replace(r"\$", "\0"))

    if len(text) * (len(replacement) + 1) > 10_000_000:
        raise Fault("the replacement would be too long")
    return checked_text(_timed(made.sub, fill, text).replace("\0", "$"))


def _group(found: regex.Match[str], number: int) -> str:
    try:
        return found[number] or ""
    except IndexError:
        return ""


@library("split(string: string, delimiter: string)")
def split(text: str, delimiter: str) -> list[str] | None:
    """Split at each match of a pattern."""
    made = _pattern(delimiter, "")
    if made is None:
        return None
    parts, place = [], 0
    for found in _timed(made.finditer, text):
        if found.end() > found.start():
            parts.append(text[place : found.start()])
            place = found.end()
    return [*parts, text[place:]]


@library("extract(string: string, pattern: string)")
def extract(text: str, pattern: str) -> list[str] | None:
    """Return all matches of a pattern."""
    made = _pattern(pattern, "")
    return None if made is None else [found[0] for found in _timed(made.finditer, text)]


@library("string join(list: list, delimiter?: string, prefix?: string, suffix?: string)")
def join(items: list[Any], delimiter: str | None = None, prefix: str | None = None, suffix: str | None = None) -> Any:
    """Join the texts of a list, leaving nulls out; null when it holds anything else."""
    texts = [item for item in items if item is not None]
    if any(type(item) is not str for item in texts):
        return None
    checked_value(texts)  # before they are joined
    return checked_text((prefix or "") + (delimiter or "").join(texts) + (suffix or ""))
