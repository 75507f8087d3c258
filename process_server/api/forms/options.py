"""Options of fields that no form lists: searched in a source by whoever fills the form in."""

from typing import Annotated, Any

from fastapi import Path, Response
from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Page, Query, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn.form_binding import option_sources
from process_server.db import Session
from process_server.forms.sources import Choice, Wanted
from process_server.identity.principal import Principal

router = resource("/options", "forms")

SourceName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]*$", max_length=100, examples=["people"])]


class OptionShown(Shown):
    """Something to choose: send `value`. `parent` and `leaf` tell where it stands in a tree."""

    value: str
    label: str
    detail: str | None
    parent: str | None
    leaf: bool
    data: dict[str, Any]


class OptionQuery(Query):
    """Which options. `scope` and `process` narrow a source as a field's properties of that name do."""

    q: Annotated[Text, Field(max_length=200, description="Text the options contain.")] = ""
    parent: Annotated[Text | None, Field(max_length=200, description="Only what lies right below; empty: on top.")] = (
        None
    )
    scope: Annotated[Text, Field(max_length=500)] = ""
    process: Annotated[Text, Field(max_length=255)] = ""
    take: Annotated[Text, Field(max_length=255, description="A value to give along under `data`.")] = ""
    key: Annotated[list[Text], Field(max_length=100, description="Exactly these, not a search.", default_factory=list)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(pattern=r"^\d{1,6}$", description="`next` of the page before.")] = None


@router.get("/{source}", response_model=Page[OptionShown], responses=documented(404))
@transaction("tasks:read")
def find(
    request: HttpRequest,
    session: Session,
    actor: Principal,
    source: SourceName,
    query: Annotated[OptionQuery, QueryParameters()],
) -> Response:
    """Search a source for what a field may be given; only what one may know of."""
    start = int(query.cursor or 0)
    wanted = Wanted(
        actor,
        language_of(request, actor),
        {"scope": query.scope, "process": query.process, "take": query.take},
        query.q,
        query.parent,
        query.limit + 1,
        start,
    )
    if query.key:
        return answer({"items": [_shown(item) for item in option_sources.find(session, source, query.key, wanted)],
                       "next": None})  # fmt: skip
    found = option_sources.search(session, source, wanted)
    more = len(found) > query.limit
    return answer({
        "items": [_shown(item) for item in found[: query.limit]],
        "next": str(start + query.limit) if more else None,
    })  # fmt: skip


def _shown(choice: Choice) -> dict[str, Any]:
    return {
        "value": choice.value,
        "label": choice.label,
        "detail": choice.detail,
        "parent": choice.parent,
        "leaf": choice.leaf,
        "data": values.show(dict(choice.data)),
    }
