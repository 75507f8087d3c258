"""The page a link in a mail leads to: what is to be decided, and the buttons that do. Only pressing one decides."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.errors import Conflict, InvalidForm, NotAllowed, NotFound, ProcessServerError
from process_server.i18n import error_text
from process_server.tasks.inbox import worklist
from process_server.tasks.telling import mail_links
from process_server.tasks.telling.mail_links import MailLinkClosed
from process_server.web.ground import naming
from process_server.web.ground.visit import AnyVisit, Visit, check_origin
from process_server.web.tasks.sla import standing

router = APIRouter()

SAID = ("opinion", "reason")


@router.get("/decide/{secret}")
def show(visit: AnyVisit, secret: str) -> Response:
    """Show what a link lets its reader decide: mail programs open links by themselves, and must decide nothing."""
    return _page(visit, secret)


@router.post("/decide/{secret}", dependencies=[Depends(check_origin)])
def decide(
    visit: AnyVisit,
    secret: str,
    verdict: Annotated[Literal["approve", "reject"], Form()],
    opinion: Annotated[str, Form(max_length=10_000)] = "",
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Decide, once."""
    given = {"opinion": opinion.strip(), "reason": reason}
    try:
        _require_reader(visit, mail_links.find(visit.session, secret).user_id)
        with visit.session.begin_nested():
            task_id = commands.decide_by_mail(
                visit.session, secret, verdict, opinion=given["opinion"] or None, reason=reason or None
            )
    except InvalidForm as error:
        asked = {problem["field"] for problem in error.problems}
        return _page(visit, secret, given, asked & {*SAID}, more=bool(asked - {*SAID}))
    except MailLinkClosed:
        return _page(visit, secret)
    except ProcessServerError as error:
        return _page(visit, secret, given, problem=error_text(visit.language, error))
    return visit.page("mail_decision.html", done=verdict, task_id=task_id)


def _require_reader(visit: Visit, user_id: str) -> None:
    """Raise NotAllowed where somebody else is signed in: the mail was passed on to them."""
    if visit.signed_in and visit.principal.user_id != user_id:
        raise NotAllowed("This mail was written to somebody else. Ask them to decide, or to transfer the task to you.")


def _page(
    visit: Visit,
    secret: str,
    given: dict[str, str] | None = None,
    asked: set[str] | None = None,
    *,
    problem: str = "",
    more: bool = False,
) -> Response:
    try:
        link = mail_links.find(visit.session, secret)
        reader = commands.reader_of(visit.session, link)
        task = worklist.find_task(visit.session, link.user_task_id, reader)
    except NotFound:
        return visit.page("mail_decision.html", 404, done="closed", task_id=None)
    visit.language = reader.language or visit.language
    approval: Any = None
    try:
        _require_reader(visit, link.user_id)
        approval = commands.approval_of(visit.session, task)
    except (Conflict, NotAllowed) as error:
        problem = error_text(visit.language, error)
    names = naming.people(visit, [task.initiator, reader.user_id])
    instance = queries.get_instance(visit.session, task.process_instance_id)
    decidable = approval is not None and not more
    return visit.page(
        "mail_decision.html",
        422 if asked or problem or more else 200,
        done="",
        secret=secret,
        task=task,
        task_id=task.id,
        name=naming.step(visit, task.definition_id, task.element_id, task.name),
        process=naming.process(visit, task),
        sla=standing(visit, task),
        facts=naming.summary(visit, task.definition_id, instance["variables"]),
        initiator=names.get(task.initiator or "", ""),
        reader=names[reader.user_id],
        opinion=approval.opinion if approval else "",
        reasons=[(each.code, each.label(visit.language)) for each in approval.reasons] if approval else [],
        decidable=decidable,
        given=given or {"opinion": "", "reason": ""},
        asked=asked or set(),
        problem=problem,
        more=more,
    )
