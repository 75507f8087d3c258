"""What a request asks of a list: which rows, in which order, with which columns."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from process_server.api.ground.schemas import Cursor, Id, Limit, Query, Text
from process_server.bpmn import queries
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.columns import Columns

ListName = Literal[
    "todo",
    "queue",
    "done",
    "started",
    "copied",
    "on_behalf",
    "watching",
    "drafts",
    "snoozed",
    "team",
    "overdue",
    "incidents",
    "all",
]
"""The names of `tasks.lists.LISTS`; a test compares."""

MOST_COLUMNS = 60
USUAL = ("title", "summary", "process", "business_key", "initiator", "received", "due", "priority", "assignee")
"""Shown where nobody says which: those of them that a list has."""


def _names(written: str) -> str:
    if len(written.split(",")) > MOST_COLUMNS:
        raise PydanticCustomError("too_many", "At most {maximum} columns.", {"maximum": MOST_COLUMNS})
    return written


ColumnNames = Annotated[
    Text,
    AfterValidator(_names),
    Field(
        max_length=4_000,
        examples=["title,due,field.amount"],
        description="Columns separated by commas, as `GET /inbox/{list}/columns` names them. Left out: the usual ones.",
    ),
]


class ListQuery(Query):
    """Which rows of a list."""

    filter: Annotated[
        list[Text],
        Field(
            default_factory=list,
            max_length=50,
            examples=[["process:lead", "due:overdue", "field.amount:100..500"]],
            description="`<column>:<what>`. A key: its value. A text: what it contains, or `=` and the whole. "
            "A number, date or instant: `100..500`, `100..`, `..500` or one value; a due date also `overdue`, "
            "`today`, `3d`, `7d`, `later`. A boolean: yes or no. `-`: nothing, `*`: anything. The same column "
            "twice: either.",
        ),
    ]
    text: Annotated[
        Text,
        Field(max_length=200, description="Free text: steps, processes, business keys, summaries, comments."),
    ] = ""
    where: Annotated[
        Text,
        Field(
            max_length=2_000,
            examples=["amount > 50000 and due < now()"],
            description="A condition over the columns in the language of gateways.",
        ),
    ] = ""
    id: Annotated[
        list[Id], Field(default_factory=list, max_length=500, description="Only these rows, such as those selected.")
    ]
    on_behalf_of: Annotated[Text, Field(max_length=255, description="In the list on_behalf: of whom.")] = ""

    def of(self, name: str, sort: str = "") -> inbox.Query:
        """Return it as the inbox understands it."""
        return inbox.Query(name, tuple(self.filter), self.text, self.where, sort, self.on_behalf_of, tuple(self.id))


Sort = Annotated[
    Text,
    Field(
        max_length=300,
        examples=["-field.amount,due"],
        description="Up to three columns separated by commas; a minus sorts downwards. Left out: as the list does.",
    ),
]


class PageQuery(ListQuery):
    """Which rows of a list, in which order, with which columns, and which page of them."""

    columns: ColumnNames = ""
    sort: Sort = ""
    limit: Limit = 50
    cursor: Cursor = None


class FacetQuery(ListQuery):
    """Which facets of which rows."""

    facet: Annotated[
        list[Text],
        Field(
            default_factory=list, max_length=50, description="Columns to count the values of. Left out: all that can."
        ),
    ]
    like: Annotated[Text, Field(max_length=100, description="Of texts only the values that contain this.")] = ""


class ExportQuery(ListQuery):
    """Which rows of a list, in which order, with which columns, written how."""

    columns: ColumnNames = ""
    sort: Sort = ""
    format: Literal["xlsx", "csv"] = "xlsx"


def chosen(columns: Columns, written: str) -> list[str]:
    """Return which columns are shown where a request names some, or none."""
    if written:
        return [name for name in written.split(",") if name]
    return [name for name in USUAL if name in queries.DRAWN or columns.find(name) is not None]
