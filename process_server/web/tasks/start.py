"""Starting a process: choose one, fill in its start form."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from fastapi.responses import Response

from process_server.bpmn import commands, definitions, queries, visibility
from process_server.bpmn.definitions import Definition
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.visibility import may_start
from process_server.db import new_id
from process_server.errors import DuplicateStart, NotFound
from process_server.forms.definitions import UnsupportedForm
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import Filter
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.tasks import beside, form_drafts, form_page

router = APIRouter()


@router.get("/start")
def choose(visit: SignedInVisit) -> Response:
    """Show what the reader may start."""
    rows = [
        {
            "key": row["key"],
            "name": naming.process(visit, row),
            "version": row["version"],
            "documentation": _documentation(visit, definitions.definition(visit.session, row["id"])),
        }
        for row in queries.list_definitions(visit.session)
        if row["startable"] and not row["suspended"] and may_start(visit.principal, row["candidate_starters"])
    ]
    return visit.page("start.html", rows=rows)


@router.get("/start/{key}")
def show(visit: SignedInVisit, key: str, draft: UUID | None = None, like: UUID | None = None) -> Response:
    """Show the start form of the newest version: empty, with a draft, or with what another case began with."""
    held = commands.latest(visit.session, key)
    row = queries.get_definition(visit.session, held.id)
    problem, opened = None, None
    try:
        opened = task_forms.of_start(visit.session, held, visit.language)
        if opened is not None and like is not None:
            opened = replace(opened, data={**opened.data, **_values_of(visit, like)})
    except (NotFound, UnsupportedForm) as error:
        problem = error
    form = form_page.properties(
        visit,
        opened,
        action=f"/start/{key}",
        draft=f"{visit.principal.user_id}:start:{key}",
        editable=True,
        kept=form_drafts.of_start(visit, key, draft),
    )
    form["extra"] = {"idempotency_key": str(new_id())}
    return visit.page(
        "start_form.html",
        name=naming.process(visit, row),
        definition=row,
        documentation=_documentation(visit, held),
        form=form,
        problem=problem,
        may_start=may_start(visit.principal, row["candidate_starters"]),
    )


@router.get("/start/{key}/chain")
def chain(visit: SignedInVisit, key: str) -> Response:
    """Show who is expected to decide a case that is started now."""
    return visit.page("chain.html", **beside.of_start(visit, commands.latest(visit.session, key).id, {}))


@router.post("/start/{key}/chain")
def preview(visit: SignedInVisit, key: str, variables: Annotated[dict[str, Any], Body(embed=True)]) -> Response:
    """Show the same as it would be with what is entered into the start form now."""
    return visit.page("chain.html", **beside.of_start(visit, commands.latest(visit.session, key).id, variables))


def _values_of(visit: Visit, instance_id: UUID) -> dict[str, Any]:
    visibility.require_visible(visit.session, instance_id, visit.principal)
    return task_forms.start_values(visit.session, instance_id)[1]


@router.post("/start/{key}")
def start(
    visit: SignedInVisit,
    key: str,
    variables: Annotated[dict[str, Any], Body()],
    idempotency_key: Annotated[str | None, Body()] = None,
    business_key: Annotated[str, Body(max_length=200)] = "",
) -> Response:
    """Start an instance; who gets its first task goes on there."""
    held = commands.latest(visit.session, key)
    try:
        running = commands.start_instance(
            visit.session,
            held.id,
            variables,
            actor=visit.principal,
            business_key=business_key.strip() or None,
            idempotency_key=idempotency_key,
        )
    except DuplicateStart as error:
        return visit.json({"redirect": f"/i/{error.params['instance']}"})
    mine = worklist.list_tasks(visit.session, visit.principal, "mine", Filter(instance=running.id), limit=1).rows
    response = visit.json({"redirect": f"/t/{mine[0].id}" if mine else f"/i/{running.id}"})
    return visit.leave_word(response, visit.say("Started: {process}", process=held.localised_name(visit.language)))


def _documentation(visit: Visit, held: Definition) -> str:
    return naming.documented(visit, held.program.documentation, held.program.properties)
