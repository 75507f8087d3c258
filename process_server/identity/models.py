"""Tables of people: users, groups, departments, sessions, tokens, and the audit of what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from process_server.db import Base, new_id


class Department(Base):
    """A node of the organisation; its head is a user."""

    __tablename__ = "department"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("department.id"))
    head_id: Mapped[str | None] = mapped_column(Text)


class User(Base):
    """A person who can sign in. The id is the login name, as assignee expressions write it.

    A `service` is another system: it has tokens but no password, sees no pages and is nobody a task is offered to.
    """

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    department_id: Mapped[str | None] = mapped_column(ForeignKey("department.id"))
    supervisor_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    language: Mapped[str | None] = mapped_column(Text)
    theme: Mapped[str | None] = mapped_column(Text)
    admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    service: Mapped[bool] = mapped_column(default=False, server_default="false")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # of the pages, by name
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Group(Base):
    """A role or team that tasks are offered to (BPMN: candidate group)."""

    __tablename__ = "user_group"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)


class Membership(Base):
    """Who is in which group."""

    __tablename__ = "membership"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True, index=True)


class StandIn(Base):
    """Who works for whom while they are away. Without `process_keys` in every process; the end is exclusive."""

    __tablename__ = "stand_in"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    substitute_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    process_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]  # when the one who stands in was told that it has begun


class LinkedIdentity(Base):
    """Whom an identity provider means by a subject; a user has at most one subject of each provider."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("issuer", "user_id"),)

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime]


class PendingSignIn(Base):
    """A browser on its way to the identity provider; the row goes when it comes back, so that it does so once."""

    __tablename__ = "pending_sign_in"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes]  # of a cookie: the answer must come by the browser that was sent
    nonce: Mapped[str] = mapped_column(Text)
    code_verifier: Mapped[str] = mapped_column(Text)
    next: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WebSession(Base):
    """A signed-in browser. Only the SHA-256 of the cookie is stored."""

    __tablename__ = "web_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(Text)
    id_token: Mapped[str | None] = mapped_column(Text)  # of the identity provider, which wants it back on signing out
    provider_session: Mapped[str | None] = mapped_column(Text, index=True)  # what the provider calls it
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Base):
    """A bearer token of a user or a system. Only the SHA-256 of the secret is stored."""

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class PublicLink(Base):
    """A start form that whoever has the link may fill in. Only the SHA-256 of the link's secret is stored.

    What comes in by it is done in the name of `link:<id>`.
    """

    __tablename__ = "public_link"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    stamp_key: Mapped[bytes]  # signs when a form was handed out
    name: Mapped[str] = mapped_column(Text)
    process_key: Mapped[str] = mapped_column(Text)
    start_element: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # sites that may embed the form
    expires_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Audit(Base):
    """What somebody did to something: appended, never changed. A job seals it afterwards (`sealing`)."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_entity", "entity_type", "entity_id", "at"),
        Index("ix_audit_actor", "actor", "at"),
        Index("ix_audit_unsealed", "id", postgresql_where=text("position IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    entity_type: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)  # in the chain
    digest: Mapped[bytes | None]  # of this line and of the one before it
