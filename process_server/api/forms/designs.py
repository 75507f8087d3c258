"""Forms as those who design them see them: every version, what uses it, and saving a new one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import ProblemShown, documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Name, Query, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.forms import comparing, gallery
from process_server.identity.principal import Principal

router = resource("/forms", "forms")

Schema = Annotated[
    dict[str, Any],
    Field(description="A form-js schema; its id becomes the key in the address.", examples=[gallery.BLANK]),
]


class UseShown(Shown):
    """A step that shows the form, in the newest version of its process."""

    process: str
    version: int
    element: str | None
    name: str | None


class VersionShown(Shown):
    """One version of a form. `comment` is the name of the deployment that brought it."""

    key: str
    version: int
    comment: str
    saved_at: datetime
    saved_by: str | None
    source: str | None


class FormListed(VersionShown):
    """The newest version of a form, and who uses it."""

    used_by: list[UseShown]


class FormShown(FormListed):
    """A form with its schema."""

    form_schema: Annotated[dict[str, Any], Field(alias="schema")]


class Saving(Request):
    """A form to save. `base` is the version it was drawn from; 0 for one that is new."""

    form_schema: Annotated[Schema, Field(alias="schema")]
    base: Annotated[int, Field(ge=0)]
    comment: Annotated[Text, Field(max_length=255)] = ""


class Saved(Shown):
    """The version a form has now; `new` is false where nothing had changed."""

    key: str
    version: int
    new: bool
    warnings: list[ProblemShown]


class Checking(Request):
    """A form to check."""

    form_schema: Annotated[Schema, Field(alias="schema")]


class Checked(Shown):
    """What is wrong with a form, and what may surprise."""

    problems: list[ProblemShown]


class VersionQuery(Query):
    """Which version; left out, the newest."""

    version: Annotated[int | None, Field(ge=1)] = None


class ChangesQuery(Query):
    """Which two versions are compared."""

    older: Annotated[int, Field(ge=1)]
    newer: Annotated[int, Field(ge=1)]


class ChangeShown(Shown):
    """One difference between two versions; `setting` is given for what changed."""

    kind: Literal["added", "removed", "moved", "changed"]
    name: str
    label: str
    type: str
    setting: str
    before: Any = None
    after: Any = None


@router.get("", response_model=list[FormListed])
@transaction("deployments:read")
def find(session: Session, actor: Principal) -> Response:
    """List the newest version of every form."""
    uses = queries.uses_of_forms(session)
    return answer([_version(row) | {"used_by": _uses(uses, row["key"])} for row in queries.list_forms(session)])


@router.get("/{key}", response_model=FormShown, responses=documented(404))
@transaction("deployments:read")
def get(session: Session, actor: Principal, key: str, query: Annotated[VersionQuery, QueryParameters()]) -> Response:
    """Get a form as it was saved."""
    row = queries.get_form(session, key, query.version)
    uses = queries.uses_of_forms(session, key)
    return answer(_version(row) | {"used_by": _uses(uses, key), "schema": row["form_schema"]})


@router.get("/{key}/versions", response_model=list[VersionShown], responses=documented(404))
@transaction("deployments:read")
def versions(session: Session, actor: Principal, key: str) -> Response:
    """List the versions of a form, the newest first."""
    queries.get_form(session, key)
    return answer([_version(row) for row in queries.form_versions(session, key)])


@router.get("/{key}/changes", response_model=list[ChangeShown], responses=documented(404))
@transaction("deployments:read")
def changes(
    session: Session, actor: Principal, key: str, query: Annotated[ChangesQuery, QueryParameters()]
) -> Response:
    """Compare two versions of a form, field by field."""
    older, newer = (queries.get_form(session, key, version) for version in (query.older, query.newer))
    return answer(comparing.compare(older["form_schema"], newer["form_schema"]))


@router.put("/{key}", response_model=Saved, responses=documented(409, 413))
@transaction("deployments:write")
def save(session: Session, actor: Principal, key: Name, body: Saving) -> Response:
    """Save a form as a new version.

    For administrators and analysts. Running tasks whose model takes the newest form show it at once. 409
    `form_changed`: somebody saved a version after `base`; 422 `invalid_process`: every problem of the form.
    """
    deployed = commands.save_form(session, key, body.form_schema, base=body.base, actor=actor, comment=body.comment)
    saved = deployed.forms[0]
    return answer({"key": key, "version": saved["version"], "new": saved["new"], "warnings": deployed.warnings})


@router.post("/{key}/check", response_model=Checked, responses=documented(413))
@transaction("deployments:read")
def check(session: Session, actor: Principal, key: Name, body: Checking) -> Response:
    """Check a form without saving it: what deploying would say, and fields that steps name though it lacks them."""
    return answer({"problems": commands.check_form(session, key, body.form_schema)})


def _version(row: queries.Row) -> dict[str, Any]:
    return {
        "key": row["key"],
        "version": row["version"],
        "comment": row["comment"],
        "saved_at": row["deployed_at"],
        "saved_by": row["deployed_by"],
        "source": row["source"],
    }


def _uses(uses: list[queries.FormUse], key: str) -> list[dict[str, Any]]:
    return [
        {
            "process": use.definition.key,
            "version": use.definition.version,
            "element": use.element.id if use.element else None,
            "name": use.element.name if use.element else None,
        }
        for use in uses
        if use.form == key
    ]
