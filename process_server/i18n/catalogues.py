"""Maintaining the catalogues: which texts the code and the pages hold, and which of them lack a translation."""

import ast
import inspect
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from process_server import errors
from process_server.i18n.texts import LANGUAGES, catalogue_path

PACKAGE = Path(__file__).parent.parent
# The first text they are given is translated.
FUNCTIONS = {"_", "gettext_noop", "say", "translate", "Fault", "InvalidRequest"}
FOR_OPERATORS = {
    "backup.py",
    "embedded",
    "health.py",
    "servers.py",
    "up.py",
}  # whose errors are told on the command line
_TYPED = "RestError"  # given a type of error, then a text
_REPORTED = "report"  # given a code, then a text
_LOCATED = {"refuse", "warn"}  # methods that are given a code, then texts
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)  # no dates: two people's changes should not meet in the header


@lru_cache(maxsize=1)
def extract() -> Catalog:
    """Return every text to translate: of the pages, of calls in the code, of errors."""
    found = Catalog(fuzzy=False, creation_date=_ALWAYS, revision_date=_ALWAYS)
    pages = [("**/templates/**.*", "jinja2.ext:babel_extract")]
    for file, _line, message, _comments, _context in extract_from_dir(PACKAGE, pages, strip_comment_tags=True):
        found.add(message, locations=[(file, 0)])
    code = {path.relative_to(PACKAGE): ast.parse(path.read_bytes()) for path in sorted(PACKAGE.rglob("*.py"))}
    for module, tree in code.items():
        for message in _texts_of_code(tree):
            found.add(message, locations=[(str(module), 0)])
    told = [tree for module, tree in code.items() if module.parts[0] not in FOR_OPERATORS]
    for text in _messages_of_errors(told):
        found.add(text, locations=[("errors.py", 0)])
    return found


def common_errors() -> set[str]:
    """Return the names of the errors of the one tree; they are raised with a text of their own as well."""
    members = inspect.getmembers(errors, inspect.isclass)
    return {name for name, member in members if issubclass(member, errors.ProcessServerError)}


def _messages_of_errors(modules: Iterable[ast.Module]) -> Iterator[str]:
    """Give the docstring of every error a person may read, wherever it is defined: it is the error's message."""
    for tree in modules:
        known = common_errors()
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id in known for base in node.bases
            ):
                known.add(node.name)
                if text := ast.get_docstring(node):
                    yield text.split("\n\n")[0]


def _texts_of_code(code: ast.Module) -> Iterator[str | tuple[str, str]]:
    raised = common_errors()
    for node in ast.walk(code):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [text for argument in node.args for text in _constants(argument)]
        if name == "translate_plural" and len(texts) >= 2:
            yield texts[0], texts[1]
        elif name in FUNCTIONS or name in raised:
            yield from texts
        elif name in (_TYPED, _REPORTED) or (name in _LOCATED and isinstance(node.func, ast.Attribute)):
            yield from texts[1:]
        if name in raised:  # "There is no {kind} {id}."
            facts = (keyword.value for keyword in node.keywords if keyword.arg in ("kind", "reason"))
            yield from (text for fact in facts for text in _constants(fact))


def _constants(node: ast.expr) -> list[str]:
    """Return the text an argument is, or both where a condition chooses."""
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


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
        version="1",
        copyright_holder="the authors",
        msgid_bugs_address="none",
        header_comment=f"# Texts in {LANGUAGES[language]}.",
        creation_date=_ALWAYS,
        revision_date=_ALWAYS,
        last_translator="the authors",
        language_team="the authors",
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
        write_po(file, new, width=0, sort_output=True, no_location=True)
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
