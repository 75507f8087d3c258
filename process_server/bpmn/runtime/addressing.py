"""Whom a message is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Address:
    """What has to fit with whoever gets a message; what is None fits with everybody."""

    business_key: str | None = None
    correlation_key: str | None = None
    variables: Mapping[str, Any] | None = None  # that the case's own have to equal: Camunda's correlation keys
    instance_id: UUID | None = None


ANYBODY = Address()
