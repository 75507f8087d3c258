"""The command that saves a form from the editor: a deployment of one file, on top of the version it was drawn from."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from process_server import values
from process_server.bpmn import queries
from process_server.bpmn.commands.deploy import Deployed, deploy, one_at_a_time
from process_server.errors import Conflict, Invalid, Problem
from process_server.forms.policy import check_policy
from process_server.forms.schema import read_form
from process_server.identity import analysts, users
from process_server.identity.principal import Principal

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
RESERVED = ("new", "open")
"""Addresses of pages beside those of forms."""


class InvalidFormKey(Invalid):
    """“{key}” cannot be the id of a form: begin with a letter, go on with letters, digits, hyphens, dots."""

    code = "invalid_form_key"


class FormChanged(Conflict):
    """{actor} saved version {version} of this form meanwhile. Yours is not lost: compare it, then save again."""

    code = "form_changed"


def save_form(
    session: Session, key: str, schema: Mapping[str, Any], *, base: int, actor: Principal, comment: str = ""
) -> Deployed:
    """Save a form as a new version; `base` is the version it was drawn from, 0 for a new form.

    Raises NotAllowed, InvalidFormKey, FormChanged (somebody saved a version after `base`), InvalidProcess with
    every problem of the form.
    """
    analysts.require_designer(actor)
    check_key(key)
    one_at_a_time(session)
    versions = queries.form_versions(session, key)
    if versions and versions[0]["version"] != base:
        by = users.named(session, versions[0]["deployed_by"] or "")
        raise FormChanged(actor=by, version=versions[0]["version"], base=base)
    file = versions[0]["resource_name"] if versions else f"{key}.form"
    return deploy(
        session,
        {file: written({**schema, "id": key})},
        name=comment.strip() or key,
        source="form-editor",
        actor=actor.user_id,
    )


def check_form(session: Session, key: str, schema: Mapping[str, Any]) -> list[Problem]:
    """Return what deploying the form would say of it, and which steps name fields it does not have."""
    form, problems = read_form(written({**schema, "id": key}), f"{key}.form")
    for use in queries.uses_of_forms(session, key) if form else ():
        if use.element:
            program = use.definition.program
            problems += check_policy(use.element.properties, form, file=program.file, element=use.element.id)
    return problems


def written(schema: Mapping[str, Any]) -> bytes:
    """Write a schema as its file holds it: by lines, so that versions can be compared by other tools as well."""
    return msgspec.json.format(values.encode(schema), indent=2) + b"\n"


def check_key(key: str) -> None:
    """Raise InvalidFormKey for an id that a model could not name."""
    if not _KEY.fullmatch(key) or key in RESERVED:
        raise InvalidFormKey(key=key)
