"""What incidents are called on the wire."""

from typing import Annotated

from pydantic import AfterValidator

from process_server.api.ground.schemas import Text

KINDS = {"worker": "failedExternalTask", "server": "failedJob"}
"""Our kinds of incidents, with Camunda's types."""


def kind_of(wire_type: str) -> str:
    """Return our kind of an incident; a type that Camunda does not know either is found nowhere."""
    return next((kind for kind, name in KINDS.items() if name == wire_type), wire_type)


IncidentType = Annotated[Text, AfterValidator(kind_of)]
"""The type of an incident in a query, read as our kind."""
