"""What an administrator reads in the details of an audited line."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import process_server
from process_server.identity.audit import Entry
from process_server.web.people import audit_words

NAMES = {("user", "chen"): "Chen Jing", ("group", "sales"): "Sales", ("department", "east"): "Sales East"}


def told(kind: str, /, **detail: Any) -> dict[str, str]:
    """Return the facts of a line on a thing of a kind, in English."""
    entry = Entry(UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC), "demo", "change", kind, "1", detail)
    return dict(audit_words.facts("en", entry, lambda kind, thing: NAMES.get((kind, thing), thing)))


def test_nested_facts_are_told_in_words_and_times_as_people_write_them() -> None:
    moved = {"before": {"follow_up_at": None}, "after": {"follow_up_at": "2026-11-23T01:15:32.131140Z"}}
    assert told("user_task", **moved) == {"after": "put off until 2026-11-23 09:15"}


def test_a_long_list_is_cut() -> None:
    text = told("deployment", files=[f"form_{number}.form" for number in range(60)])["files"]
    assert text.endswith(" …")
    assert len(text) <= 240


@pytest.mark.parametrize(
    ("kind", "detail", "read"),
    [
        ("user", {"groups": {"before": [], "after": ["sales", "gone"]}}, {"groups": "– → Sales, gone"}),
        ("user", {"department": {"before": "east", "after": None}}, {"department": "Sales East → –"}),
        ("user", {"by": "password"}, {"by way of": "password"}),
        ("user_task", {"before": "chen", "after": ["chen", "li"]}, {"before": "Chen Jing", "after": "Chen Jing, li"}),
        ("user_task", {"after": {"people": ["chen"], "groups": []}}, {"after": "people Chen Jing"}),
        ("user", {"name": "chen", "substitute": "chen"}, {"name": "chen", "stand-in": "Chen Jing"}),
    ],
)  # fmt: skip
def test_people_groups_and_departments_are_called_by_their_names(
    kind: str, detail: dict[str, Any], read: dict[str, str]
) -> None:
    assert told(kind, **detail) == read


def test_every_fact_that_is_kept_has_a_word() -> None:
    kept = set()
    for module in Path(process_server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                kept |= {given.arg for given in node.keywords if given.arg}
    assert "assignee" in kept
    assert kept - audit_words.FACTS.keys() - set(audit_words.HIDDEN) == set()
