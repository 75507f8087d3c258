"""Rows as the other rooms read them: mappings from column name to value."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

Row = Mapping[str, Any]


def rows(session: Session, query: Select[Any]) -> list[Row]:
    """Run a query and return its rows by column name."""
    return [dict(row) for row in session.execute(query).mappings()]
