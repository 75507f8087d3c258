"""Rules of one's own inbox: what is done with tasks that come to one, or change, where a condition holds."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Instant, Name, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn import queries
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.handling import rule_actions
from process_server.tasks.inbox import rules
from process_server.tasks.inbox.columns import Columns

router = resource("/rules", "inbox")

Condition = Annotated[
    Text,
    Field(
        max_length=2_000,
        examples=["amount > 50000 and priority >= 50"],
        description="Over the columns of tasks, in the language of gateways; empty: every task.",
    ),
]


class RuleBody(Request):
    """A rule: what it does with a task, and when.

    Actions are `{"do": "tag", "tag": ".."}`, `{"do": "snooze", "for": "P1D"}`, `{"do": "copy", "to": ".."}`, and with
    nothing more `urgent`, `claim`, `stand_in`, `read` and `approve`: this where the model of the step lets rules do so
    (`approval:rules`), and with `ends_at`.
    """

    name: Annotated[Name, Field(max_length=100, examples=["Large offers"])]
    condition: Condition = ""
    actions: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10, examples=[[{"do": "urgent"}]])]
    on_change: Annotated[bool, Field(description="Also when a task changes, not only when it comes.")] = False
    enabled: bool = True
    ends_at: Instant | None = None


class RuleShown(Shown):
    """A rule; `problem` says why its condition cannot be read any more, `runs` on how many tasks it acted."""

    id: UUID
    name: str
    condition: str
    actions: list[dict[str, Any]]
    on_change: bool
    enabled: bool
    ends_at: datetime | None
    problem: str | None
    runs: int
    created_at: datetime
    changed_at: datetime


class Rules(Shown):
    """Rules in the order in which they are applied."""

    items: list[RuleShown]


class RunShown(Shown):
    """What a rule did with one task: `problems` say what it could not do."""

    user_task_id: UUID
    at: datetime
    done: list[str]
    problems: list[dict[str, Any]]


class Runs(Shown):
    """The last runs of a rule, the newest first."""

    items: list[RunShown]


class Count(Shown):
    """How many tasks."""

    count: int


@router.get("", response_model=Rules)
@transaction("tasks:read")
def find(session: Session, actor: Principal) -> Response:
    """List one's own rules."""
    return answer({"items": [_shown(rule) for rule in rules.list_rules(session, actor.user_id)]})


@router.post("", status_code=201, response_model=RuleShown, responses=documented(409, 413))
@transaction("tasks:write")
def create(session: Session, actor: Principal, body: RuleBody) -> Response:
    """Make a rule. It does what one could do by hand, once with each task."""
    return answer(_shown(rules.save(session, _columns(session, actor), _asked(session, body))), 201)


@router.put("/{rule_id}", response_model=RuleShown, responses=documented(404, 413))
@transaction("tasks:write")
def change(session: Session, actor: Principal, rule_id: UUID, body: RuleBody) -> Response:
    """Change a rule; with `enabled` false it rests."""
    return answer(_shown(rules.save(session, _columns(session, actor), _asked(session, body), rule_id)))


@router.delete("/{rule_id}", status_code=204, responses=documented(404))
@transaction("tasks:write")
def remove(session: Session, actor: Principal, rule_id: UUID) -> Response:
    """Delete a rule with its log."""
    rules.remove(session, rule_id, actor.user_id)
    return nothing()


@router.get("/{rule_id}/runs", response_model=Runs, responses=documented(404))
@transaction("tasks:read")
def runs(session: Session, actor: Principal, rule_id: UUID) -> Response:
    """List what a rule did."""
    found = rules.log_of(session, rules.find(session, rule_id, actor.user_id))
    return answer({"items": [{name: getattr(run, name) for name in RunShown.model_fields} for run in found]})


@router.post("/{rule_id}/apply", response_model=Count, responses=documented(404))
@transaction("tasks:write")
def apply(session: Session, actor: Principal, rule_id: UUID) -> Response:
    """Have a rule look at the tasks that are there already; return for how many its condition holds."""
    rule = rules.find(session, rule_id, actor.user_id)
    return answer({"count": rules.call_for_present(session, _columns(session, actor), rule)})


def _columns(session: Session, actor: Principal) -> Columns:
    return rules.columns_of(actor, queries.business_fields(session))


def _asked(session: Session, body: RuleBody) -> dict[str, Any]:
    return body.model_dump() | {"actions": rule_actions.check(session, body.actions)}


def _shown(rule: rules.Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in RuleShown.model_fields}
