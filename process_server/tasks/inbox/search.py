"""Free text over a list: names of steps and processes, business keys, the summary of a case, comments.

Every text is indexed by its characters and pairs of characters, which finds parts of words in any language, those of
two Chinese characters too. A text that few open tasks hold is found by the indexes; one that many hold is found by
walking the list, whose first page is soon full.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from process_server.db import Session, table_of
from process_server.errors import InvalidInput
from process_server.tasks.context import definition, instance
from process_server.tasks.handling.models import Comment
from process_server.tasks.inbox.conditions import contains
from process_server.tasks.inbox.lists import Listing, TableName, task

LONGEST = 200  # characters of a text to look for
RARE = 2_000  # open tasks that hold it
_LARGE = frozenset({"queue", "team", "overdue", "all"})
_comment = table_of(Comment)

_PROCESSES = (
    select(definition.c.id)
    .where(or_(definition.c.name.ilike(bindparam("pattern")), definition.c.name_en.ilike(bindparam("pattern"))))
    .limit(1_000)
)
_CANDIDATES = text(
    """
    (SELECT t.id FROM process_instance i JOIN user_task t ON t.process_instance_id = i.id AND t.state = 'open'
     WHERE i.state = 'active' AND search_grams(i.search_text) @> :grams AND i.search_text ILIKE :pattern LIMIT :most)
    UNION
    (SELECT id FROM user_task
     WHERE state = 'open' AND search_grams(name) @> :grams AND name ILIKE :pattern LIMIT :most)
    UNION
    (SELECT t.id FROM comment c JOIN user_task t ON t.process_instance_id = c.process_instance_id AND t.state = 'open'
     WHERE search_grams(c.text) @> :grams AND c.text ILIKE :pattern LIMIT :most)
    UNION
    (SELECT id FROM user_task WHERE state = 'open' AND definition_id = ANY (:processes) LIMIT :most)
    LIMIT :most
    """
).bindparams(bindparam("grams", type_=ARRAY(Text)), bindparam("processes", type_=ARRAY(Uuid)))


def grams(wanted: str) -> list[str]:
    """Return the pairs of characters a text is looked up by; of a single character, itself."""
    folded = wanted.lower()
    return sorted({folded[at : at + 2] for at in range(len(folded) - 1)}) or [folded]


def pattern(wanted: str) -> str:
    """Return the text as LIKE wants it."""
    escaped = wanted.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def condition(session: Session, listing: Listing, wanted: str) -> tuple[ColumnElement[bool], frozenset[TableName]]:
    """Return what rows that hold a text have to meet, and the tables it reads. Raises InvalidInput."""
    if len(wanted) > LONGEST or "\0" in wanted:
        raise InvalidInput([{"field": "text", "code": "length", "params": {"minimum": 1, "maximum": LONGEST}}])
    processes = list(session.scalars(_PROCESSES, {"pattern": pattern(wanted)}))
    if listing.name in _LARGE:
        found = _candidates(session, wanted, processes)
        if len(found) <= RARE:
            return task.c.id == func.any(literal(found, ARRAY(Uuid))), frozenset({"task"})
    return _walked(listing, wanted, processes)


def _candidates(session: Session, wanted: str, processes: list[UUID]) -> list[UUID]:
    values: dict[str, Any] = {"grams": grams(wanted), "pattern": pattern(wanted), "processes": processes}
    return list(session.scalars(_CANDIDATES, values | {"most": RARE + 1}))


def _walked(listing: Listing, wanted: str, processes: list[UUID]) -> tuple[ColumnElement[bool], frozenset[TableName]]:
    needs: set[TableName] = {"case"}
    about = exists().where(_comment.c.process_instance_id == instance.c.id, contains(_comment.c.text, wanted))
    parts = [contains(instance.c.search_text, wanted), about.correlate(instance)]
    if "task" in listing.tables:
        needs.add("task")
        parts.append(contains(task.c.name, wanted))
    if processes:
        needs.add("process")
        parts.append(definition.c.id.in_(processes))
    return or_(*parts), frozenset(needs)
