"""Maintaining the catalogues: which texts the code and the pages hold, and which of them lack a translation."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from process_server import errors
from process_server.i18n.texts import LANGUAGES, catalogue_path

PACKAGE = Path(__file__).parent.parent
_METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2.ext:babel_extract")]
_WITH_PROBLEMS = (errors.InvalidInput, errors.InvalidProcess)  # their message is the second argument
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)  # no dates: two people's changes should not meet in the header


def error_classes() -> list[type[errors.ProcessServerError]]:
    """Return every error a person may read."""
    members = [member for _, member in inspect.getmembers(errors, inspect.isclass)]
    return [member for member in members if issubclass(member, errors.ProcessServerError)]


def extract() -> Catalog:
    """Return every text to translate: calls of `_` and `translate`, messages of errors, texts of the pages."""
    keywords: dict[str, tuple[int, ...] | None] = {
        "_": None,
        "gettext": None,
        "gettext_noop": None,
        "say": None,
        "ngettext": (1, 2),
        "translate": (2,),
        "translate_plural": (2, 3),
    }
    keywords |= {error.__name__: (2 if issubclass(error, _WITH_PROBLEMS) else 1,) for error in error_classes()}
    found = Catalog(fuzzy=False, creation_date=_ALWAYS, revision_date=_ALWAYS)
    for file, _line, message, _comments, _context in extract_from_dir(PACKAGE, _METHODS, keywords=keywords):
        if message:
            found.add(message, locations=[(file, 0)])
    for error in error_classes():
        if error.__doc__:
            found.add(error.__doc__.strip().split("\n\n")[0], locations=[("errors.py", 0)])
    return found


def load(language: str) -> Catalog:
    """Return the catalogue of a language; an empty one where it has none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language.replace("-", "_"), fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def update(language: str) -> Catalog:
    """Bring the catalogue of a language to what the code holds, translations kept; English translates itself."""
    old = load(language)
    new = Catalog(
        locale=language.replace("-", "_"),
        project="process-server",
        version="",
        copyright_holder="",
        msgid_bugs_address="",
        header_comment=f"# Texts in {LANGUAGES[language]}.",
        creation_date=_ALWAYS,
        revision_date=_ALWAYS,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    for message in _messages(extract()):
        before = old.get(message.id)
        text = before.string if before is not None and before.string else ""
        if not text and language == "en":
            text = message.id
        new.add(message.id, text, locations=message.locations)
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=0, sort_output=True, omit_header=False, include_lineno=False)
    return new


def untranslated(language: str) -> list[str]:
    """Return the texts of the code that the catalogue of a language lacks or leaves empty."""
    known = load(language)
    lacking = []
    for message in _messages(extract()):
        entry = known.get(message.id)
        texts = entry.string if entry is not None else None
        if not texts or not all(texts):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return sorted(lacking)


def obsolete(language: str) -> list[str]:
    """Return the texts of a catalogue that the code no longer holds."""
    held = {_key(message) for message in _messages(extract())}
    return sorted(key for message in _messages(load(language)) if (key := _key(message)) not in held)


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
