"""The page of the rules of one's inbox: what they say, what they did, and the form that makes and changes one."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import BaseModel, Field

from process_server import refusals
from process_server.bpmn import queries
from process_server.config import settings
from process_server.errors import Conflict, InvalidExpression, InvalidInput
from process_server.i18n import error_text, gettext_noop, translate
from process_server.i18n.display import local
from process_server.identity import users
from process_server.tasks.handling import rule_actions
from process_server.tasks.inbox import rules, tags
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.rules import Rule
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()

TIMES: Mapping[str, str] = {
    "PT1H": gettext_noop("one hour"),
    "PT4H": gettext_noop("four hours"),
    "P1D": gettext_noop("one day"),
    "P3D": gettext_noop("three days"),
    "P7D": gettext_noop("a week"),
}
NEW: Mapping[str, Any] = {"name": "", "condition": "", "on_change": False, "ends": "", "actions": {}}


@router.get("/rules")
def show(visit: SignedInVisit) -> Response:
    """Show one's rules."""
    found = rules.list_rules(visit.session, visit.principal.user_id)
    return visit.page("rules.html", rules=[(rule, _says(visit, rule)) for rule in found])


@router.get("/rules/new")
def begin(visit: SignedInVisit, condition: str = "") -> Response:
    """Show the form of a new rule; a list hands over its condition."""
    return _form(visit, None, {**NEW, "condition": condition[:2_000]}, {})


@router.get("/rules/{rule_id}")
def edit(visit: SignedInVisit, rule_id: UUID) -> Response:
    """Show a rule to change it, with what it did."""
    rule = rules.find(visit.session, rule_id, visit.principal.user_id)
    return _form(visit, rule, _given(rule), {})


@router.post("/rules/count")
def count(visit: SignedInVisit, condition: Annotated[str, Form(max_length=2_000)] = "") -> Response:
    """Say for how many of one's present tasks a condition holds, or what is wrong with it."""
    try:
        number = rules.count(visit.session, _columns(visit), condition.strip())
    except InvalidExpression as error:
        return visit.page("rule_count.html", number=None, problem=error_text(visit.language, error))
    return visit.page("rule_count.html", number=number, problem="")


class Written(BaseModel):
    """What the form of a rule was filled in with: what is to be done, and what was said to each of it."""

    name: Annotated[str, Field(max_length=200)]
    condition: Annotated[str, Field(max_length=2_000)] = ""
    on_change: bool = False
    ends: Annotated[str, Field(max_length=10)] = ""
    do: list[str] = []
    tag: Annotated[str, Field(max_length=40)] = ""
    until: Annotated[str, Field(max_length=10)] = ""
    to: Annotated[str, Field(max_length=255)] = ""
    present: bool = False

    def given(self) -> dict[str, Any]:
        """Return the rule: `actions` by name, each with what was said to it."""
        said = {"tag": self.tag, "snooze": self.until, "copy": self.to}
        rule = self.model_dump(include={"name", "condition", "on_change", "ends"})
        return rule | {"condition": self.condition.strip(), "actions": {do: said.get(do, "").strip() for do in self.do}}


@router.post("/rules/new")
def create(visit: SignedInVisit, written: Annotated[Written, Form()]) -> Response:
    """Make a rule."""
    return _save(visit, None, written.given(), written.present)


@router.post("/rules/{rule_id}")
def change(visit: SignedInVisit, rule_id: UUID, written: Annotated[Written, Form()]) -> Response:
    """Change a rule."""
    rule = rules.find(visit.session, rule_id, visit.principal.user_id)
    return _save(visit, rule, written.given(), written.present)


@router.post("/rules/{rule_id}/switch")
def switch(visit: SignedInVisit, rule_id: UUID, on: Annotated[bool, Form()] = False) -> Response:
    """Let a rule rest, or work again."""
    rule = rules.find(visit.session, rule_id, visit.principal.user_id)
    asked = {"name": rule.name, "condition": rule.condition, "actions": rule.actions, "on_change": rule.on_change}
    rules.save(visit.session, _columns(visit), asked | {"ends_at": rule.ends_at, "enabled": on}, rule_id)
    return visit.go("/rules")


@router.post("/rules/{rule_id}/delete")
def delete(visit: SignedInVisit, rule_id: UUID) -> Response:
    """Delete a rule with its log."""
    rules.remove(visit.session, rule_id, visit.principal.user_id)
    return visit.go("/rules", visit.say("The rule is gone."))


def _given(rule: Rule) -> dict[str, Any]:
    actions = {each["do"]: each.get("tag") or each.get("for") or each.get("to") or "" for each in rule.actions}
    ends = local(rule.ends_at - rule.ends_at.resolution) if rule.ends_at else None
    own = {"name": rule.name, "condition": rule.condition, "on_change": rule.on_change}
    return own | {"ends": ends.date().isoformat() if ends else "", "actions": actions}


def _save(visit: Visit, rule: Rule | None, given: Mapping[str, Any], present: bool) -> Response:
    key = {"tag": "tag", "snooze": "for", "copy": "to"}
    actions = [{"do": do} | ({key[do]: said} if do in key else {}) for do, said in given["actions"].items()]
    columns = _columns(visit)
    try:
        made = rules.save(
            visit.session,
            columns,
            {
                "name": given["name"],
                "condition": given["condition"],
                "actions": rule_actions.check(visit.session, actions),
                "on_change": given["on_change"],
                "enabled": rule.enabled if rule else True,
                "ends_at": _after(given["ends"]),
            },
            rule.id if rule else None,
        )
    except InvalidInput as error:
        problems = {each["field"]: refusals.sentence(visit.language, each) for each in error.problems}
        return _form(visit, rule, given, problems)
    except InvalidExpression as error:
        return _form(visit, rule, given, {"condition": error_text(visit.language, error)})
    except Conflict as error:
        return _form(visit, rule, given, {"name": error_text(visit.language, error)})
    if present:
        rules.call_for_present(visit.session, columns, made)
    return visit.go("/rules", visit.say("Saved as “{name}”.", name=made.name))


def _after(day: str) -> datetime | None:
    """Return the end of a day of the company's zone."""
    if not day:
        return None
    try:
        chosen = datetime.fromisoformat(day).date()
        return datetime.combine(chosen + timedelta(days=1), time.min, ZoneInfo(settings().time_zone))
    except (ValueError, OverflowError) as error:
        raise InvalidInput([{"field": "ends", "code": "invalid", "params": {}}]) from error


def _form(visit: Visit, rule: Rule | None, given: Mapping[str, Any], problems: Mapping[str, str]) -> Response:
    runs = rules.log_of(visit.session, rule) if rule else []
    said = {name: text for field, text in problems.items() if (name := field.removeprefix("actions."))}
    return visit.page(
        "rule.html",
        422 if problems else 200,
        rule=rule,
        given=given,
        problems=said,
        words=rule_actions.WORDS,
        times=TIMES,
        tags=tags.list_tags(visit.session, visit.principal),
        people=users.search(visit.session, limit=500),
        runs=[(run, [_problem(visit, each) for each in run.problems]) for run in runs],
    )


def _problem(visit: Visit, told: Mapping[str, Any]) -> str:
    return translate(visit.language, told["message"], **told["params"])


def _says(visit: Visit, rule: Rule) -> list[str]:
    """Return what a rule does, each with what it does it with."""
    names = naming.people(visit, [each.get("to") for each in rule.actions])
    said = []
    for each in rule.actions:
        time = TIMES.get(each.get("for", ""))
        more = each.get("tag") or (visit.say(time) if time else each.get("for")) or names.get(str(each.get("to")), "")
        said.append(" ".join(filter(None, (visit.say(rule_actions.WORDS[each["do"]]), more))))
    return said


def _columns(visit: Visit) -> Columns:
    return rules.columns_of(visit.principal, queries.business_fields(visit.session))
