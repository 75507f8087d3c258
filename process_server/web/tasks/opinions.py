"""The opinions somebody writes often: kept with their account, offered beside every opinion they write."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.identity import preferences
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()

PREFERENCE = "opinions"
MOST = 30
LONGEST = 500  # characters of one


def templates(visit: Visit) -> list[str]:
    """Return the reader's own."""
    return list(visit.preferences.get(PREFERENCE, ()))


@router.post("/account/opinions")
def keep(visit: SignedInVisit, opinions: Annotated[str, Form(max_length=MOST * LONGEST)] = "") -> Response:
    """Keep them: one a line."""
    lines = dict.fromkeys(line.strip()[:LONGEST] for line in opinions.splitlines() if line.strip())
    preferences.write(visit.session, visit.principal.user_id, PREFERENCE, list(lines)[:MOST])
    return visit.go("/account#opinions", visit.say("Kept."))
