"""The columns of the lists: the standing ones, and the business fields that forms of the processes declare.

A column is one SQL expression, and everything a list does with it (show, sort, filter, count) goes through that
expression: a business field is null in a row whose reader is not shown it, and so can be found out in no other way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from process_server.db import Instant, table_of
from process_server.errors import InvalidInput
from process_server.forms.models import FileUse
from process_server.i18n import gettext_noop, translate
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks.context import definition, incident, instance
from process_server.tasks.deadlines import breach, sla
from process_server.tasks.inbox import tags
from process_server.tasks.inbox.lists import DUE, ME, NOW, Listing, TableName, copy, draft, task, watch
from process_server.tasks.models import Comment, TaskDecision

Kind: TypeAlias = Literal["text", "key", "number", "instant", "date", "boolean", "list", "span"]
"""text is looked into, a key is compared (ids, options); a list holds several keys; a span is seconds until now."""

FIELD = "field."
"""Begins the names of business fields."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `needs` are the tables its expression reads; `order` is what it is sorted by, where not its value.

    `nullable` is false where every row has a value: then an index on the expression alone serves the order.
    """

    name: str
    label: str
    kind: Kind
    value: ColumnElement[Any]
    needs: frozenset[TableName]
    label_en: str | None = None
    order: ColumnElement[Any] | None = None
    nullable: bool = True
    sortable: bool = True
    indexed: bool = False  # an index of the large lists serves its order
    costly: bool = False  # it is reckoned row by row: no index knows it
    has: Callable[[str], ColumnElement[bool]] | None = None  # finds by an index the rows that hold a value
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # labels in Chinese and English, by value

    @property
    def sorts(self) -> bool:
        """Whether a list can be sorted by it."""
        return self.sortable and self.kind != "list"


@dataclass(frozen=True, slots=True)
class BusinessField:
    """A variable that a form of some process declares, and where people are shown it.

    `everywhere` are versions that show it in every list, `steps` the steps (`<version>/<element>`) whose form shows it,
    `starts` versions whose start form shows it to who starts them.
    """

    name: str
    label: str
    label_en: str
    kind: Kind
    everywhere: frozenset[UUID] = frozenset()
    steps: frozenset[str] = frozenset()
    starts: frozenset[UUID] = frozenset()
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def _task(name: str, label: str, kind: Kind, value: ColumnElement[Any], **more: Any) -> Column:
    return Column(name, label, kind, value, frozenset({"task"}), **more)


def _case(name: str, label: str, kind: Kind, value: ColumnElement[Any], **more: Any) -> Column:
    return Column(name, label, kind, value, frozenset({"case"}), **more)


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
_CASE_ONLY = frozenset[TableName]({"case"})
_BREACH = breach.probability(NOW)

STANDING: Mapping[str, Column] = {
    column.name: column
    for column in (
        _task("title", gettext_noop("Task"), "text", task.c.name),
        _task("step", gettext_noop("Step"), "key", task.c.element_id),
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


@dataclass(frozen=True)
class Columns:
    """All columns one person can use in one list."""

    listing: Listing
    principal: Principal
    fields: Mapping[str, BusinessField] = field(default_factory=dict)

    def get(self, name: str, parameter: str = "column") -> Column:
        """Return a column. Raises InvalidInput, naming the parameter, for one that the list does not have."""
        found = self.find(name)
        if found is None:
            problem = {
                "field": parameter,
                "code": "unknown_column",
                "params": {"column": name, "list": self.listing.name},
            }
            raise InvalidInput([problem])  # type: ignore[list-item]
        return found

    def find(self, name: str) -> Column | None:
        """Return a column, None where the list has none of this name."""
        if name.startswith(FIELD):
            known = self.fields.get(name.removeprefix(FIELD))
            return self._business(known) if known is not None and self._has(known) else None
        found = STANDING.get(name)
        return found if found is not None and found.needs <= self.listing.tables else None

    def all(self) -> list[Column]:
        """Return every column of the list, the standing ones first."""
        standing = [each for each in STANDING.values() if each.needs <= self.listing.tables]
        return standing + [self._business(each) for each in self.fields.values() if self._has(each)]

    def _has(self, known: BusinessField) -> bool:
        """Say whether the person is shown the field anywhere; administrators are shown everything."""
        return self.principal.admin or bool(known.everywhere or known.steps or known.starts)

    def _business(self, known: BusinessField) -> Column:
        needs: set[TableName] = {"case"}
        held: ColumnElement[Any] = instance.c.variables.op("->", return_type=JSONB())(literal(known.name, Text()))
        with_task = "task" in self.listing.tables
        if with_task:
            needs.add("task")
            own = task.c.variables.op("->", return_type=JSONB())(literal(known.name, Text()))
            held = func.coalesce(own, held, type_=JSONB())
        value = typed(held, known.kind)
        shown = self._shown(known, with_task)
        value = value if shown is None else case((shown, value))
        if self.listing.base == "draft":  # what one has typed oneself comes first
            typed_in = draft.c["values"].op("->", return_type=JSONB())(literal(known.name, Text()))
            value = func.coalesce(typed(typed_in, known.kind), value)
        return Column(
            name=FIELD + known.name,
            label=known.label,
            label_en=known.label_en,
            kind=known.kind,
            value=value,
            needs=frozenset(needs),
            options=known.options,
            costly=True,
        )

    def _shown(self, known: BusinessField, with_task: bool) -> ColumnElement[bool] | None:
        """Return where a field may be read: null in all other rows. None where there is nothing to hide."""
        if self.principal.admin:
            return None
        version = task.c.definition_id if self.listing.base == "task" else instance.c.definition_id
        parts: list[ColumnElement[bool]] = [version.in_(sorted(known.everywhere))] if known.everywhere else []
        if with_task and known.steps:
            place = cast(task.c.definition_id, Text) + "/" + task.c.element_id
            parts.append(place == func.any(cast(literal(sorted(known.steps), ARRAY(Text)), ARRAY(Text))))
        if known.starts:
            parts.append(and_(instance.c.initiator == ME, version.in_(sorted(known.starts))))
        return or_(*parts) if parts else false()


def typed(held: ColumnElement[Any], kind: Kind) -> ColumnElement[Any]:
    """Return the value of a variable in `jsonb` as a typed one: null where it is of another type."""
    text: ColumnElement[Any] = held.op("#>>", return_type=Text())(literal_column("'{}'"))
    of_type = func.jsonb_typeof(held)
    match kind:
        case "number":
            return case((of_type == "number", cast(text, Numeric)))
        case "boolean":
            return case((of_type == "boolean", cast(text, Boolean)))
        case "date":
            return case((of_type == "object", held.op("->>", return_type=Text())(literal("$date", Text()))))
        case "instant":
            written = held.op("->>", return_type=Text())(literal("$datetime", Text()))
            return case((of_type == "object", cast(written, Instant)))
        case "list":
            items: Select[Any] = select(func.array_agg(literal_column("item"), type_=ARRAY(Text))).select_from(
                func.jsonb_array_elements_text(case((of_type == "array", held))).alias("item")
            )
            return items.scalar_subquery()
        case _:
            return case((of_type.in_(("string", "number", "boolean")), text))


__all__ = ["FIELD", "STANDING", "BusinessField", "Column", "Columns", "Kind", "typed"]
