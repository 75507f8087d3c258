"""The summary by mail, at the hour each reader chose: what happened since the last one, what waits, saved views."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, literal_column, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.identity import accounts
from process_server.identity.models import User
from process_server.tasks.deadlines.models import NotificationChoice
from process_server.tasks.inbox import views, worklist
from process_server.tasks.inbox.columns import BusinessField
from process_server.tasks.inbox.views import DigestLine
from process_server.tasks.telling import letters, mail, notifications
from process_server.tasks.telling.delivering import NOTE
from process_server.tasks.telling.letters import Note
from process_server.tasks.telling.matrix import DIGEST, Reader
from process_server.tasks.telling.models import Notification
from process_server.tasks.telling.preferences import readers

MOST = 200  # pieces of news in one summary

_c, _n, _u = table_of(NotificationChoice), table_of(Notification), table_of(User)
_DUE: Select[Any] = (
    select(_c.c.user_id, _c.c.unsubscribe_key, _u.c.email, _u.c.language, _u.c.active)
    .join(_u, _u.c.id == _c.c.user_id)
    .where(literal_column("notification_choice.next_digest_at IS NOT NULL"), _c.c.next_digest_at <= bindparam("before"))
    .order_by(_c.c.next_digest_at)
    .limit(bindparam("most"))
    .with_for_update(of=_c, skip_locked=True)
)
_NEWS = (
    select(*NOTE)
    .select_from(notifications.NAMED)
    .where(_n.c.recipient == bindparam("user"), literal_column("notification.digest"), _n.c.kind != "view_holds")
    .order_by(_n.c.created_at, _n.c.id)
    .limit(MOST)
)
_TOLD = (
    update(_n).where(_n.c.recipient == bindparam("user"), literal_column("notification.digest")).values(digest=False)
)
_NEXT = update(_c).where(_c.c.user_id == bindparam("user")).values(next_digest_at=bindparam("at"))


def send_due(session: Session, fields: Mapping[str, BusinessField], most: int = 50) -> int:
    """Write the summaries that are due, at most so many; return how many people's hour had come.

    `fields` are those of the processes, which saved views may ask for.
    """
    rows = session.execute(_DUE, {"before": now(), "most": most}).all()
    known = readers(session, [row.user_id for row in rows])
    for row in rows:
        _summarise(session, row, known[row.user_id], fields)
        session.execute(_NEXT, {"user": row.user_id, "at": known[row.user_id].next_digest(now())})
    return len(rows)


def _summarise(session: Session, row: Row[Any], reader: Reader, fields: Mapping[str, BusinessField]) -> None:
    """Write one person's summary; where nothing happened and no view they asked to hear of holds anything, none."""
    account = accounts.find_account(session, row.user_id)
    if account is None or not row.active:
        return
    followed = views.digest_lines(session, account.principal, fields)
    _tell_of_views(session, row.user_id, followed)
    if not mail.is_address(row.email):
        return
    news = [Note(*each) for each in session.execute(_NEWS, {"user": row.user_id})]
    if DIGEST not in reader.channels_of("view"):
        followed = []
    if not news and not any(line.count for line in followed):
        return
    waiting = worklist.counts(session, account.principal)
    key = row.unsubscribe_key if settings().base_url else None
    letter = letters.summary(
        news,
        row.language or settings().language,
        mine=waiting.mine,
        overdue=waiting.overdue,
        offered=waiting.claimable,
        views=followed,
        key=key,
    )
    mail.write_many(session, [mail.Letter(row.email, letter.subject, letter.body, unsubscribe_key=key)])
    session.execute(_TOLD, {"user": row.user_id})


def _tell_of_views(session: Session, user_id: str, followed: Sequence[DigestLine]) -> None:
    """Tell of views that hold something, by the channels their reader chose beside the summary."""
    notes = [
        {
            "recipient": user_id,
            "kind": "view_holds",
            "params": {"view": each.name, "count": each.count, "address": each.address},
        }
        for each in followed
        if each.count
    ]
    notifications.write(session, notes)
