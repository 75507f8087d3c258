"""Deployed forms: which one a form key means, and the form itself, understood once per process."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from threading import Lock
from typing import Any, Literal
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import ColumnElement, bindparam, or_, select

from process_server.db import Session
from process_server.errors import Invalid, NotFound
from process_server.forms.components import FormSchema
from process_server.forms.models import FormDefinition
from process_server.forms.schema import parse_form

_form = FormDefinition.__table__

_CACHED = 1_000
_cache: LRUCache[UUID, "Form"] = LRUCache(_CACHED)
_lock = Lock()

_BY_ID = select(_form).where(_form.c.id == bindparam("id"))


def _newest(which: ColumnElement[bool], *, then: bool) -> Any:
    """Find the newest version: of all, or of those deployed by then (deployments' ids grow with time)."""
    found = select(_form.c.id).where(which).order_by(_form.c.deployment_id.desc(), _form.c.version.desc()).limit(1)
    return found.where(_form.c.deployment_id <= bindparam("deployment")) if then else found


_KEY = _form.c.key == bindparam("key")
_FILE = or_(
    _form.c.resource_name == bindparam("file"),
    _form.c.resource_name.endswith("/" + bindparam("file"), autoescape=False),
    _KEY,
)
_STATEMENTS = {
    ("key", False): _newest(_KEY, then=False),
    ("key", True): _newest(_KEY, then=True),
    ("file", True): _newest(_FILE, then=True),
    ("file", False): _newest(_FILE, then=False),
}


class UnsupportedForm(Invalid):
    """The form {key} is of a kind this server does not show: deploy a form-js form instead."""

    code = "unsupported_form"


@dataclass(frozen=True, slots=True)
class Form:
    """One version of a deployed form."""

    id: UUID
    key: str
    version: int
    schema: FormSchema


def find_form(
    session: Session,
    form_key: str | None,
    *,
    deployment_id: UUID | None = None,
    binding: Literal["latest", "deployment"] = "latest",
    form_id: UUID | None = None,
) -> Form | None:
    """Return the form that a form key of any modeler means, or the very one of `form_id`; None where there is no key.

    A plain id is the newest version, or with `binding` deployment the newest when `deployment_id` was deployed, as
    `camunda-forms:deployment:<file>` is always. Raises NotFound; UnsupportedForm for forms that are no form-js forms.
    """
    if form_id is not None:
        return load_form(session, form_id)
    if not form_key:
        return None
    kind, key = _understand(form_key)
    then = deployment_id is not None and (kind == "file" or binding == "deployment")
    params = {"key": key, "deployment": deployment_id, "file": f"{key}.form"}
    found = session.execute(_STATEMENTS[kind, then], params).scalar()
    if found is None:
        raise NotFound(kind="form", id=form_key)
    return load_form(session, found)


def _understand(form_key: str) -> tuple[Literal["key", "file"], str]:
    scheme, _, rest = form_key.partition(":")
    if scheme == "camunda-forms" and rest.startswith("deployment:"):
        return "file", PurePosixPath(rest.removeprefix("deployment:")).name.removesuffix(".form")
    if scheme == "camunda-forms" and rest.startswith("bpmn:"):
        return "key", rest.removeprefix("bpmn:")
    if rest or form_key.endswith((".html", ".json", ".jsf", ".xhtml")):
        raise UnsupportedForm(key=form_key)
    return ("file", form_key.removesuffix(".form")) if form_key.endswith(".form") else ("key", form_key)


def load_form(session: Session, form_id: UUID) -> Form:
    """Return a deployed form by its id: a version never changes, so each process reads it once. Raises NotFound."""
    with _lock:
        cached = _cache.get(form_id)
    if cached is not None:
        return cached
    row = session.execute(_BY_ID, {"id": form_id}).one_or_none()
    if row is None:
        raise NotFound(kind="form", id=form_id)
    form = Form(row.id, row.key, row.version, parse_form(row.form_schema))
    with _lock:
        _cache[form_id] = form
    return form
