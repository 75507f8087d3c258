"""The timers of a case, for administrators: move one, fire it, hold it; and how long cases of a process are kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.errors import Invalid
from process_server.web.ground.visit import AdminVisit
from process_server.web.processes.operating import moment

router = APIRouter()


@router.post("/i/{instance_id}/timers/{timer_id}")
def change(
    visit: AdminVisit,
    instance_id: UUID,
    timer_id: UUID,
    do: Annotated[str, Form(max_length=20)] = "move",
    at: Annotated[str, Form(max_length=30)] = "",
) -> Response:
    """Let a timer fire at another instant or at once, or hold it until it is let go on."""
    session, actor = visit.session, visit.principal
    match do:
        case "fire":
            commands.fire_timer_now(session, timer_id, actor=actor)
            said = visit.say("The timer has fired.")
        case "suspend" | "activate":
            commands.suspend_job(session, timer_id, do == "suspend", actor=actor)
            said = (
                visit.say("The timer waits until you let it go on.")
                if do == "suspend"
                else visit.say("The timer goes on.")
            )
        case _:
            due = moment(at)
            if due is None:
                raise Invalid("Say when the timer is to fire.")
            commands.reschedule_timer(session, timer_id, due, actor=actor)
            said = visit.say("The timer is moved. The model is as it was.")
    return visit.go(f"/i/{instance_id}", said)


@router.post("/definitions/{definition_id}/history")
def keep(visit: AdminVisit, definition_id: UUID, days: Annotated[str, Form(max_length=10)] = "") -> Response:
    """Say for how long the cases of a version are kept after their end."""
    text = days.strip()
    if text and not text.isdecimal():
        raise Invalid("This is no number of days: {text}.", text=text)
    commands.keep_history(visit.session, definition_id, int(text) if text else None, actor=visit.principal)
    key = queries.get_definition(visit.session, definition_id)["key"]
    return visit.go(f"/processes/{key}?definition={definition_id}", visit.say("Saved."))
