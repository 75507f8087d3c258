"""The languages of the house: texts stand in English where they are used, the catalogue of each language translates."""

import io
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from babel import UnknownLocaleError
from babel.core import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"zh-CN": "简体中文", "en": "English"}
CATALOGUES = Path(__file__).parent / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> NullTranslations:
    """Return the translations of a language, read from its .po file; English has none."""
    source = CATALOGUES / f"{language}.po"
    if not source.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.replace("-", "_")))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(language: str, text: str, /, **params: Any) -> str:
    """Return `text` in a language, its `%(name)s` filled from `params`."""
    translated = catalogue(language).gettext(text) if text else ""
    return translated % params if params else translated


def locale(language: str) -> Locale:
    """Return how a language writes dates and numbers."""
    return Locale.parse(language, sep="-")


def choose(*wanted: str | None, default: str) -> str:
    """Return the first of the languages wanted that we speak: tags, or values of an Accept-Language header."""
    for text in filter(None, wanted):
        tags = [part.split(";")[0].strip() for part in text.split(",")]
        try:
            found = negotiate_locale(tags, list(LANGUAGES), sep="-") or _by_first_word(tags)
        except (ValueError, UnknownLocaleError):
            found = None
        if found:
            return found
    return default


def _by_first_word(tags: list[str]) -> str | None:
    for tag in tags:
        for language in LANGUAGES:
            if language.split("-")[0] == tag.split("-")[0].lower():
                return language
    return None
