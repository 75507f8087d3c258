"""What is done to a task beside deciding it: one menu, and a small page for each action that asks for something.

What cannot be done now is in the menu too, with the reason; the commands check again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server import refusals
from process_server.bpmn import queries
from process_server.bpmn.queries import Action
from process_server.bpmn.visibility import require_visible
from process_server.errors import InvalidInput, NotFound, ProcessServerError
from process_server.i18n import error_text, gettext_noop
from process_server.identity import users
from process_server.identity.models import User
from process_server.tasks.handling import handing, watching
from process_server.tasks.handling.locking import may_hand_on
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground import moments, naming
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.tasks.deeds import ACTIONS, DO, Given

router = APIRouter()

WHERE = {
    "before": gettext_noop("before me: I decide when they have"),
    "after": gettext_noop("after me: when I have decided"),
    "beside": gettext_noop("beside me: at the same time"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu; `why_not` is the sentence that says why it cannot be done now."""

    name: str
    words: str
    icon: str
    to: str
    key: str = ""
    why_not: str = ""


def menu(visit: Visit, task: TaskRow, offered: Mapping[str, Action]) -> list[Item]:
    """Return what can be done with a task now, then what cannot, with the reason; what makes no sense is left out."""
    checks = {name: action.why_not for name, action in offered.items()} | _checks(visit, task)
    items = []
    for name, action in ACTIONS.items():
        if name not in checks or not _makes_sense(visit, task, name, checks[name]):
            continue
        reason = checks[name]
        text = error_text(visit.language, reason) if reason else ""
        items.append(Item(name, visit.say(action.words), action.icon, f"/t/{task.id}/do/{name}", action.key, text))
    return sorted(items, key=lambda item: bool(item.why_not))


def _checks(visit: Visit, task: TaskRow) -> dict[str, ProcessServerError | None]:
    """Return the actions that ask only whether the user may hand the task on."""
    if task.state != "open" or not may_hand_on(visit.session, task, visit.principal):
        return {}
    return {"snooze": None, ("resume" if task.paused_by else "pause"): None}


def _makes_sense(visit: Visit, task: TaskRow, name: str, reason: ProcessServerError | None) -> bool:
    if reason is None:
        return True
    if name == "remove_signer":
        return bool(queries.signers(visit.session, task.id, visit.principal))
    if name in ("recall", "withdraw"):
        return task.initiator == visit.principal.user_id and task.state in ("open", "held")
    return task.state in ("open", "held") and name != "remind"


@router.get("/t/{task_id}/do/{name}")
def ask(visit: SignedInVisit, task_id: UUID, name: str) -> Response:
    """Show what an action asks for, in the page of its task or as a page of its own."""
    return _page(visit, task_id, name)


def _page(visit: Visit, task_id: UUID, name: str, problems: Mapping[str, str] | None = None, **given: Any) -> Response:
    if name not in ACTIONS:
        raise NotFound(kind="action", id=name)
    action = ACTIONS[name]
    task = worklist.find_task(visit.session, task_id, visit.principal)
    asks = set(action.asks)
    step = naming.of_version(visit, task.definition_id).program.elements.get(task.element_id)
    reasons = step.approval.reasons if step and step.approval else ()
    signers = queries.signers(visit.session, task_id, visit.principal) if "signer" in asks else []
    removable = [signer for signer, action in signers if action.allowed]
    targets = queries.return_targets(visit.session, task_id, visit.principal) if "target" in asks else []
    no_further = queries.no_further_back(visit.session, task_id, visit.principal) if "target" in asks else None
    names = naming.people(visit, [*(each.person for each in targets), *(each.person for each in removable)])
    return visit.page(
        "task_action_part.html" if visit.by_htmx else "task_action.html",
        task=task,
        task_name=naming.step(visit, task.definition_id, task.element_id, task.name),
        name=name,
        action=action,
        targets=[(each, naming.step(visit, task.definition_id, each.element, each.name)) for each in targets],
        no_further=error_text(visit.language, no_further) if no_further else "",
        names=names,
        signers=removable,
        people=_people(visit, task, name) if asks & {"to", "people"} else [],
        where={name: visit.say(words) for name, words in WHERE.items()},
        soon=moments.soon(visit) if "until" in asks else [],
        reasons=[(each.code, each.label(visit.language)) for each in reasons],
        needs_opinion=name == "return" and bool(step and step.approval and step.approval.opinion != "optional"),
        problems=problems or {},
        given=given,
    )


def _people(visit: Visit, task: TaskRow, name: str) -> list[User]:
    """Return who can be named; to decide a step nobody who may not, or does so already."""
    unfit = set() if name == "copy" else handing.unfit(visit.session, task, signed=name != "add_signer")
    return [person for person in users.search(visit.session, limit=500) if person.id not in unfit]


@router.post("/t/{task_id}/do/{name}")
def do(
    visit: SignedInVisit,
    task_id: UUID,
    name: str,
    revision: Annotated[int | None, Form()] = None,
    to: Annotated[str, Form(max_length=255)] = "",
    people: Annotated[list[str] | None, Form()] = None,
    where: Annotated[Literal["before", "after", "beside"], Form()] = "before",
    target: Annotated[str, Form(max_length=255)] = "",
    resume: Annotated[bool, Form()] = False,
    reason: Annotated[str, Form(max_length=200)] = "",
    opinion: Annotated[str, Form()] = "",
    signer: Annotated[str, Form(max_length=255)] = "",
    until: Annotated[str, Form(max_length=40)] = "",
    why: Annotated[str, Form()] = "",
) -> Response:
    """Do it, and go on where its reader has something to look at."""
    if name not in ACTIONS:
        raise NotFound(kind="action", id=name)
    task = worklist.find_task(visit.session, task_id, visit.principal)
    chosen = tuple(people or ())
    try:
        asked = Given(
            task, opinion.strip() or None, revision, to.strip(), chosen, where, target, resume, reason or None, signer,
            moments.read(until, "until"), why,
        )  # fmt: skip
        told = DO[name](visit, asked)
    except InvalidInput as error:
        problems = {each["field"]: refusals.sentence(visit.language, each) for each in error.problems}
        return _page(
            visit, task_id, name, problems, to=to, people=chosen, where=where, target=target, resume=resume,
            reason=reason, opinion=opinion, until=until, why=why,
        )  # fmt: skip
    names = naming.people(visit, told)
    said = visit.say(ACTIONS[name].done, people=visit.enumerated(names[person] for person in told))
    return _leave(visit, task, said)


def _leave(visit: Visit, task: TaskRow, said: str) -> Response:
    """Show the task again, or what comes next where its reader does not see it any more."""
    address = visit.here if visit.by_htmx else visit.came_from(f"/t/{task.id}")
    try:
        worklist.find_task(visit.session, task.id, visit.principal)
        if "/do/" in address:
            address = f"/t/{task.id}"
    except NotFound:
        address = "/inbox"
    if not visit.by_htmx:
        return visit.go(address, said)
    return visit.leave_word(Response("", headers={"HX-Redirect": address}), said)


@router.post("/i/{instance_id}/watch")
def watch(visit: SignedInVisit, instance_id: UUID, on: Annotated[bool, Form()] = False) -> Response:
    """Follow a case, or no longer."""
    require_visible(visit.session, instance_id, visit.principal)
    (watching.watch if on else watching.unwatch)(visit.session, instance_id, principal=visit.principal)
    said = visit.say("You watch this case now: you find it under “Watching”." if on else "You no longer watch it.")
    return visit.go(visit.came_from(f"/i/{instance_id}"), said)
