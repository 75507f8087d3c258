"""Do the artefacts of a deployment fit one another: forms, decisions, called processes, groups?"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.deployment.bundle import Bundle
from process_server.bpmn.deployment.named_people import named_by_approvals
from process_server.bpmn.deployment.report import shortened
from process_server.bpmn.deployment.sources import check_variables, form_id
from process_server.bpmn.models import DecisionDefinition, ProcessDefinition
from process_server.bpmn.program import Program
from process_server.bpmn.starts import awaited_name, first_due
from process_server.calendars.store import list_calendars
from process_server.db import table_of
from process_server.errors import Problem, ProcessServerError
from process_server.faults import fault
from process_server.forms.models import FormDefinition
from process_server.forms.policy import check_policy
from process_server.i18n import gettext_noop
from process_server.identity.models import Department, Group, User


def crosscheck(session: Session, bundle: Bundle) -> list[Problem]:
    """Warn of every reference to something that is neither in the bundle nor deployed."""
    known = {
        "form": _deployed(session, table_of(FormDefinition).c.key) | {form.id for _, form in bundle.forms},
        "decision": _deployed(session, table_of(DecisionDefinition).c.key) | {key for _, key, _ in bundle.decisions},
        "process": _deployed(session, table_of(ProcessDefinition).c.key)
        | {program.key for _, program in bundle.programs},
        "group": _deployed(session, table_of(Group).c.id),
        "user": _deployed(session, table_of(User).c.id),
        "department": _deployed(session, table_of(Department).c.id),
        "calendar": {
            name
            for calendar in list_calendars(session)
            for name in (calendar.id, *calendar.regions, *calendar.departments)
        },
    }
    found: list[Problem] = []
    for file, program in bundle.programs:
        for kind, references in _references(program, file, bundle):
            found += [
                _missing(kind, element, key, program, file) for element, key in references if key not in known[kind]
            ]
        found += _policies(program, file, bundle)
        found += _starts(program, file)
    found += check_variables(session, bundle)
    return shortened(found)


def _starts(program: Program, file: str) -> Iterable[Problem]:
    """Refuse start events whose time or name cannot be told, or which would start instances without end."""
    for start in program.starts:
        try:
            if start.kind == "timer":
                first_due(start, clock.now())
            elif start.kind in ("message", "signal"):
                awaited_name(start)
        except ProcessServerError as error:
            yield _at(
                program,
                start.element,
                "bad_start",
                gettext_noop("The start event cannot be waited for: {reason}."),
                file=file,
                hint=gettext_noop(
                    "Without an instance there are no variables: write a constant, cycles of a second or longer."
                ),
                reason=error.params.get("reason", error.message),
            )


def _policies(program: Program, file: str, bundle: Bundle) -> Iterable[Problem]:
    """Check what steps say of the fields of their forms."""
    forms = {form.id: form for _, form in bundle.forms}
    keys = dict(program.form_keys)
    for element in program.elements.values():
        schema = forms.get(form_id(keys.get(element.id, "")))
        yield from check_policy(element.properties, schema, file=file, element=element.id)


def _references(program: Program, file: str, bundle: Bundle) -> Iterable[tuple[str, Iterable[tuple[str, str]]]]:
    yield "form", [(element, form_id(key)) for element, key in program.form_keys if form_id(key)]
    yield "decision", program.decisions
    yield "process", program.called_processes
    yield "group", program.candidate_groups
    for kind, reference in named_by_approvals(program):
        yield kind, (reference,)


def _deployed(session: Session, column: Any) -> set[str]:
    return set(session.execute(select(column).distinct()).scalars())


_MISSING = {
    "form": (
        gettext_noop("There is no form {key}."),
        gettext_noop("Deploy the form beside the model, or correct its form reference."),
    ),
    "decision": (
        gettext_noop("There is no decision {key}."),
        gettext_noop("Deploy the DMN file beside the model, or correct its decision reference."),
    ),
    "process": (
        gettext_noop("There is no process {key}."),
        gettext_noop("Deploy the called process as well, or correct the called element."),
    ),
    "group": (
        gettext_noop("There is no group {key}."),
        gettext_noop("Create the group, or correct the candidate groups: until then only administrators see the task."),
    ),
    "user": (
        gettext_noop("There is no user {key}."),
        gettext_noop("Create the user, or correct the property: until then they are nobody who could be asked."),
    ),
    "department": (
        gettext_noop("There is no department {key}."),
        gettext_noop("Create the department, or correct the property: until then nobody is found in it."),
    ),
    "calendar": (
        gettext_noop("There is no calendar {key}."),
        gettext_noop("Create the calendar, or correct the property."),
    ),
}


def _missing(kind: str, element: str, key: str, program: Program, file: str) -> Problem:
    message, hint = _MISSING[kind]
    return _at(program, element, f"missing_{kind}", message, file=file, severity="warning", hint=hint, key=key)


def _at(program: Program, element: str, code: str, message: str, **facts: Any) -> Problem:
    """Return a fault at an element of a program."""
    at = program.elements.get(element)
    name, line = (at.name, at.line) if at else (None, None)
    return fault(code, message, element=element, element_name=name, line=line, **facts)
