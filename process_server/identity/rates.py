"""How many requests the APIs take: of a token or of a user without one, and from an address; of all processes together.

To ask the broker at every request would cost as much as a statement. So a process takes a hundredth of a limit from it
at once and counts that out by itself; one that has been refused refuses until the time is over. Small limits are
counted one by one.
"""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from time import time

import limits
from cachetools import LRUCache
from limits import RateLimitItem

from process_server.config import settings
from process_server.errors import TooManyRequests
from process_server.identity import attempts
from process_server.identity.principal import Principal

PARTS = 100  # into which a limit is divided


@dataclass(frozen=True, slots=True)
class _Share:
    """How many requests this process may still let in by itself, none where it has to refuse, and until when."""

    left: int
    until: float


_shares: LRUCache[str, _Share] = LRUCache(maxsize=20_000)
_lock = Lock()


def count_address(address: str) -> None:
    """Count a request from an address, before anybody looks at its credentials. Raises TooManyRequests."""
    if limit := _parsed(settings().address_limit):
        _count(limit, "api-address", address)


def count_principal(principal: Principal) -> None:
    """Count a request of a token, or of a user who sent none. Raises TooManyRequests."""
    if limit := _parsed(settings().user_limit):
        _count(limit, "api", str(principal.token_id or principal.user_id))


def forget() -> None:
    """Begin anew, as a process does that has just been started."""
    with _lock:
        _shares.clear()


def _count(limit: RateLimitItem, *whose: str) -> None:
    key = limit.key_for(*whose)
    with _lock:
        share = _shares.pop(key, None)
        if share is not None and time() >= share.until:
            share = None
        if share is not None and share.left != 1:
            _shares[key] = _Share(max(0, share.left - 1), share.until)
    if share is None:
        _take(limit, key, *whose)
    elif share.left == 0:
        attempts.refuse(share.until)


def _take(limit: RateLimitItem, key: str, *whose: str) -> None:
    """Take a share from the broker, and the present request from that."""
    size = max(1, limit.amount // PARTS)
    try:
        attempts.spend(limit, *whose, cost=size)
    except TooManyRequests as refusal:
        with _lock:
            _shares[key] = _Share(0, time() + refusal.params["seconds"])
        raise
    if size > 1:
        with _lock:
            _shares[key] = _Share(size - 1, time() + limit.get_expiry())


@lru_cache(maxsize=8)
def _parsed(text: str) -> RateLimitItem | None:
    return limits.parse(text) if text else None
