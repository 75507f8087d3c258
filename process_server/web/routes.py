"""All pages under one router, and what an application needs to serve them."""

from fastapi import APIRouter, FastAPI

from process_server.web import (
    account,
    audit,
    batches,
    beside,
    bulk,
    calendars,
    cases,
    changes,
    choosing,
    deploying,
    diagrams,
    embeds,
    events,
    exporting,
    form_drafts,
    form_editor,
    form_page,
    forms_list,
    inbox,
    keyboard,
    kpis,
    mail_decisions,
    mails,
    migrating,
    news,
    operating,
    opinions,
    people,
    processes,
    public_forms,
    public_links,
    rules,
    searching,
    sheets,
    sign_in,
    single_sign_on,
    stand_ins,
    start,
    tags,
    task,
    task_actions,
    telling,
    timeline_page,
    timers,
    tokens,
    undoing,
    unsubscribe,
    views,
)
from process_server.web.assets import Assets
from process_server.web.bodies import BodyLimit
from process_server.web.headers import SecurityHeaders
from process_server.web.visit import limit_visits

router = APIRouter(include_in_schema=False)
for part in (
    sign_in, single_sign_on, inbox, task, task_actions, beside, opinions, stand_ins, telling, mails, calendars,
    form_page, form_drafts, start, cases, operating, processes, changes, migrating, batches, diagrams, deploying,
    forms_list, form_editor, public_links, public_forms, kpis, account, tokens, people, audit, searching, keyboard,
    choosing, news, views, bulk, exporting, undoing, sheets, events, unsubscribe, tags, rules,
    mail_decisions, timers, embeds, timeline_page,
):  # fmt: skip
    router.include_router(part.router)


def install(app: FastAPI) -> None:
    """Add the pages, their files and their security headers. Errors are turned into pages by `failures.answer`."""
    limit_visits(app)
    app.include_router(router)
    app.mount("/static", Assets(), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
