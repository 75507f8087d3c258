"""A process started by somebody who did not sign in: the start form of a public link, and what is sent with it."""

from typing import Any

from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import latest, refuse_duplicate, start_instance
from process_server.bpmn.definitions import Definition
from process_server.bpmn.form_binding import task_forms
from process_server.errors import DuplicateStart, Invalid
from process_server.forms import controls
from process_server.forms.components import Field, FileField, FormSchema
from process_server.forms.definitions import find_form
from process_server.forms.entry import OpenForm
from process_server.i18n import gettext_noop
from process_server.identity import public_links
from process_server.identity.models import PublicLink

OPEN_SOURCES = frozenset({"regions"})
"""What anybody may choose from; people, cases and the like are known to those who sign in."""


NO_FORM = gettext_noop("{process} has no start form that could be filled in.")


class NotPublic(Invalid):
    """The start form of {process} cannot be public."""

    code = "not_public"


def check_public(session: Session, process_key: str, start_element: str | None = None) -> Definition:
    """Return the newest version of a process whose start form anybody may fill in. Raises NotFound, NotPublic."""
    held = latest(session, process_key)
    starts = [start for start in held.program.starts if start.kind == "none"]
    if not starts or start_element not in (None, *(start.element for start in starts)):
        raise NotPublic("{process} has no such start event for people.", process=process_key)
    schema = _schema(session, held, start_element)
    if schema is None:
        raise NotPublic(NO_FORM, process=process_key)
    for field in schema.fields():
        source = _source(field)
        if source and source not in OPEN_SOURCES:
            raise NotPublic(
                "“{field}” lets people choose from {source}, which only those who sign in may.",
                field=field.label or field.key,
                source=source,
            )
    return held


def _schema(session: Session, held: Definition, start_element: str | None) -> FormSchema | None:
    form_key, _ = task_forms.start_form(held, start_element)
    form = find_form(session, form_key, deployment_id=held.deployment_id)
    return form.schema if form else None


def _source(field: Field) -> str:
    """Return the source a field chooses from, where it does."""
    return str(getattr(controls.behaviour_of(field), "source", "") or field.properties.get("source", ""))


def open_form(session: Session, link: PublicLink, language: str) -> OpenForm:
    """Return the form of a link. Raises NotFound, NotPublic where the process has changed since."""
    held = check_public(session, link.process_key, link.start_element)
    opened = task_forms.of_start(session, held, language, link.start_element)
    if opened is None:
        raise NotPublic(NO_FORM, process=link.process_key)
    return opened


def takes_files(session: Session, link: PublicLink) -> bool:
    """Say whether the form of a link asks for files."""
    schema = _schema(session, latest(session, link.process_key), link.start_element)
    return schema is not None and any(isinstance(field, FileField) for field in schema.fields())


def start_by_link(session: Session, secret: str, variables: dict[str, Any], stamp: str) -> str:
    """Start an instance with what somebody sent; return the reference they can ask with, also its business key.

    The same copy of the form sent twice starts one instance. Raises LinkClosed, BadStamp, TooQuick, InvalidForm.
    """
    link = public_links.find_link(session, secret)
    read = public_links.check_stamp(link, stamp)
    reference = public_links.reference_of(link, read)
    public_links.hold(session, link)
    actor = public_links.principal_of(link)
    held = check_public(session, link.process_key, link.start_element)
    try:
        refuse_duplicate(session, actor.user_id, read.nonce)
    except DuplicateStart:
        return reference
    if not public_links.is_open(link):
        raise public_links.LinkClosed
    public_links.count_use(session, link)
    start_instance(
        session,
        held.id,
        variables,
        actor=actor,
        business_key=reference,
        idempotency_key=read.nonce,
        start_element=link.start_element,
        invited=True,
    )
    return reference
