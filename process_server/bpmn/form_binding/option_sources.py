"""Cases as options of forms, and the search in every source that forms may name."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, String, cast, or_, select

from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import Session, table_of
from process_server.forms import sources
from process_server.forms.sources import Choice, Wanted

_instance, _definition = table_of(ProcessInstance), table_of(ProcessDefinition)

_CASES = select(
    _instance.c.id,
    _instance.c.business_key,
    _instance.c.state,
    _instance.c.initiator,
    _instance.c.started_at,
    _instance.c.variables,
    _definition.c.key.label("process"),
    _definition.c.name.label("process_name"),
    _definition.c.name_en.label("process_name_en"),
).join(_definition, _definition.c.id == _instance.c.definition_id)


class Cases:
    """Process instances somebody may look at; the property `process` narrows them to one process."""

    def search(self, session: Session, wanted: Wanted) -> Sequence[Choice]:
        """Return cases whose business key or id contains the text, the newest first."""
        found = self._narrowed(wanted)
        if wanted.text:
            columns = (_instance.c.business_key, cast(_instance.c.id, String))
            found = found.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
        page = found.order_by(_instance.c.started_at.desc()).limit(wanted.limit).offset(wanted.offset)
        return [_case(row, wanted) for row in session.execute(page).mappings()]

    def find(self, session: Session, keys: Sequence[str], wanted: Wanted) -> Iterable[Choice]:
        """Return cases by id."""
        ids = [identifier for identifier in map(_identifier, keys) if identifier is not None]
        found = self._narrowed(wanted, few=True).where(_instance.c.id.in_(ids))
        return [_case(row, wanted) for row in session.execute(found).mappings()]

    def _narrowed(self, wanted: Wanted, few: bool = False) -> Any:
        process = wanted.settings.get("process", "")
        found = _CASES.where(_definition.c.key == process) if process else _CASES
        return found if wanted.principal is None else only_visible(found, wanted.principal, few)


def _case(row: RowMapping, wanted: Wanted) -> Choice:
    """Name a case by its business key; what a lookup takes is one of its own facts or of its variables."""
    name = row["process_name_en"] if wanted.english and row["process_name_en"] else row["process_name"]
    data = {
        "business_key": row["business_key"],
        "state": row["state"],
        "initiator": row["initiator"],
        "started_at": row["started_at"],
        "process": row["process"],
    }
    take = wanted.settings.get("take", "")
    if take and take not in data:
        data[take] = row["variables"].get(take)
    return Choice(str(row["id"]), row["business_key"] or str(row["id"]), detail=name or row["process"], data=data)


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def search(session: Session, source: str, wanted: Wanted) -> list[Choice]:
    """Search a source by its name. Raises NotFound."""
    return list(sources.source(source).search(session, wanted))


def find(session: Session, source: str, keys: Sequence[str], wanted: Wanted) -> list[Choice]:
    """Return the options of exactly these keys. Raises NotFound."""
    return list(sources.source(source).find(session, keys, wanted))


sources.register("cases", Cases())
