"""Deployed process and decision definitions, compiled once per version and kept in this process."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.models import DecisionDefinition, ProcessDefinition, Resource
from process_server.bpmn.program import Program
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.expressions.dmn import DecisionModel, read_decisions
from process_server.i18n import Named

T = TypeVar("T")


class Shelf(Generic[T]):
    """Keeps what never changes, the least recently used dropped first. Safe between threads."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.items: OrderedDict[UUID, T] = OrderedDict()
        self.lock = Lock()

    def get(self, key: UUID, make: Callable[[], T]) -> T:
        """Return the item, made on first use."""
        with self.lock:
            if key in self.items:
                self.items.move_to_end(key)
                return self.items[key]
        item = make()
        with self.lock:
            self.items[key] = item
            while len(self.items) > self.size:
                self.items.popitem(last=False)
        return item

    def clear(self) -> None:
        """Forget everything (a test changes the database)."""
        with self.lock:
            self.items.clear()


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a process, ready to run."""

    id: UUID
    key: str
    version: int
    version_tag: str | None
    deployment_id: UUID
    resource_id: UUID
    program: Program

    @property
    def name(self) -> str:
        """The name in the model, or the key."""
        return self.program.name or self.key

    @property
    def named(self) -> Named:
        """The name for a message whose reader's language is not known."""
        return Named(self.name, self.localised_name("en"))

    def localised_name(self, language: str) -> str:
        """The name in the reader's language."""
        return self.program.localised_name(language) or self.key


_definitions: Shelf[Definition] = Shelf(1000)
_decisions: Shelf[DecisionModel] = Shelf(300)

_definition = table_of(ProcessDefinition)
_decision = table_of(DecisionDefinition)
_resource = table_of(Resource)

_ONE = select(
    _definition.c.id,
    _definition.c.key,
    _definition.c.version,
    _definition.c.version_tag,
    _definition.c.deployment_id,
    _definition.c.resource_id,
    _resource.c.name.label("file"),
    _resource.c.content,
).join(_resource, _resource.c.id == _definition.c.resource_id)


def definition(session: Session, definition_id: UUID) -> Definition:
    """Return one version of a process. Raises NotFound."""
    return _definitions.get(definition_id, lambda: _compile(session, definition_id))


def _compile(session: Session, definition_id: UUID) -> Definition:
    row = session.execute(_ONE.where(_definition.c.id == definition_id)).one_or_none()
    if row is None:
        raise NotFound(kind="process definition", id=definition_id)
    (program, *_), _ = read_processes(row.content, row.file, only=row.key)
    return Definition(row.id, row.key, row.version, row.version_tag, row.deployment_id, row.resource_id, program)


def find_definition_id(
    session: Session,
    key: str,
    *,
    binding: str = "latest",
    version: str | None = None,
    deployment_id: UUID | None = None,
) -> UUID:
    """Find the version of a process that a binding means.

    `binding` is latest, deployment (the version deployed with `deployment_id`), version or version_tag.
    Raises NotFound.
    """
    query = select(_definition.c.id).where(_definition.c.key == key).order_by(_definition.c.version.desc()).limit(1)
    found = session.execute(_bound(query, _definition, binding, version, deployment_id)).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="process definition", id=key if version is None else f"{key}:{version}")
    return UUID(str(found))


def decision_model(
    session: Session,
    key: str,
    *,
    binding: str = "latest",
    version: str | None = None,
    deployment_id: UUID | None = None,
) -> DecisionModel:
    """Return the model that holds a decision, in the version a binding means. Raises NotFound."""
    query = select(_decision.c.resource_id).where(_decision.c.key == key).order_by(_decision.c.version.desc()).limit(1)
    resource_id = session.execute(_bound(query, _decision, binding, version, deployment_id)).scalar_one_or_none()
    if resource_id is None:
        raise NotFound(kind="decision", id=key)

    def read() -> DecisionModel:
        row = session.execute(select(_resource.c.name, _resource.c.content).where(_resource.c.id == resource_id)).one()
        return read_decisions(row.content, row.name)[0]

    return _decisions.get(resource_id, read)


def _bound(
    query: Select[Any], table: Table, binding: str, version: str | None, deployment_id: UUID | None
) -> Select[Any]:
    if binding == "deployment" and deployment_id is not None:
        return query.where(table.c.deployment_id == deployment_id)
    if binding == "version" and version is not None and version.isdecimal():
        return query.where(table.c.version == int(version))
    if binding == "version_tag" and version is not None and "version_tag" in table.c:
        return query.where(table.c.version_tag == version)
    return query


def forget() -> None:
    """Drop what this process keeps (the database is another one)."""
    _definitions.clear()
    _decisions.clear()
