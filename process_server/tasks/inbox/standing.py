"""The columns that the lists of every installation have."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.db import table_of
from process_server.forms.models import FileUse
from process_server.i18n import gettext_noop, translate
from process_server.identity.models import User
from process_server.tasks.context import definition, incident, instance
from process_server.tasks.deadlines import breach, ranking, sla
from process_server.tasks.handling.models import Comment
from process_server.tasks.inbox import tags
from process_server.tasks.inbox.column import Column, Kind
from process_server.tasks.inbox.lists import DUE, ME, NOW, copy, draft, task, watch
from process_server.tasks.models import TaskDecision


def _task(name: str, label: str, kind: Kind, value: ColumnElement[Any], **more: Any) -> Column:
    return Column(name, label, kind, value, frozenset({"task"}), **more)


def _case(name: str, label: str, kind: Kind, value: ColumnElement[Any], **more: Any) -> Column:
    return Column(name, label, kind, value, frozenset({"case"}), **more)


def _at_step(wanted: str) -> ColumnElement[bool]:
    """Say whether a task is at a step: `<process>/<element>`, or `<element>` of any process."""
    process, _, element = wanted.rpartition("/")
    at = task.c.element_id == element
    if not process:
        return at
    versions = select(definition.c.id).where(definition.c.key == process).correlate(None)
    return and_(at, task.c.definition_id.in_(versions))


_comment, _file, _decision, _own_draft = (
    table_of(Comment),
    table_of(FileUse),
    table_of(TaskDecision),
    draft.alias("mine"),
)

_LAST_COMMENT = (
    select(_comment.c.text)
    .where(_comment.c.process_instance_id == instance.c.id)
    .order_by(_comment.c.created_at.desc(), _comment.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_FILES = select(func.count()).select_from(_file).where(_file.c.process_instance_id == instance.c.id).scalar_subquery()
_DEPARTMENT = select(User.department_id).where(User.id == instance.c.initiator).scalar_subquery()
_LAST_DECISION = (
    select(func.coalesce(_decision.c.outcome, _decision.c.action))
    .where(
        _decision.c.process_instance_id == instance.c.id,
        _decision.c.action.in_(("approve", "reject", "submit", "return", "timeout")),
    )
    .order_by(_decision.c.at.desc(), _decision.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_HAS_DRAFT = (
    select(literal(1))
    .where(_own_draft.c.user_id == ME, _own_draft.c.user_task_id == task.c.id)
    .correlate(task)
    .exists()
)
_OPEN_STEPS = (
    select(func.array_agg(func.distinct(literal_column("open_task.name")), type_=ARRAY(Text)))
    .select_from(task.alias("open_task"))
    .where(literal_column("open_task.process_instance_id") == instance.c.id, literal_column("open_task.state = 'open'"))
    .scalar_subquery()
)
_AT_WORK = (
    select(func.array_agg(func.distinct(literal_column("open_task.assignee")), type_=ARRAY(Text)))
    .select_from(task.alias("open_task"))
    .where(
        literal_column("open_task.process_instance_id") == instance.c.id,
        literal_column("open_task.state = 'open' AND open_task.assignee IS NOT NULL"),
    )
    .scalar_subquery()
)
_STUCK = (
    select(func.array_agg(func.distinct(literal_column("stopped.element_id")), type_=ARRAY(Text)))
    .select_from(incident.alias("stopped"))
    .where(
        literal_column("stopped.process_instance_id") == instance.c.id, literal_column("stopped.resolved_at IS NULL")
    )
    .scalar_subquery()
)
_BREACH = breach.probability(NOW)
_KEPT_RISK = -case((task.c.rank <= -ranking.LATE, task.c.rank + ranking.LATE), else_=task.c.rank)

STANDING: Mapping[str, Column] = {
    column.name: column
    for column in (
        _task("title", gettext_noop("Task"), "text", task.c.name),
        _task("step", gettext_noop("Step"), "key", task.c.element_id, has=_at_step),
        _task("state", gettext_noop("State"), "key", task.c.state),
        _task("assignee", gettext_noop("Assignee"), "key", task.c.assignee),
        _task("groups", gettext_noop("Groups"), "list", task.c.candidate_groups),
        _task("candidates", gettext_noop("Candidates"), "list", task.c.candidate_users),
        _task("priority", gettext_noop("Priority"), "number", task.c.priority, nullable=False, indexed=True),
        _task("due", gettext_noop("Due"), "instant", task.c.due_at, order=DUE, nullable=False, indexed=True),
        _task("follow_up", gettext_noop("Follow-up"), "instant", task.c.follow_up_at),
        _task("received", gettext_noop("Received"), "instant", task.c.created_at, nullable=False, indexed=True),
        _task(
            "waiting",
            gettext_noop("Waiting"),
            "span",
            cast(func.extract("epoch", NOW - task.c.created_at), Numeric),
            order=-cast(func.extract("epoch", task.c.created_at), Numeric),
            nullable=False,
        ),
        _task(
            "sla",
            gettext_noop("Time left"),
            "key",
            sla.state_column(NOW),
            nullable=False,
            options={state: (translate("zh-CN", text), text) for state, text in sla.STATES.items()},
        ),
        _task("breach", gettext_noop("Risk of delay"), "number", _BREACH, costly=True),
        _task("delay_cost", gettext_noop("Cost of a day's delay"), "number", task.c.delay_cost),
        _task("risk", gettext_noop("Expected cost of delay"), "number", _BREACH * task.c.delay_cost, costly=True),
        _task(
            "urgency", gettext_noop("Urgency"), "number", _KEPT_RISK, order=task.c.rank, nullable=False, indexed=True
        ),
        _task("warn", gettext_noop("Little time left from"), "instant", task.c.warn_at),
        _task("paused", gettext_noop("Paused since"), "instant", task.c.paused_at),
        _task("calendar", gettext_noop("Calendar"), "key", task.c.calendar),
        _task("title_en", gettext_noop("Task in English"), "text", task.c.name_en),
        _task("signing", gettext_noop("Added signer"), "key", task.c.signing),
        _task("unread", gettext_noop("Unread"), "boolean", task.c.opened_at.is_(None), nullable=False),
        _task("escalated", gettext_noop("Escalated"), "boolean", task.c.escalated_at.is_not(None), nullable=False),
        _task("delegated", gettext_noop("Delegated"), "boolean", task.c.owner.is_not(None), nullable=False),
        _task("owner", gettext_noop("Owner"), "key", task.c.owner),
        _task("done", gettext_noop("Done"), "instant", task.c.completed_at, nullable=False, indexed=True),
        _task("outcome", gettext_noop("Decision"), "key", task.c.outcome),
        _task("on_behalf_of", gettext_noop("On behalf of"), "key", task.c.on_behalf_of),
        _task("tags", gettext_noop("Tags"), "list", tags.VALUE, costly=True, has=tags.has),
        _task("draft", gettext_noop("Draft"), "boolean", _HAS_DRAFT, nullable=False, costly=True),
        _case("business_key", gettext_noop("Business key"), "text", instance.c.business_key),
        _case("initiator", gettext_noop("Initiator"), "key", instance.c.initiator),
        _case("department", gettext_noop("Department"), "key", _DEPARTMENT, costly=True),
        _case("started", gettext_noop("Started"), "instant", instance.c.started_at, nullable=False, indexed=True),
        _case("ended", gettext_noop("Ended"), "instant", instance.c.ended_at),
        _case("case_state", gettext_noop("State of the case"), "key", instance.c.state),
        _case("suspended", gettext_noop("Suspended since"), "instant", instance.c.suspended_at),
        _case("comment", gettext_noop("Last comment"), "text", _LAST_COMMENT, costly=True),
        _case("attachments", gettext_noop("Attachments"), "number", _FILES, nullable=False, costly=True),
        _case("decision", gettext_noop("Previous decision"), "key", _LAST_DECISION, costly=True),
        _case("waits_at", gettext_noop("Waits at"), "list", _OPEN_STEPS, costly=True),
        _case("at_work", gettext_noop("At work"), "list", _AT_WORK, costly=True),
        _case("stuck_at", gettext_noop("Stuck at"), "list", _STUCK, costly=True),
        Column("process", gettext_noop("Process"), "key", definition.c.key, frozenset({"process"})),
        Column("version", gettext_noop("Version"), "number", definition.c.version, frozenset({"process"})),
        Column(
            "copied",
            gettext_noop("Copy received"),
            "instant",
            copy.c.at,
            frozenset({"copy"}),
            nullable=False,
            indexed=True,
        ),
        Column("sender", gettext_noop("Sender"), "key", copy.c.sender, frozenset({"copy"})),
        Column("opinion", gettext_noop("Opinion"), "text", copy.c.opinion, frozenset({"copy"})),
        Column("read", gettext_noop("Read"), "instant", copy.c.read_at, frozenset({"copy"})),
        Column(
            "watched", gettext_noop("Watched since"), "instant", watch.c.since, frozenset({"watch"}), nullable=False
        ),
        Column("saved", gettext_noop("Saved"), "instant", draft.c.saved_at, frozenset({"draft"}), nullable=False),
        Column(
            "raised",
            gettext_noop("Since"),
            "instant",
            incident.c.created_at,
            frozenset({"incident"}),
            nullable=False,
            indexed=True,
        ),
        Column("problem", gettext_noop("Problem"), "text", incident.c.message, frozenset({"incident"})),
        Column("problem_code", gettext_noop("Code"), "key", incident.c.code, frozenset({"incident"})),
        Column("place", gettext_noop("Step"), "key", incident.c.element_id, frozenset({"incident"})),
    )
}
"""The columns every installation has, by name."""
