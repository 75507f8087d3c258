"""Table of working calendars."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base


class Calendar(Base):
    """A working calendar as it was defined (`definition.CalendarDefinition`).

    `loaded` is what the file of the process application said last: a calendar that was changed since stays changed
    until the file says something else.
    """

    __tablename__ = "working_calendar"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    definition: Mapped[dict[str, Any]]
    loaded: Mapped[dict[str, Any] | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(Text)
