"""Expressions in queries of tasks: `${now()}`, `${currentUser()}`, `${dateTime().plusDays(2)}`."""

from datetime import date, datetime, time
from typing import Any

from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.bpmn.zone import zone
from process_server.expressions import compile_expression
from process_server.identity.principal import Principal

DATES = (
    "due_date",
    "due_after",
    "due_before",
    "follow_up_date",
    "follow_up_after",
    "follow_up_before",
    "follow_up_before_or_not_existent",
    "created_on",
    "created_after",
    "created_before",
    "updated_after",
)
TEXTS = (
    "assignee",
    "assignee_like",
    "owner",
    "candidate_user",
    "candidate_group",
    "candidate_groups",
    "involved_user",
    "process_instance_business_key",
    "process_instance_business_key_like",
)
ENDING = "_expression"
EVALUATED = frozenset(f"{name}{ENDING}" for name in (*DATES, *TEXTS))
"""The conditions that are written as expressions; each stands for the one without the ending."""


def evaluate(name: str, text: str, actor: Principal) -> Any:
    """Return the value that a condition's expression has for who asks. Raises Invalid."""
    house = {"currentUser": lambda: actor.user_id, "currentUserGroups": lambda: sorted(actor.groups)}
    value = compile_expression(text).evaluate(house)
    plain = name.removesuffix(ENDING)
    if plain == "candidate_groups":
        return [str(each) for each in (value if isinstance(value, list) else [value])]
    if plain in DATES:
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time(), zone())
        if not isinstance(value, datetime):
            raise InvalidRequest("The expression {expression} does not give a date.", expression=text)
        return value
    return str(value)
