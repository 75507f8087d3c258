"""Texts in the reader's language, and which language that is."""

import io
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any, Self

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from process_server.config import settings
from process_server.errors import ProcessServerError

LANGUAGES = {"zh-CN": "简体中文", "en": "English"}
"""Language tags, with what each language calls itself."""


class Named(str):
    """How somebody is called, where it is not known yet in which language that is read: in English by another name."""

    english: str | None

    def __new__(cls, name: str, english: str | None = None) -> Self:
        named = super().__new__(cls, name)
        named.english = english
        return named

    def read(self, english: bool) -> str:
        """Return it for a reader of English, or of Chinese."""
        return (english and self.english) or str(self)

    @classmethod
    def together(cls, names: Iterable[Self]) -> Self:
        """Return how several are called, one after the other."""
        several = list(names)
        return cls(*(enumerated(tag, (each.read(tag == "en") for each in several)) for tag in ("zh-CN", "en")))


LOCALE = Path(__file__).parent.parent / "locale"
_PLACE = re.compile(r"\{(\w+)\}")


def gettext_noop(message: str) -> str:
    """Mark a text that is translated where it is shown."""
    return message


def translate(language: str | None, message: str, /, **params: Any) -> str:
    """Return the text in a language, `{name}` filled from `params`; a text that nobody translated stays English."""
    return fill(_catalogue(supported(language)).gettext(message) if message else "", spoken(language, params))


def spoken(language: str | None, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a text with people called as they are in a language."""
    english = supported(language) == "en"
    return {name: value.read(english) if isinstance(value, Named) else value for name, value in params.items()}


def translate_plural(language: str | None, singular: str, plural: str, n: int, /, **params: Any) -> str:
    """Return the text for `n` things, which fills `{n}`."""
    return fill(_catalogue(supported(language)).ngettext(singular, plural, n), {"n": n} | params)


def enumerated(language: str | None, words: Iterable[str]) -> str:
    """Return words one after the other, with the mark between them that a language puts there."""
    return translate(language, ", ").join(words)


def error_text(language: str | None, error: ProcessServerError) -> str:
    """Return what an error says, in a language; the kind of thing it speaks of is translated as well."""
    return worded(language, error.template, error.params)


def worded(language: str | None, template: str, params: Mapping[str, Any]) -> str:
    """Return a sentence in a language; the kind of thing it speaks of and the reason it gives are translated too."""
    kinds = {name: translate(language, str(params[name])) for name in ("kind", "other_kind") if params.get(name)}
    facts = {**params, **kinds}
    reason = params.get("because") or params.get("reason")
    if reason:
        facts["reason"] = translate(language, str(reason), **facts)
    return translate(language, template, **facts)


def supported(language: str | None) -> str:
    """Return the language of ours that fits a tag such as `en-GB` or `zh_Hans`, or the server's own."""
    return _ours(language or "") or _ours(settings().language) or "en"


def choose(*wanted: str | None, default: str | None = None) -> str:
    """Return the first language wanted that we speak: each is a tag or an Accept-Language header, the dearest first."""
    tags = (tag for text in wanted if text for tag in _accepted(text))
    return next(filter(None, map(_ours, tags)), None) or supported(default)


def locale(language: str | None) -> Locale:
    """Return how a language writes dates and numbers."""
    return _locale(supported(language))


@lru_cache(maxsize=len(LANGUAGES))
def _locale(language: str) -> Locale:
    """Read it once: finding it among all of Babel's costs more than the text it writes."""
    return Locale.parse(language, sep="-")


def _ours(tag: str) -> str | None:
    primary = tag.replace("_", "-").lower().partition("-")[0]
    return {"zh": "zh-CN", "en": "en"}.get(primary)


def _accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header, the dearest first (RFC 9110, 12.5.4)."""
    weighed = []
    for part in header[:1_000].split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameter) if parameter else None
        if parameter and weight is None:
            continue
        weighed.append((float(weight[1]) if weight else 1.0, tag))
    return [tag for weight, tag in sorted(weighed, key=lambda each: -each[0]) if weight > 0]


def fill(text: str, params: Mapping[str, Any]) -> str:
    """Put values into the `{name}` of a text; what is not given stays, and no value is itself read as a text."""
    return _PLACE.sub(lambda place: str(params.get(place[1], place[0])), text)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> GNUTranslations:
    compiled = io.BytesIO()
    with catalogue_path(language).open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)


def catalogue_path(language: str) -> Path:
    """Return where the texts of a language are kept."""
    return LOCALE / language.replace("-", "_") / "LC_MESSAGES" / "messages.po"
