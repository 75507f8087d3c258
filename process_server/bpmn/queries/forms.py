"""Deployed forms as those who design them see them: every version, who saved it, and which steps use it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.deployment.sources import form_id
from process_server.bpmn.models import Deployment
from process_server.bpmn.program import Element
from process_server.bpmn.queries.deployed import list_definitions
from process_server.bpmn.result import Row, rows
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.forms.models import FormDefinition

_form, _deployment = table_of(FormDefinition), table_of(Deployment)

_VERSION = select(
    _form.c.id,
    _form.c.key,
    _form.c.version,
    _form.c.resource_name,
    _form.c.deployment_id,
    _deployment.c.name.label("comment"),
    _deployment.c.deployed_at,
    _deployment.c.deployed_by,
    _deployment.c.source,
).join(_deployment, _deployment.c.id == _form.c.deployment_id)


@dataclass(frozen=True, slots=True)
class FormUse:
    """A step of a process's newest version that shows a form. `element` is None where the process itself names it."""

    form: str
    definition: Definition
    element: Element | None


def list_forms(session: Session) -> list[Row]:
    """Return the newest version of every form with its schema, by key."""
    newest = _VERSION.add_columns(_form.c.form_schema).order_by(_form.c.key, _form.c.version.desc())
    return rows(session, newest.ext(distinct_on(_form.c.key)))


def form_versions(session: Session, key: str) -> list[Row]:
    """Return all versions of a form, the newest first, without their schemas."""
    return rows(session, _VERSION.where(_form.c.key == key).order_by(_form.c.version.desc()))


def get_form(session: Session, key: str, version: int | None = None) -> Row:
    """Return one version of a form with its schema, the newest unless another is named. Raises NotFound."""
    wanted = _VERSION.add_columns(_form.c.form_schema).where(_form.c.key == key).order_by(_form.c.version.desc())
    if version is not None:
        wanted = wanted.where(_form.c.version == version)
    found = rows(session, wanted.limit(1))
    if not found:
        raise NotFound(kind="form", id=key if version is None else f"{key}:{version}")
    return found[0]


def uses_of_forms(session: Session, key: str | None = None) -> list[FormUse]:
    """Return the steps that show forms, or that one form, in the newest version of each process."""
    held = (definition(session, UUID(str(row["id"]))) for row in list_definitions(session))
    return [use for each in held for use in _uses(each) if key in (None, use.form)]


def _uses(held: Definition) -> Iterator[FormUse]:
    for element_id, form_key in held.program.form_keys:
        # a form is named by its id or by its file, which is mostly called the same
        form = form_id(form_key).removesuffix(".form")
        if form:
            yield FormUse(form, held, held.program.elements.get(element_id))
