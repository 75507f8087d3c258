"""What the routes about a task take and answer: hand it on, return it, what can be done with it, what was decided."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from process_server.api.ground.schemas import Name, Opinion, OptionalVariables, Request, Shown
from process_server.api.tasks.worklist import Seen
from process_server.tasks.handling import decisions


class HandOn(Seen):
    """To whom a task goes, and why."""

    to: Annotated[Name, Field(examples=["chen"])]
    opinion: Opinion = None


class Signers(Request):
    """Who is to sign as well: before whoever has the task decides, after them, or beside them."""

    people: Annotated[list[Name], Field(min_length=1, max_length=50, examples=[["wang"]])]
    where: Literal["before", "after", "beside"]
    opinion: Opinion = None


class Return(Seen):
    """Where a task goes back to; left out, to the submitter. `resume`: straight back to here when it is done again."""

    to: Annotated[Name | None, Field(description="The element of an earlier step: see targets.")] = None
    resume: bool = False
    opinion: Opinion = None
    reason: Annotated[Name | None, Field(description="The code of one of the step's reasons.")] = None


class Word(Request):
    """Something to say with it."""

    opinion: Opinion = None


class Preview(Request):
    """What the form would give."""

    variables: OptionalVariables


class Added(Shown):
    """The tasks of the added signers; in a sequence a signer's task comes when it is their turn."""

    tasks: list[UUID]


class SignerShown(Shown):
    """Somebody who was added and has not decided; `task_id` is null while their turn in a sequence has not come."""

    person: str
    task_id: UUID | None
    removable: bool


class SignersShown(Shown):
    """The signers added to the step of a task."""

    items: list[SignerShown]


class Returned(Shown):
    """The element the case went back to."""

    element_id: str


class Reminded(Shown):
    """Who was asked."""

    people: list[str]


class ActionShown(Shown):
    """Something that can be done with the task, or why not: the error it would answer."""

    action: str
    allowed: bool
    code: Annotated[str | None, Field(examples=["not_allowed"])]
    why_not: str | None


class Actions(Shown):
    """What there is to do."""

    items: list[ActionShown]


class TargetShown(Shown):
    """An earlier step, and who did it last."""

    element_id: str
    name: str
    person: str | None
    at: datetime


class Targets(Shown):
    """The steps it can be returned to."""

    items: list[TargetShown]


class ReasonShown(Shown):
    """Why one has the task, or sees it."""

    kind: str
    params: dict[str, Any]
    text: str


class Reasons(Shown):
    """All the reasons."""

    items: list[ReasonShown]


class StepShown(Shown):
    """A step that is expected to come. Not `certain`: after something nobody can know yet."""

    definition_id: UUID
    element: str
    name: str
    kind: str
    assignees: list[str]
    candidate_users: list[str]
    candidate_groups: list[str]
    due: datetime | None
    certain: bool


class DoubtShown(Shown):
    """Why it cannot be told how it goes on: choice, values, event, incident or length."""

    definition_id: UUID
    element: str
    reason: str
    names: list[str]


class Expected(Shown):
    """What is expected to follow; `ends`: the case is over then."""

    steps: list[StepShown]
    doubts: list[DoubtShown]
    ends: bool


class DecisionShown(Shown):
    """What somebody decided: appended, never changed. `shown` is what the form showed."""

    id: UUID
    process_instance_id: UUID
    user_task_id: UUID | None
    element_id: str | None
    action: Annotated[str, Field(examples=["approve", "reject", "submit", "return", "transfer"])]
    actor: str
    on_behalf_of: str | None
    at: datetime
    outcome: str | None
    opinion: str | None
    reason_code: str | None
    signature_id: UUID | None
    people: list[str]
    target: str | None
    form_definition_id: UUID | None
    shown: dict[str, Any] | None
    batch_id: UUID | None


class Decisions(Shown):
    """What was decided, in time."""

    items: list[DecisionShown]


def shown(row: decisions.DecisionRow) -> dict[str, Any]:
    """Return a decision as the API shows it."""
    return {name: getattr(row, name) for name in DecisionShown.model_fields}
