"""Keyset pages by an instant and an id, newest first: a page costs the same however deep it is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from process_server.tasks.inbox.cursors import decode_cursor, encode_cursor

Position = tuple[datetime, UUID]
Row = Mapping[str, Any]


def page_of(
    fetch: Callable[[int, Position | None], Sequence[Row]],
    by: str,
    limit: int,
    cursor: str | None,
    show: Callable[[Row], Any] = dict,
) -> dict[str, Any]:
    """Return a page of rows that `fetch` gives: at most so many, before a position of (`by`, id).

    One row more than the page is asked for: it tells whether there is a next one. Raises InvalidInput for a cursor of
    another list.
    """
    order = f"-{by}"
    before = None
    if cursor:
        instant, row_id = decode_cursor(cursor, order)
        before = (datetime.fromisoformat(instant), row_id)
    rows = fetch(limit + 1, before)
    more = len(rows) > limit
    rows = rows[:limit]
    following = encode_cursor(order, rows[-1][by].isoformat(), rows[-1]["id"]) if more else None
    return {"items": [show(row) for row in rows], "next": following}
