"""Tables of batches: what is to be done to many instances, and how far that is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id

KINDS = ("migrate", "cancel", "delete_history", "suspend", "activate", "retry_jobs", "modify", "restart")
"""What can be done to many instances; `kinds.WORK` says how."""


class Batch(Base):
    """One thing to be done to many instances, in the background. `ended_at` is empty while any is to be done or failed.

    `kind` says what (one of `KINDS`), `detail` how; `item_count` is how many instances it began with.
    """

    __tablename__ = "batch"
    __table_args__ = (
        Index("ix_batch_open", "created_at", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_batch_created", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]]
    item_count: Mapped[int]
    suspended: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]


class BatchItem(Base):
    """One instance of a batch. `state` is pending, done or failed; a failed one says why, and can be tried again."""

    __tablename__ = "batch_item"
    __table_args__ = (
        Index("ix_batch_item_state", "batch_id", "state"),
        Index("ix_batch_item_pending", "batch_id", "number", postgresql_where=text("state = 'pending'")),
    )

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    process_instance_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text, default="pending")
    done_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(Text)
    template: Mapped[str | None] = mapped_column(Text)  # of why it failed, before its facts are filled in
    params: Mapped[dict[str, Any] | None]
    result_id: Mapped[UUID | None]  # the instance that came of it, where one did
