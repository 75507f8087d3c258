"""Tables of what people do about tasks and cases beside deciding: comments, copies, watching, drafts, turns."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class Comment(Base):
    """What somebody wrote about a task or an instance."""

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_search", text("search_grams(text)"), postgresql_using="gin"),
        Index("ix_comment_task", "user_task_id", postgresql_where=text("user_task_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"), index=True)
    user_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Copy(Base):
    """A case that somebody was sent a copy of (抄送); `sender` is empty where the model sends it."""

    __tablename__ = "copy"
    __table_args__ = (
        Index("ix_copy_recipient", "recipient", "at", "id"),
        Index("ix_copy_unread", "recipient", postgresql_where=text("read_at IS NULL")),
        Index("ix_copy_instance", "process_instance_id"),
        Index("ix_copy_task", "user_task_id", postgresql_where=text("user_task_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", ondelete="CASCADE"))
    user_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"))
    element_id: Mapped[str | None] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    sender: Mapped[str | None] = mapped_column(Text)
    opinion: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Watch(Base):
    """A case that somebody follows."""

    __tablename__ = "watch"

    user_id: Mapped[str] = mapped_column(Text, primary_key=True)
    process_instance_id: Mapped[UUID] = mapped_column(
        ForeignKey("process_instance.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class Draft(Base):
    """What somebody entered into a form and has not sent yet: of a task, or of a process they are about to start."""

    __tablename__ = "draft"
    __table_args__ = (
        Index(
            "uq_draft_task",
            "user_id",
            "user_task_id",
            unique=True,
            postgresql_where=text("user_task_id IS NOT NULL"),
        ),
        Index("ix_draft_user", "user_id", "saved_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Text)
    user_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id", ondelete="CASCADE"), index=True)
    process_key: Mapped[str | None] = mapped_column(Text)  # of a process to start
    revision: Mapped[int | None]  # of the task when it was last saved
    values: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Rotation(Base):
    """Whose turn it was last: of a group, at a step of a process that is assigned in turns."""

    __tablename__ = "rotation"

    process_key: Mapped[str] = mapped_column(Text, primary_key=True)
    element_id: Mapped[str] = mapped_column(Text, primary_key=True)
    group_id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str | None] = mapped_column(Text)
