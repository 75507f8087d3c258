"""Operating a running instance: suspending it, where its tokens stand, and moving them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field, model_validator

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Name, OptionalVariables, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn import commands, queries
from process_server.bpmn.commands import Begin, Cancel, Instruction
from process_server.bpmn.engine.standing import Standing
from process_server.bpmn.visibility import require_visible
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/instances/{instance_id}", "instances")


class TokenShown(Shown):
    """A token at an element, with those inside of it: of a subprocess, of a loop (`x#multiInstanceBody`)."""

    id: UUID
    element_id: str
    type: str
    name: str | None
    stopped: Annotated[bool, Field(description="By an incident.")]
    inside: "list[TokenShown]"


class Tokens(Shown):
    """Where the tokens of an instance stand."""

    items: list[TokenShown]


class CancelSent(Request):
    """Take away what stands at an element, or one token; a subprocess left empty goes with it."""

    do: Literal["cancel"]
    element: Name | None = None
    token: Id | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "CancelSent":
        if (self.element is None) == (self.token is None):
            raise ValueError("Give either element or token.")
        return self

    def read(self) -> Instruction:
        """Return the instruction as the engine takes it."""
        return Cancel(self.element, self.token)


class BeginSent(Request):
    """Begin before or after an element, or along a sequence flow; subprocesses around it are opened as needed.

    `ancestor` is the token of the subprocess or loop inside of which to begin, or the instance itself.
    """

    do: Literal["begin"]
    at: Annotated[Name, Field(examples=["check_invoice"])]
    moment: Literal["before", "after", "along"] = "before"
    ancestor: Id | None = None
    variables: OptionalVariables
    local_variables: OptionalVariables

    def read(self) -> Instruction:
        """Return the instruction as the engine takes it."""
        return Begin(
            self.at,
            self.moment,
            ancestor=self.ancestor,
            variables=dict(self.variables),
            local=dict(self.local_variables),
        )


class Modification(Request):
    """What to do to the tokens of an instance, in this order: all of it, or nothing."""

    instructions: Annotated[
        list[Annotated[CancelSent | BeginSent, Field(discriminator="do")]], Field(min_length=1, max_length=1_000)
    ]
    reason: Annotated[Text, Field(max_length=2000, description="Kept in the timeline.")] = ""
    skip: Annotated[
        list[Literal["listeners", "mappings"]],
        Field(default_factory=list, max_length=2, description="What does not run until the instance waits again."),
    ]


class Suspension(Request):
    """Why a case is suspended or activated: kept in the audit."""

    reason: Annotated[Text, Field(max_length=2000)] = ""


@router.post("/suspend", status_code=204, responses=documented(404, 409, 413))
@transaction("processes:write")
def suspend(session: Session, actor: Principal, instance_id: UUID, body: Suspension | None = None) -> Response:
    """Suspend a running instance with all it called, for administrators.

    Its tasks cannot be worked, its jobs are not handed out, messages and signals pass it by, its timers wait.
    """
    commands.suspend_instance(session, instance_id, True, actor=actor, reason=body.reason if body else "")
    return nothing()


@router.post("/activate", status_code=204, responses=documented(404, 409, 413))
@transaction("processes:write")
def activate(session: Session, actor: Principal, instance_id: UUID, body: Suspension | None = None) -> Response:
    """Let a suspended instance go on with all it called, for administrators; timers that fell due fire now."""
    commands.suspend_instance(session, instance_id, False, actor=actor, reason=body.reason if body else "")
    return nothing()


@router.get("/tokens", response_model=Tokens, responses=documented(404, 409))
@transaction("processes:read")
def tokens(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Show where the tokens of a running instance stand, as a tree."""
    require_visible(session, instance_id, actor)
    tree = queries.where_tokens_stand(session, instance_id)
    return answer({"items": [_shown(each) for each in tree.inside]})


def _shown(each: Standing) -> dict[str, Any]:
    return {
        "id": each.token,
        "element_id": each.element,
        "type": each.type,
        "name": each.name,
        "stopped": each.stopped,
        "inside": [_shown(inner) for inner in each.inside],
    }


@router.post("/modify", status_code=204, responses=documented(404, 409, 413))
@transaction("processes:write")
def modify(session: Session, actor: Principal, instance_id: UUID, body: Modification) -> Response:
    """Take tokens away and let others begin elsewhere, for administrators.

    An instance without any token left ends as cancelled; a suspended one stays suspended.
    """
    commands.modify_instance(
        session,
        instance_id,
        [each.read() for each in body.instructions],
        actor=actor,
        reason=body.reason,
        skipped=body.skip,
    )
    return nothing()
