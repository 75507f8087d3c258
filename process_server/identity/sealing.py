"""The seal of the audit: every line carries a digest of itself and of the line before it, so that a change shows.

Lines are appended without a seal, by any number of transactions at once, none of which waits for another. A job seals
what is committed, in batches; it alone ever touches a line again.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from hashlib import sha256
from typing import Any, Self

from sqlalchemy import ARRAY, BigInteger, LargeBinary, Text, Uuid, bindparam, cast, delete, func, select, update
from sqlalchemy.engine import Row

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.errors import Invalid
from process_server.identity import audit
from process_server.identity.models import Audit

BATCH = 2_000  # lines that are sealed in one transaction
CLEANED = 10_000  # lines that are cleaned away in one
LATE = timedelta(minutes=10)  # a line without a seal after so long means that no worker seals
_LOCK = 0x7365616C  # "seal"

_a = table_of(Audit)
_LINE = (
    _a.c.id, _a.c.at, _a.c.actor, _a.c.action, _a.c.entity_type, _a.c.entity_id, cast(_a.c.detail, Text).label("told"),
    _a.c.position, _a.c.digest,
)  # fmt: skip
_HEAD = select(_a.c.position, _a.c.digest).where(_a.c.position.is_not(None)).order_by(_a.c.position.desc()).limit(1)
_FIRST = select(_a.c.position).where(_a.c.position.is_not(None)).order_by(_a.c.position).limit(1)
_OPEN = select(*_LINE).where(_a.c.position.is_(None)).order_by(_a.c.id).limit(BATCH)
_SEALED = (
    func.unnest(
        cast(bindparam("ids"), ARRAY(Uuid)),
        cast(bindparam("positions"), ARRAY(BigInteger)),
        cast(bindparam("digests"), ARRAY(LargeBinary)),
    )
    .table_valued("id", "position", "digest")
    .render_derived("sealed")
)
_SEAL = update(_a).where(_a.c.id == _SEALED.c.id).values(position=_SEALED.c.position, digest=_SEALED.c.digest)
_CHAIN = (
    select(*_LINE).where(_a.c.position >= bindparam("first")).order_by(_a.c.position).execution_options(yield_per=BATCH)
)
_AT = select(_a.c.digest).where(_a.c.position == bindparam("position"))
_LATE = select(func.count()).where(_a.c.position.is_(None), _a.c.at < bindparam("limit"))
_CLEANING = select(cast(_a.c.detail, Text)).where(
    _a.c.entity_type == "audit", _a.c.entity_id == bindparam("position"), _a.c.action == "clean_audit"
)
_CLEAN = delete(_a).where(_a.c.position < bindparam("until")).returning(_a.c.position, _a.c.digest)


class BadMark(Invalid):
    """A mark of the audit is written like 1234:9f86d0.., as `process-server audit verify` shows it."""

    code = "bad_mark"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the audit is sealed. Who has noted one down can tell later that all before it is as it was."""

    position: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.digest.hex()}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the mark that was written like this. Raises BadMark."""
        position, _, digest = text.strip().partition(":")
        try:
            return cls(int(position), bytes.fromhex(digest))
        except ValueError as error:
            raise BadMark from error


@dataclass(slots=True)
class Verdict:
    """What a look at the chain found: how many lines hold, which do not, how many wait too long for their seal."""

    lines: int = 0
    mark: Mark = field(default_factory=lambda: Mark(0, b""))
    late: int = 0
    faults: list[str] = field(default_factory=list)


def seal(session: Session) -> int:
    """Seal a batch of lines that have none; return how many. Where another process does so already, none."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return 0
    lines = session.execute(_OPEN).all()
    if not lines:
        return 0
    last = newest_mark(session)
    marks = []
    for line in lines:
        last = Mark(last.position + 1, _digest(last.digest, last.position + 1, line))
        marks.append(last)
    session.execute(
        _SEAL,
        {
            "ids": [line.id for line in lines],
            "positions": [mark.position for mark in marks],
            "digests": [mark.digest for mark in marks],
        },
    )
    return len(lines)


def clean(session: Session) -> int:
    """Take away the oldest lines that the settings keep no longer; return how many.

    A line tells of it, with the digest of the last one gone: there the chain begins from then on.
    """
    if not settings().audit_days:
        return 0
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    first = session.scalar(_FIRST)
    kept = select(_a.c.position).where(_a.c.position.is_not(None), _a.c.at >= now() - timedelta(settings().audit_days))
    oldest = session.scalar(kept.order_by(_a.c.position).limit(1)) or newest_mark(session).position  # the newest stays
    if first is None or oldest <= first:
        return 0
    gone = session.execute(_CLEAN, {"until": min(oldest, first + CLEANED)}).all()
    last = max(gone, key=lambda line: int(line.position))
    audit.record(session, None, "clean_audit", "audit", last.position, count=len(gone), digest=last.digest.hex())
    return len(gone)


def verify(session: Session, *, known: Mark | None = None, last: int | None = None) -> Verdict:
    """Look whether the lines are as they were sealed, or only the `last` so many, and lead to a mark noted before."""
    found = Verdict(late=session.scalar(_LATE, {"limit": now() - LATE}) or 0, mark=newest_mark(session))
    first = session.scalar(_FIRST) or 1
    if last is not None:
        first = max(first, found.mark.position - last + 1)
    before = _digest_before(session, first)
    if before is None:
        found.faults.append(f"the lines before {first} are missing, and nothing tells that they were cleaned away")
    found.lines, faults = _follow(session.execute(_CHAIN, {"first": first}), Mark(first - 1, before or b""))
    found.faults += faults
    if known is not None:
        found.faults += _compare(session, known, found.mark)
    return found


def _follow(lines: Iterator[Row[Any]], mark: Mark) -> tuple[int, list[str]]:
    count, faults = 0, []
    for line in lines:
        count += 1
        if line.position != mark.position + 1:
            faults.append(f"the lines {mark.position + 1} to {line.position - 1} are missing")
        elif line.digest != _digest(mark.digest, line.position, line):
            faults.append(f"line {line.position} is not as it was sealed: {line.at:%Y-%m-%d %H:%M} {line.action}")
        mark = Mark(line.position, bytes(line.digest))
    return count, faults


def _compare(session: Session, known: Mark, head: Mark) -> Sequence[str]:
    digest = session.scalar(_AT, {"position": known.position})
    if known.position > head.position:
        return [f"the audit ends at line {head.position}, but it was {known.position} lines long"]
    if digest is None:
        return [f"line {known.position} is no longer there"]
    return [] if bytes(digest) == known.digest else [f"line {known.position} is not the one that was noted down"]


def _digest_before(session: Session, first: int) -> bytes | None:
    """Return the digest that the first line builds on; None where nothing tells."""
    if first == 1:
        return b""
    if (digest := session.scalar(_AT, {"position": first - 1})) is not None:
        return bytes(digest)
    told = session.scalar(_CLEANING, {"position": str(first - 1)})
    return bytes.fromhex(json.loads(told)["digest"]) if told else None


def newest_mark(session: Session) -> Mark:
    """Return how far the audit is sealed."""
    row = session.execute(_HEAD).one_or_none()
    return Mark(0, b"") if row is None else Mark(row.position, bytes(row.digest))


def _digest(before: bytes, position: int, line: Row[Any]) -> bytes:
    """Return the SHA-256 of the digest before and of the line as JSON, with its detail as PostgreSQL writes it."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = [position, str(line.id), at, line.actor, line.action, line.entity_type, line.entity_id, line.told]
    return sha256(before + json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).digest()
