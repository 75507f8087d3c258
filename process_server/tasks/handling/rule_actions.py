"""What rules of an inbox do with a task: each action with what it needs, done by its owner's rights and no others."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

import isodate
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from process_server.clock import now
from process_server.db import Session
from process_server.errors import FieldProblem, InvalidInput, NotAllowed, NotFound
from process_server.i18n import gettext_noop
from process_server.identity import stand_ins, users
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, copies, handing
from process_server.tasks.inbox import tags
from process_server.tasks.inbox.worklist import TaskRow

URGENT = 80  # the priority of what a rule marks as urgent: lists show it with a flag
LONGEST_SNOOZE = timedelta(days=366)

WORDS: Mapping[str, str] = {
    "tag": gettext_noop("put a tag on"),
    "urgent": gettext_noop("mark as urgent"),
    "snooze": gettext_noop("put off"),
    "copy": gettext_noop("send a copy"),
    "claim": gettext_noop("claim for me"),
    "stand_in": gettext_noop("hand to my stand-in"),
    "approve": gettext_noop("approve, where the model lets rules do so (needs an end)"),
    "read": gettext_noop("mark as read"),
}
"""Every action with its words, in the order in which a rule does them."""


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PutTag(_Action):
    """Put a tag on the task."""

    do: Literal["tag"]
    tag: Annotated[str, Field(min_length=1, max_length=40)]

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        tags.put(session, task.id, self.tag, owner)


class Urgent(_Action):
    """Give a task of one's own a high priority."""

    do: Literal["urgent"]

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        require_own(task, owner)
        if task.priority < URGENT:
            claiming.reschedule(session, task.id, owner, {"priority": URGENT})


class Snooze(_Action):
    """Put a task of one's own off for a time."""

    do: Literal["snooze"]
    time: Annotated[str, Field(max_length=40, alias="for", examples=["P1D"])]
    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        require_own(task, owner)
        claiming.reschedule(session, task.id, owner, {"follow_up_at": now() + _duration(self.time)})


class SendCopy(_Action):
    """Send somebody a copy of the case, where the model lets people do so."""

    do: Literal["copy"]
    to: Annotated[str, Field(min_length=1, max_length=255)]

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        copies.send_copy(session, task.process_instance_id, [self.to], principal=owner, task_id=task.id)


class Claim(_Action):
    """Take a task that is offered to one."""

    do: Literal["claim"]

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        if task.assignee != owner.user_id:
            claiming.claim(session, task.id, owner)


class HandToStandIn(_Action):
    """Hand a task of one's own to who stands in for one now, for good."""

    do: Literal["stand_in"]

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        require_own(task, owner)
        found = (row for row in stand_ins.list_stand_ins(session, owner) if row.user_id == owner.user_id)
        fitting = [
            row for row in found if row.in_force and task.process_key in (row.process_keys or [task.process_key])
        ]
        if not fitting:
            raise NotAllowed("Nobody stands in for you now.")
        handing.transfer(session, task.id, fitting[0].substitute_id, principal=owner)


class MarkRead(_Action):
    """Take a task as opened."""

    do: Literal["read"]

    def run(self, session: Session, task: TaskRow, owner: Principal) -> None:
        """Do it."""
        claiming.open_task(session, task.id, owner)


class Approve(_Action):
    """Approve a task of one's own, or one offered, where its model lets rules do so; who runs the cases does it."""

    do: Literal["approve"]


Action: TypeAlias = Annotated[
    PutTag | Urgent | Snooze | SendCopy | Claim | HandToStandIn | Approve | MarkRead, Field(discriminator="do")
]
_ACTIONS: TypeAdapter[list[Action]] = TypeAdapter(list[Action])
_ORDER = ("claim", "read", "tag", "urgent", "snooze", "copy", "stand_in", "approve")  # what ends it comes last


def read(written: Sequence[Mapping[str, Any]]) -> list[Action]:
    """Return actions as they are kept. Raises InvalidInput."""
    try:
        found = _ACTIONS.validate_python(list(written))
    except ValidationError as error:
        problems: list[FieldProblem] = [
            {"field": f"actions.{fault['loc'][-1]}", "code": "invalid", "params": {}} for fault in error.errors()
        ]
        raise InvalidInput(problems) from error
    return sorted(found, key=lambda action: _ORDER.index(action.do))


def check(session: Session, written: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return actions to keep with a rule. Raises InvalidInput for a person, time or tag there cannot be."""
    found = read(written)
    for action in found:
        match action:
            case SendCopy(to=person):
                _check_person(session, person)
            case Snooze(time=time):
                _duration(time)
            case PutTag(tag=tag):
                tags.check_name(tag)
    if {"approve", "stand_in"} <= {action.do for action in found}:
        raise InvalidInput([{"field": "actions.approve", "code": "invalid", "params": {}}])
    return [action.model_dump(by_alias=True) for action in found]


def _check_person(session: Session, person: str) -> None:
    try:
        users.find(session, person)
    except NotFound as error:
        raise InvalidInput([{"field": "actions.to", "code": "not_an_option", "params": {"value": person}}]) from error


def _duration(written: str) -> timedelta:
    try:
        made = isodate.parse_duration(written)
        duration = made if isinstance(made, timedelta) else made.totimedelta(start=now())
    except (isodate.ISO8601Error, OverflowError, ValueError) as error:
        raise InvalidInput([{"field": "actions.for", "code": "invalid", "params": {}}]) from error
    if not timedelta() < duration <= LONGEST_SNOOZE:
        raise InvalidInput([{"field": "actions.for", "code": "invalid", "params": {}}])
    return duration


def require_own(task: TaskRow, owner: Principal) -> None:
    """Raise NotAllowed for a task that is another's, or nobody's yet."""
    if task.assignee != owner.user_id:
        raise NotAllowed("This task is not yours.")
