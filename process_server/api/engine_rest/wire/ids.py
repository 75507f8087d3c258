"""Ids of definitions: key:version:uuid, from which clients read the key."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, WithJsonSchema

from process_server.errors import NotFound

NOTHING = UUID(int=0)
"""What an id that cannot be one is taken for where it is sought: it is found nowhere."""


def definition_id(key: str, version: int, held: UUID) -> str:
    """Return the id of a process or decision definition as the wire has it."""
    return f"{key}:{version}:{held}"


def read_definition_id(text: str, kind: str = "process definition") -> UUID:
    """Return our id of a definition; it may also stand alone. Raises NotFound."""
    return read_id(text.rpartition(":")[2], kind=kind)


def read_id(text: str, *, kind: str) -> UUID:
    """Return the id that a text is. Raises NotFound, for there is nothing that is called otherwise."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(kind=kind, id=text) from error


def _sought(given: Any) -> UUID:
    if isinstance(given, UUID):
        return given
    try:
        return UUID(str(given).rpartition(":")[2])
    except ValueError:
        return NOTHING


SoughtId = Annotated[UUID, BeforeValidator(_sought), WithJsonSchema({"type": "string"})]
"""An id in a query: of a case, a task, a definition (key:version:uuid), a visit (element:uuid)."""
