"""What request and response models have in common: strict types, unknown keys refused, one shape of a page."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from process_server.api.ground.payload import check_text
from process_server.errors import InvalidInput

Item = TypeVar("Item")


class Request(BaseModel):
    """What a client sends. A key it does not know is refused, not forgotten."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """The parameters of a list. One it does not know is refused: a filter that is overlooked shows too much."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What the server answers."""

    model_config = ConfigDict(extra="forbid")


def _storable(text: str) -> str:
    try:
        return check_text(text, "")
    except InvalidInput as error:
        raise PydanticCustomError(error.problems[0]["code"], "This text cannot be stored.") from error


def _written(value: Any) -> Any:
    """Take an instant as text only: a bare number would be read as seconds since 1970."""
    if isinstance(value, str) and not value.lstrip("+-").isdigit() and "T" in value.upper():
        return value
    if isinstance(value, datetime) or value is None:
        return value
    raise PydanticCustomError("instant", "Write an instant as ISO 8601, with its offset: 2026-01-31T09:00:00+08:00.")


def _in_range(value: datetime) -> datetime:
    """Return the instant in UTC, if every time zone can show it: PostgreSQL does not read every offset Python does."""
    if not 1900 <= value.year <= 9000:
        raise PydanticCustomError("instant", "An instant lies between the years 1900 and 9000.")
    return value.astimezone(UTC)


def _identifier(value: Any) -> Any:
    if isinstance(value, str | UUID):
        return value
    raise PydanticCustomError("uuid", "Write an identifier as text.")


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_storable)]
Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written), AfterValidator(_in_range)]
Id = Annotated[UUID, Field(strict=False), BeforeValidator(_identifier)]
Priority = Annotated[int, Field(ge=0, le=32767)]
Limit = Annotated[int, Field(ge=1, le=500, description="How many items a page holds at most.")]
Cursor = Annotated[
    str | None,
    Field(max_length=1000, description="`next` of the page before. Empty: the first page."),
    AfterValidator(lambda text: text and _storable(text)),
]
Duration = Annotated[
    str,
    Field(max_length=40, examples=["PT5M"], description="An ISO 8601 duration."),
]
Opinion = Annotated[
    Text | None, Field(max_length=10_000, description="What one has to say about it.", examples=["价格可以接受。"])
]
Variables = Annotated[
    dict[str, Any],
    Field(
        examples=[{"amount": 50000.01, "customer": "上海远航"}],
        description="Plain JSON. A number with a fraction is kept as an exact decimal.",
    ),
]

OptionalVariables = Annotated[Variables, Field(default_factory=dict)]


class Page(BaseModel, Generic[Item]):
    """A page of a list, and the cursor of the next one; `next` is empty at the end."""

    items: list[Item]
    next: str | None
