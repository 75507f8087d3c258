"""Rules of the house that neither ruff nor import-linter knows."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest

from process_server import refusals
from process_server.forms import messages
from process_server.web.people import audit_words

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "process_server"
MODULES = {path.relative_to(HOUSE).as_posix(): path for path in sorted(HOUSE.rglob("*.py"))}
TESTS = sorted((ROOT / "tests").rglob("*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "processes").rglob("*.md")])
LARGEST = 350  # lines: what is longer holds two things
WALL_CLOCK = {
    "clock.py": "the one place",
    "doctor.py": "compares this machine's clock with that of the database",
    "health.py": "a part that has stopped is told by real time, however far the clock was moved",
    "identity/models.py": "a default of the database, for users added by hand",
    "worker.py": "the beat tells by it whether the clock of this machine was set back",
}
EDGES = {
    "api/inbox/bulk.py",
    "api/processes/long_polling.py",
    "api/ground/transaction.py",
    "backup.py",
    "bpmn/jobs.py",
    "cli/checking.py",
    "cli/filling.py",
    "demo/__init__.py",
    "demo/desks.py",
    "demo/failures.py",
    "demo/simulation.py",
    "documents/jobs.py",
    "health.py",
    "identity/jobs.py",
    "tasks/jobs.py",
    "web/ground/listening.py",
    "web/ground/events.py",
    "web/ground/failures.py",
    "web/people/single_sign_on.py",
    "web/ground/visit.py",
}


def places(pattern: str, *, but: set[str] | None = None) -> list[str]:
    """Return where the code has a pattern, as module:line; comments and docstrings are not looked at."""
    found = []
    for name, path in MODULES.items():
        if name in (but or set()):
            continue
        found += [f"{name}:{number}" for number, line in _code(path) if re.search(pattern, line)]
    return found


@cache
def _code(path: Path) -> list[tuple[int, str]]:
    """Return the numbered lines that are neither docstrings nor comments."""
    silent: set[int] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            silent.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(path.read_text().splitlines(), 1)
    return [(number, line.split("  #")[0]) for number, line in lines if number not in silent]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_transactions_are_committed_in_one_place() -> None:
    assert places(r"\.commit\(", but={"db.py", "migrations/__init__.py"}) == []


def test_transactions_are_opened_at_the_edge() -> None:
    assert places(r"\bunit_of_work\(\)", but={"db.py", *EDGES}) == []


def test_the_clock_is_the_only_now() -> None:
    wall = r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time|func\.(now|current_timestamp))\("
    assert places(wall, but=set(WALL_CLOCK)) == []


def test_only_bpmn_knows_the_engine() -> None:
    assert [place for place in places(r"^\s*(from|import) SpiffWorkflow") if not place.startswith("bpmn/")] == []


def test_what_the_audit_keeps_is_called_something_on_its_page() -> None:
    actions, kinds = set[str](), set[str]()
    for path in MODULES.values():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                actions |= _texts(node.args[2])
                kinds |= _texts(node.args[3])
    assert "claim" in actions
    assert actions - audit_words.ACTIONS.keys() == set()
    assert kinds - audit_words.KINDS.keys() == set()


def test_every_refusal_of_a_value_has_a_sentence() -> None:
    codes = set[str]()
    for path in MODULES.values():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Dict):
                told = {key.value: value for key, value in zip(node.keys, node.values, strict=True) if _is_text(key)}
                codes |= _texts(told["code"]) if {"field", "code", "params"} == told.keys() else set()
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "FieldProblem":
                codes |= {text for given in node.keywords if given.arg == "code" for text in _texts(given.value)}
    assert codes >= {"length", "required", "too_many_to_sort"}
    assert codes - messages.TEXTS.keys() - refusals.TEXTS.keys() == set()


def _is_text(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _texts(node: ast.expr) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_what_catches_everything_says_why() -> None:
    silent = []
    for name, path in MODULES.items():
        lines = path.read_text().splitlines()
        silent += [f"{name}:{number}" for number in _broad_handlers(path) if "  # " not in lines[number - 1]]
    assert silent == []


def _broad_handlers(path: Path) -> Iterator[int]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught):
                yield node.lineno


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, path in MODULES.items() if not ast.get_docstring(_tree(path))]
    assert silent == []
    assert [path.name for path in TESTS if not ast.get_docstring(_tree(path))] == []


def test_modules_are_read_in_one_sitting() -> None:
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items() if "versions/" not in name}
    assert {name: length for name, length in lengths.items() if length > LARGEST} == {}


def test_nothing_has_a_name_that_says_nothing() -> None:
    empty = re.compile(r"(^|[/_])(utils?|helpers?|misc|manager|common)(\.py|/|_)")
    assert [name for name in MODULES if empty.search(name)] == []


def test_requirements_have_the_form_of_an_id() -> None:
    marked = [
        (path.name, text)
        for path in TESTS
        for text in re.findall(r"mark\.requirement\((.*?)\)", path.read_text())
        if path != Path(__file__)
    ]
    assert marked
    assert [mark for mark in marked if not re.fullmatch(r'"[A-Z]{2}-\d{2}"(, "[A-Z]{2}-\d{2}")*', mark[1])] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        page = (document.parent / path).resolve() if path else document
        if not page.exists() or (anchor and anchor not in _anchors(page)):
            broken.append(target)
    assert broken == []


def _anchors(page: Path) -> set[str]:
    """Return what headings are called in addresses."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
