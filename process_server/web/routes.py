"""All pages as one list of routes, and what an application needs to serve them."""

from fastapi import FastAPI

from process_server.web.cases import page as cases
from process_server.web.cases import sheets
from process_server.web.forms import editor as form_editor
from process_server.web.forms import listing as forms_list
from process_server.web.forms import public_forms, public_links
from process_server.web.ground import events
from process_server.web.ground.assets import Assets
from process_server.web.ground.bodies import BodyLimit
from process_server.web.ground.headers import SecurityHeaders
from process_server.web.ground.visit import limit_visits
from process_server.web.inbox import bulk, choosing, embeds, exporting, news, rules, searching, views
from process_server.web.inbox import page as inbox
from process_server.web.people import (
    account,
    audit,
    calendars,
    keyboard,
    mails,
    sign_in,
    single_sign_on,
    stand_ins,
    telling,
    tokens,
    unsubscribe,
)
from process_server.web.people import page as people
from process_server.web.processes import (
    batches,
    changes,
    deploying,
    diagrams,
    kpis,
    migrating,
    modeler_links,
    operating,
    timers,
)
from process_server.web.processes import page as processes
from process_server.web.tasks import actions as task_actions
from process_server.web.tasks import beside, form_drafts, form_page, mail_decisions, opinions, start, tags, undoing
from process_server.web.tasks import page as task
from process_server.web.timeline import page as timeline_page

PARTS = (
    sign_in, single_sign_on, inbox, task, task_actions, beside, opinions, stand_ins, telling, mails, calendars,
    form_page, form_drafts, start, cases, operating, processes, changes, migrating, batches, diagrams, deploying,
    forms_list, form_editor, public_links, public_forms, kpis, account, tokens, people, audit, searching, keyboard,
    choosing, news, views, bulk, exporting, undoing, sheets, events, unsubscribe, tags, rules,
    mail_decisions, timers, embeds, timeline_page, modeler_links,
)  # fmt: skip
ROUTES = [route for part in PARTS for route in part.router.routes]


def install(app: FastAPI) -> None:
    """Add the pages, their files and their security headers. Errors are turned into pages by `failures.answer`."""
    limit_visits(app)
    app.router.routes.extend(ROUTES)
    app.mount("/static", Assets(), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
