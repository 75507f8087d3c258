"""What the models of the wire have in common: camelCase names, unknown keys let pass, null the same as absent."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from process_server.api.ground.schemas import Text


class Wire(BaseModel):
    """What is sent or answered under /engine-rest."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", coerce_numbers_to_str=True
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if value is not None}
        return given


class Link(Wire):
    """Where to find what an answer speaks of."""

    method: str
    href: str
    rel: str


class Count(Wire):
    """How many there are."""

    count: int


class VariableValue(Wire):
    """A value with its type, and what else there is to say of it."""

    value: Any = None
    type: Text | None = None
    value_info: dict[str, Any] | None = None


def _typed(given: Any) -> Any:
    """Refuse a bare value where a typed one belongs: {"amount": 5} instead of {"amount": {"value": 5}}."""
    if isinstance(given, dict):
        bare = [name for name, value in given.items() if not isinstance(value, dict | VariableValue | None)]
        if bare:
            raise ValueError(f'Write the variable {bare[0]} as an object: {{"value": ..}}.')
        return {name: value for name, value in given.items() if value is not None}
    return given


Variables = Annotated[
    dict[str, VariableValue],
    BeforeValidator(_typed),
    Field(examples=[{"amount": {"value": 50000.01, "type": "Double"}, "customer": {"value": "上海远航"}}]),
]
