"""The audit: who did what to what, and when; for administrators."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.paging import Position, page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Instant, Limit, Page, Query, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity import audit
from process_server.identity.principal import Principal

router = resource("/audit", "audit")

Exactly = Annotated[Text | None, Field(max_length=255)]


class EntryShown(Shown):
    """One line. Without an actor the server did it itself, or nobody had signed in yet.

    Position and digest, in hexadecimal, are there once the line is sealed, some seconds later.
    """

    id: UUID
    at: datetime
    actor: str | None
    action: Annotated[str, Field(examples=["sign_in"])]
    entity_type: Annotated[str, Field(examples=["user"])]
    entity_id: str
    detail: dict[str, Any]
    position: int | None
    digest: str | None


class EntryQuery(Query):
    """Which lines: by whom, what, to what, from when (included) until when (not included)."""

    actor: Exactly = None
    action: Exactly = None
    entity_type: Exactly = None
    entity_id: Exactly = None
    since: Instant | None = None
    until: Instant | None = None
    limit: Limit = 100
    cursor: Cursor = None


@router.get("", response_model=Page[EntryShown])
@transaction("audit:read")
def find(session: Session, actor: Principal, query: Annotated[EntryQuery, QueryParameters()]) -> Response:
    """List what was done, the newest first."""
    wanted = audit.Wanted(**query.model_dump(exclude={"limit", "cursor"}))

    def fetch(limit: int, before: Position | None) -> list[dict[str, Any]]:
        return [_shown(entry) for entry in audit.list_entries(session, wanted, actor, limit, before)]

    return answer(page_of(fetch, "at", query.limit, query.cursor))


def _shown(entry: audit.Entry) -> dict[str, Any]:
    return asdict(entry) | {"digest": entry.digest.hex() if entry.digest else None}
