"""Tables of what was deployed: files, versions of processes and decisions, figures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class Deployment(Base):
    """A set of files deployed together, all or nothing."""

    __tablename__ = "deployment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[Any]] = mapped_column(default=list)


class Resource(Base):
    """One deployed file, byte for byte."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("deployment_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes]
    content: Mapped[bytes]


class ProcessDefinition(Base):
    """One version of an executable process. Running instances stay on theirs."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    version_tag: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    start_form_key: Mapped[str | None] = mapped_column(Text)
    startable: Mapped[bool] = mapped_column(default=True)  # by a person, from the list of processes
    candidate_starters: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    suspended: Mapped[bool] = mapped_column(default=False)
    history_days: Mapped[int | None]  # how long after their end cases are kept; empty: for good


class PlannedSuspension(Base):
    """A version that is to be suspended or activated at an instant, with its running instances or alone."""

    __tablename__ = "planned_suspension"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id", ondelete="CASCADE"), index=True)
    suspended: Mapped[bool]
    instances: Mapped[bool]
    due_at: Mapped[datetime] = mapped_column(index=True)
    planned_by: Mapped[str] = mapped_column(Text)


class DecisionDefinition(Base):
    """One version of a DMN decision."""

    __tablename__ = "decision_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    name: Mapped[str | None] = mapped_column(Text)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), index=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)


class Parameter(Base):
    """A figure an analyst may change without deploying: `parameter("follow_up_limit")` in any expression."""

    __tablename__ = "parameter"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[dict[str, Any]]  # {"value": ..}: any value a variable may have
    description: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(Text)
