"""User tasks: the worklist, and everything a person does to a task but what its form says."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Instant, Limit, Name, Page, Priority, Query, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn.commands import standalone
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming, handing, offering, wording
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import SortBy, Which

router = resource("/tasks", "tasks")

Revision = Annotated[
    int | None,
    Field(ge=1, description="The revision you have seen: 409 `stale_revision` if somebody changed the task since."),
]


class TaskShown(Shown):
    """A user task with the process it belongs to. `variables` are those of the instance, where they were asked for."""

    id: UUID
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    name: str
    description: Annotated[str | None, Field(description="What the model says of the step, or whoever made the task.")]
    state: Annotated[str, Field(examples=["open", "held", "completed", "cancelled"])]
    assignee: str | None
    candidate_users: list[str]
    candidate_groups: list[str]
    priority: int
    due_at: datetime | None
    warn_at: Annotated[datetime | None, Field(description="From when on little of its time is left.")]
    calendar: Annotated[str | None, Field(description="Of its working time; empty: its time runs day and night.")]
    paused_at: Annotated[datetime | None, Field(description="Since when its clock stands still.")]
    paused_by: Annotated[str | None, Field(description="Who stopped it; empty: the model did.")]
    pause_reason: str | None
    follow_up_at: datetime | None
    form_key: str | None
    form_definition_id: Annotated[UUID | None, Field(description="The version of a form that it keeps.")]
    created_at: datetime
    opened_at: datetime | None
    claimed_at: datetime | None
    completed_at: datetime | None
    completed_by: str | None
    outcome: str | None
    escalated_at: datetime | None
    owner: Annotated[str | None, Field(description="Who delegated it, and gets it back.")]
    delegation: Annotated[str | None, Field(examples=["pending", "resolved"])]
    parent_id: Annotated[UUID | None, Field(description="Of an added signer's task: the task it was added to.")]
    signing: Annotated[str | None, Field(examples=["before", "after", "beside"])]
    on_behalf_of: Annotated[str | None, Field(description="For whom a stand-in completed it.")]
    nudged_at: datetime | None
    barred: Annotated[list[str], Field(description="Who may never be the one to decide it.")]
    actions: Annotated[list[str] | None, Field(description="Of an approval: what the model lets people do with it.")]
    revision: int
    business_key: str | None
    initiator: str | None
    started_at: datetime
    process_key: str
    process_name: str | None
    process_name_en: str | None
    process_version: int
    variables: dict[str, Any] | None


class TaskFilter(Query):
    """Which tasks. What is not given does not restrict."""

    list: Annotated[
        Which,
        Field(
            description="mine: assigned to me. claimable: offered to me and not taken. done: completed by me. team: "
            "assigned to who reports to me. all: every open task I have to do with; to an administrator, all."
        ),
    ] = "all"
    instance: UUID | None = None
    process_key: Text | None = None
    element: Text | None = None
    assignee: Text | None = None
    candidate_user: Text | None = None
    candidate_group: Text | None = None
    business_key: Text | None = None
    initiator: Text | None = None
    text: Annotated[Text | None, Field(max_length=200, description="In names and business keys.")] = None
    due_before: Instant | None = None
    due_after: Instant | None = None
    follow_up_before: Annotated[Instant | None, Field(description="Not put off beyond this instant.")] = None
    created_before: Instant | None = None
    created_after: Instant | None = None
    priority_from: Priority | None = None
    priority_to: Priority | None = None
    unassigned: bool | None = None

    def filter(self) -> worklist.Filter:
        """Return what the worklist calls a filter."""
        given = {name: getattr(self, name) for name in TaskFilter.model_fields if name != "list"}
        return worklist.Filter(**given)


class TaskQuery(TaskFilter):
    """Which tasks, in which order, and which page of them."""

    sort: Annotated[SortBy | None, Field(description="A minus sorts downwards. Left out: by due date.")] = None
    with_variables: Annotated[bool, Field(description="With the instance's variables; for administrators.")] = False
    limit: Limit = 50
    cursor: Cursor = None


class Count(Shown):
    """How many there are, counted up to 1000."""

    count: int


class Changed(Shown):
    """The task's new revision."""

    id: UUID
    revision: int


class Seen(Request):
    """Which revision of the task you have seen."""

    revision: Revision = None


class Assignment(Seen):
    """Whose task it is from now on."""

    assignee: Annotated[Name, Field(examples=["chen"])]


class Update(Seen):
    """What to change; what is left out stays, null takes a date away."""

    due_at: Instant | None = None
    follow_up_at: Instant | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50


class NewTask(Request):
    """A task that belongs to no process."""

    name: Annotated[Text, Field(min_length=1, max_length=wording.LONGEST["name"], examples=["Call back"])]
    description: Annotated[Text | None, Field(max_length=wording.LONGEST["description"])] = None
    assignee: Name | None = None
    due_at: Instant | None = None
    follow_up_at: Instant | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50


class Made(Shown):
    """The new task."""

    id: UUID


class Candidates(Seen):
    """Who may claim the task: people by name, and groups."""

    users: Annotated[list[Name], Field(default_factory=list, max_length=offering.MOST)]
    groups: Annotated[list[Name], Field(default_factory=list, max_length=offering.MOST)]


@router.get("", response_model=Page[TaskShown])
@transaction("tasks:read")
def find(session: Session, actor: Principal, query: Annotated[TaskQuery, QueryParameters()]) -> Response:
    """List user tasks."""
    if query.with_variables:
        actor.require_admin()
    page = worklist.list_tasks(
        session,
        actor,
        query.list,
        query.filter(),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
        with_variables=query.with_variables,
    )
    return answer({"items": [shown_task(row) for row in page.rows], "next": page.next})


def shown_task(row: worklist.TaskRow) -> worklist.TaskRow:
    """Return a task as the API shows it."""
    return row if row.variables is None else dataclasses.replace(row, variables=values.show(row.variables))


@router.post("", status_code=201, response_model=Made, responses=documented(404, 413))
@transaction("tasks:write")
def create(session: Session, actor: Principal, body: NewTask) -> Response:
    """Make a task that belongs to no process. Without an assignee it is offered to whoever makes it."""
    made = standalone.create_task(session, body.name, actor=actor, **body.model_dump(exclude={"name"}))
    return answer({"id": made}, 201)


@router.delete("/{task_id}", status_code=204, responses=documented(404, 409))
@transaction("tasks:write")
def delete(session: Session, actor: Principal, task_id: UUID) -> Response:
    """Delete a task that belongs to no process; who made it may, and administrators."""
    standalone.delete_task(session, task_id, actor=actor)
    return nothing()


@router.put("/{task_id}/candidates", response_model=Changed, responses=documented(404, 409, 413))
@transaction("tasks:write")
def offer(session: Session, actor: Principal, task_id: UUID, body: Candidates) -> Response:
    """Offer a task to these people and groups, and to nobody else; who can hand it on may."""
    revision = offering.offer(session, task_id, actor, people=body.users, groups=body.groups, revision=body.revision)
    return changed(task_id, revision)


@router.get("/count", response_model=Count)
@transaction("tasks:read")
def count(session: Session, actor: Principal, query: Annotated[TaskFilter, QueryParameters()]) -> Response:
    """Count user tasks, up to 1000."""
    return answer({"count": worklist.count_tasks(session, actor, query.list, query.filter())})


@router.get("/{task_id}", response_model=TaskShown, responses=documented(404))
@transaction("tasks:read")
def get(session: Session, actor: Principal, task_id: UUID) -> Response:
    """Get a task, open or not."""
    return answer(shown_task(worklist.find_task(session, task_id, actor)))


@router.post("/{task_id}/claim", response_model=Changed, responses=documented(404, 409))
@transaction("tasks:write")
def claim(session: Session, actor: Principal, task_id: UUID) -> Response:
    """Take a task that is offered to me. Somebody was faster: 409 `already_claimed` says who."""
    return changed(task_id, claiming.claim(session, task_id, actor))


@router.post("/{task_id}/release", response_model=Changed, responses=documented(404, 409, 413))
@transaction("tasks:write")
def release(session: Session, actor: Principal, task_id: UUID, body: Seen | None = None) -> Response:
    """Give a task back to those it is offered to."""
    return changed(task_id, claiming.release(session, task_id, actor, revision=body.revision if body else None))


@router.post("/{task_id}/assign", response_model=Changed, responses=documented(404, 409, 413))
@transaction("tasks:write")
def assign(session: Session, actor: Principal, task_id: UUID, body: Assignment) -> Response:
    """Hand a task to somebody, who is told."""
    return changed(task_id, handing.transfer(session, task_id, body.assignee, principal=actor, revision=body.revision))


@router.patch("/{task_id}", response_model=Changed, responses=documented(404, 409, 413))
@transaction("tasks:write")
def update(session: Session, actor: Principal, task_id: UUID, body: Update) -> Response:
    """Change when a task is due, until when it is put off, or how urgent it is."""
    changes = {name: getattr(body, name) for name in body.model_fields_set & set(claiming.SETTABLE)}
    return changed(task_id, claiming.reschedule(session, task_id, actor, changes, revision=body.revision))


def changed(task_id: UUID, revision: int) -> Response:
    """Answer with the task's new revision."""
    return answer({"id": task_id, "revision": revision})
