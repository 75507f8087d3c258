"""What a connector is: its inputs as a model, and what it does with them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from process_server.db import Session


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a connector: the job's id, the transaction of a transactional one, the process that calls."""

    key: UUID
    session: Session | None
    instance_id: UUID | None

    @property
    def open_session(self) -> Session:
        """The transaction; the registry has seen to it that a transactional connector has one."""
        if self.session is None:
            raise TypeError("this connector runs inside a transaction")
        return self.session


class Connector(BaseModel, ABC):
    """The inputs of a connector; an input it does not know is refused, so that a misspelt one is seen."""

    model_config = ConfigDict(extra="forbid")

    transactional: ClassVar[bool]

    @abstractmethod
    def run(self, call: Call) -> dict[str, Any]:
        """Do the work; return the result variables. Raises ConnectorError."""


def _as_list(value: Any) -> Any:
    if value is None:
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
    return value


Names = Annotated[list[str], BeforeValidator(_as_list)]
"""One name, several separated by commas, or a list."""


class ConnectorError(Exception):
    """A call to another system failed. `permanent` says that trying again cannot help.

    Never HTTP: the job that called retries with back-off, then becomes an incident.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class BpmnError(Exception):
    """An error the model knows by its code; a boundary event or event subprocess may catch it."""

    def __init__(self, error_code: str, message: str = "", variables: dict[str, Any] | None = None) -> None:
        super().__init__(message or error_code)
        self.error_code = error_code
        self.message = message
        self.variables = variables or {}
