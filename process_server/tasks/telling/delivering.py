"""Taking notifications outside: by mail and by gateways as each reader chose, not in their quiet hours, not in floods.

What is told outside was written with what caused it (`notification.deliver_at`); here it becomes mails and messages of
gateways, which are rows again and sent by jobs of their own, so that no channel waits for another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, func, literal_column, null, or_, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.identity.models import User
from process_server.tasks.context import instance
from process_server.tasks.models import UserTask
from process_server.tasks.telling import gateways, letters, mail, mail_links
from process_server.tasks.telling.letters import Note
from process_server.tasks.telling.matrix import APP, DIGEST, KINDS, MAIL, Reader
from process_server.tasks.telling.models import Notification
from process_server.tasks.telling.notifications import NAMED, SUBJECT, TO_DO
from process_server.tasks.telling.preferences import ensure_stored, readers

FLOOD = 10
"""So many messages within `WINDOW` become one."""
WINDOW = timedelta(minutes=5)
NO_LINKS: Mapping[UUID, str] = {}

_n, _t, _u = table_of(Notification), table_of(UserTask), table_of(User)
NOTE = (
    _n.c.id,
    _n.c.kind,
    _n.c.params,
    _n.c.user_task_id,
    _n.c.process_instance_id,
    *SUBJECT,
    instance.c.business_key,
    _t.c.due_at,
)
"""What a `Note` is made of."""

_MOOT = and_(
    _n.c.kind.in_(TO_DO),
    or_(_t.c.state.not_in(["open", "held"]), and_(_t.c.assignee.is_not(None), _t.c.assignee != _n.c.recipient)),
)
_DECIDABLE = and_(
    _n.c.kind.in_(TO_DO), _t.c.state == "open", _t.c.assignee == _n.c.recipient, _t.c.actions.is_not(None)
)  # an approval of theirs
_DUE: Select[Any] = (
    select(
        *NOTE,
        func.coalesce(_DECIDABLE, False).label("decidable"),
        _n.c.recipient,
        _n.c.created_at,
        _n.c.deliver_at,
        func.coalesce(_MOOT, False).label("moot"),
    )
    .select_from(NAMED)
    .where(literal_column("notification.deliver_at IS NOT NULL"), _n.c.deliver_at <= bindparam("before"))
    .order_by(_n.c.deliver_at)
    .limit(bindparam("most"))
    .with_for_update(of=_n, skip_locked=True)
)
_PEOPLE: Select[Any] = select(_u.c.id, _u.c.email, _u.c.language, _u.c.attributes).where(
    _u.c.id.in_(bindparam("people", expanding=True)), _u.c.active
)
_LATELY = (
    select(_n.c.recipient, func.count().label("messages"))
    .where(
        _n.c.recipient.in_(bindparam("people", expanding=True)),
        _n.c.created_at > bindparam("since") - timedelta(days=1),
        _n.c.delivered_at > bindparam("since"),
    )
    .group_by(_n.c.recipient)
)
_THESE = _n.c.id.in_(bindparam("notes", expanding=True))
_DONE = update(_n).where(_THESE).values(deliver_at=null(), delivered_at=bindparam("at"))
_DROPPED = update(_n).where(_THESE).values(deliver_at=null())
_KEPT = update(_n).where(_THESE).values(digest=True)
_PUT_OFF = update(_n).where(_n.c.id == bindparam("note")).values(deliver_at=bindparam("until"))


@dataclass
class _Post:
    """What one run writes, gathered so that it takes few statements."""

    mails: list[mail.Letter] = field(default_factory=list)
    messages: list[gateways.Message] = field(default_factory=list)
    done: list[UUID] = field(default_factory=list)
    dropped: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    put_off: list[dict[str, Any]] = field(default_factory=list)


def deliver(session: Session, most: int = 200) -> int:
    """Turn notifications that are to go outside into mails and messages; return how many notifications there were."""
    rows = session.execute(_DUE, {"before": now(), "most": most}).all()
    if not rows:
        return 0
    by_person: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_person.setdefault(row.recipient, []).append(row)
    people = {row.id: row for row in session.execute(_PEOPLE, {"people": sorted(by_person)})}
    known = readers(session, by_person)
    lately = session.execute(_LATELY, {"people": sorted(by_person), "since": now() - WINDOW})
    counted = {row.recipient: int(row.messages) for row in lately}
    post = _Post()
    for person, notes in by_person.items():
        if person in people:
            _for_one(session, post, people[person], known[person], notes, counted.get(person, 0))
        else:
            post.dropped += [note.id for note in notes]
    _write(session, post)
    return len(rows)


def _for_one(
    session: Session, post: _Post, person: Row[Any], reader: Reader, notes: Sequence[Row[Any]], lately: int
) -> None:
    """Tell one person, or put it off: to the end of their quiet hours, or until a flood has passed."""
    post.dropped += [note.id for note in notes if note.moot]
    wanted = [note for note in notes if not note.moot]
    quiet = reader.quiet_until(now())
    if quiet is not None:
        post.put_off += [{"note": note.id, "until": quiet} for note in wanted]
        return
    was_put_off = any(note.deliver_at > note.created_at for note in wanted)
    if lately + len(wanted) > FLOOD and lately and not was_put_off:
        post.put_off += [{"note": note.id, "until": now() + WINDOW} for note in wanted]
        return
    together = len(wanted) >= FLOOD or (was_put_off and len(wanted) > 1)
    chosen = {note.id: reader.channels_of(KINDS.get(note.kind, "message")) - {APP} for note in wanted}
    post.done += [note.id for note in wanted]
    digest = [note.id for note in wanted if DIGEST in chosen[note.id]]
    post.kept += digest
    if digest and not reader.has_digest:
        ensure_stored(session, reader)
    for channel in (MAIL, *settings().gateways):
        told = [_note(note) for note in wanted if channel in chosen[note.id]]
        if told and channel == MAIL and mail.is_address(person.email):
            key = ensure_stored(session, reader) if settings().base_url else None
            mailed = [note for note in wanted if note.decidable and channel in chosen[note.id]]
            post.mails += _mails(person, told, together, key, _links(session, person.id, mailed, together))
        elif told and channel != MAIL:
            post.messages += _messages(person, channel, told, together)


def _links(session: Session, person: str, notes: Sequence[Row[Any]], together: bool) -> dict[UUID, str]:
    """Make the links by which a person may decide what they are told of one by one."""
    made = ((note.id, mail_links.create(session, person, note.user_task_id)) for note in notes if not together)
    return {note: secret for note, secret in made if secret is not None}


def _mails(
    person: Row[Any], notes: list[Note], together: bool, key: str | None, links: Mapping[UUID, str]
) -> Iterable[mail.Letter]:
    for about, letter in _letters(notes, together, person.language, key, links):
        yield mail.Letter(person.email, letter.subject, letter.body, about.user_task_id, about.process_instance_id, key)


def _messages(person: Row[Any], channel: str, notes: list[Note], together: bool) -> Iterable[gateways.Message]:
    address = gateways.address_of(channel, person.attributes)
    if address is None:
        return
    for about, letter in _letters(notes, together, person.language, None):
        yield gateways.Message(
            channel, person.id, address, letter.subject, letter.body, about.user_task_id, about.process_instance_id
        )


def _letters(
    notes: list[Note], together: bool, language: str | None, key: str | None, links: Mapping[UUID, str] = NO_LINKS
) -> Iterable[tuple[Note, letters.Letter]]:
    language = language or settings().language
    if together and len(notes) > 1:
        yield notes[0], letters.several(notes, language, key)
    else:
        for note in notes:
            yield note, letters.one(note, language, key, links.get(note.id))


def _note(row: Row[Any]) -> Note:
    return Note(*row[: len(NOTE)])


def _write(session: Session, post: _Post) -> None:
    mail.write_many(session, post.mails)
    gateways.write_many(session, post.messages)
    for statement, notes in ((_DONE, post.done), (_DROPPED, post.dropped), (_KEPT, post.kept)):
        if notes:
            session.execute(statement, {"notes": notes, **({"at": now()} if statement is _DONE else {})})
    if post.put_off:
        session.execute(_PUT_OFF, post.put_off)
