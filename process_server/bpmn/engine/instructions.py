"""What a modification of a running instance consists of: tokens that are taken away, and places where others begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

BODY = "#multiInstanceBody"
"""Behind the id of an activity that repeats: all its instances as one, not one of them."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take away what stands at an element, all of it or one activity instance; what is left empty goes with it."""

    element: str | None = None
    token: UUID | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin before or after an element, or along a sequence flow.

    Subprocesses around it are opened unless they are open; `ancestor` (a token, or the instance itself) says inside of
    which. `local` variables belong to the activity that begins.
    """

    at: str
    moment: Literal["before", "after", "along"] = "before"
    ancestor: UUID | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    local: Mapping[str, Any] = field(default_factory=dict)


Instruction = Cancel | Begin
Skipped = Literal["listeners", "mappings"]
"""What a modification may leave out while it runs: listeners, and the inputs and outputs of activities."""
