"""Tables of forms: deployed form-js schemas and the files people upload through them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class FormDefinition(Base):
    """One version of a form-js schema; `key` is the schema's id."""

    __tablename__ = "form_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_name: Mapped[str] = mapped_column(Text)
    form_schema: Mapped[dict[str, Any]]


class NumberSequence(Base):
    """How far an automatic number has counted in a period."""

    __tablename__ = "number_sequence"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int]


class FileContent(Base):
    """The bytes of uploaded files, stored once per content."""

    __tablename__ = "file_content"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class File(Base):
    """An uploaded file as somebody named it; it belongs to a process instance once its form is submitted."""

    __tablename__ = "file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[bytes] = mapped_column(ForeignKey("file_content.sha256"), index=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    state: Mapped[str] = mapped_column(Text, server_default="clean")  # clean, waiting, infected
    thumbnail: Mapped[bytes | None] = mapped_column(ForeignKey("file_content.sha256"), index=True)
    field: Mapped[str | None] = mapped_column(Text)
    process_instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    user_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id"), index=True)
    uploaded_by: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime]


class FileUse(Base):
    """A file was sent with a form of a case, and so is seen by all who see that case.

    `form_sha256` is of the values it was sent with: it binds a signature to what was signed.
    """

    __tablename__ = "file_use"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"), primary_key=True)
    process_instance_id: Mapped[UUID] = mapped_column(
        ForeignKey("process_instance.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    user_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id", ondelete="SET NULL"), index=True)
    used_by: Mapped[str] = mapped_column(Text)
    used_at: Mapped[datetime]
    form_sha256: Mapped[bytes | None]
