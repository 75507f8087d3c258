"""Texts compared as SQL does: % stands for any characters, _ for one, a backslash takes their meaning away."""

from typing import Any

from sqlalchemy import ColumnElement


def like(column: ColumnElement[Any], pattern: str, *, ignore_case: bool = False) -> ColumnElement[bool]:
    """Compare a column with a pattern."""
    if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        pattern += "\\"  # PostgreSQL refuses a pattern that ends in the middle
    return column.ilike(pattern) if ignore_case else column.like(pattern)
