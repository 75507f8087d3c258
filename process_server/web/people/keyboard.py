"""The page on which a person chooses their own keys."""

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import Response

from process_server.errors import InvalidInput
from process_server.identity import preferences
from process_server.web.ground.shortcuts import ALL, GROUPS, PREFERENCE, chosen, problems_of
from process_server.web.ground.visit import SignedInVisit

router = APIRouter()


@router.get("/keyboard")
def show(visit: SignedInVisit) -> Response:
    """Show all shortcuts, each with its keys to change."""
    return visit.page("keyboard.html", groups=GROUPS, keys=chosen(visit.preferences))


@router.post("/keyboard")
def choose(visit: SignedInVisit, keys: Annotated[dict[str, list[str]], Body(embed=True)]) -> Response:
    """Keep the keys a person chose; only those that differ from the table are kept."""
    wanted = chosen({PREFERENCE: keys})
    if problems := problems_of(keys, wanted):
        raise InvalidInput(problems)
    own = {action: list(value) for action, value in wanted.items() if value != ALL[action].keys}
    preferences.write(visit.session, visit.principal.user_id, PREFERENCE, own)
    return visit.leave_word(visit.json({"redirect": "/keyboard"}), visit.say("Your keys are kept."))
