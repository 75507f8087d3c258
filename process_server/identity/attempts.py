"""How often a password may be tried, a public form sent, an API asked: counted by whom and where, in the broker.

Where the broker is not Redis or Valkey, or cannot be reached, each process counts for itself.
"""

import logging
from collections.abc import Callable
from functools import lru_cache, partial
from time import monotonic, time
from typing import NoReturn, TypeVar

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from process_server.config import settings
from process_server.errors import TooManyRequests

OF_USER_THERE = RateLimitItemPerMinute(10, 5, namespace="sign-in-user-there")
OF_USER = RateLimitItemPerMinute(200, 5, namespace="sign-in-user")  # from everywhere: who guesses cannot lock out soon
OF_ADDRESS = RateLimitItemPerMinute(100, 5, namespace="sign-in-address")  # an office stands behind one address

OF_TRIP_THERE = RateLimitItemPerMinute(200, 5, namespace="sso-address")
OF_SIGN_OUT_THERE = RateLimitItemPerMinute(5000, 5, namespace="sso-sign-out-address")  # a provider tells of everybody
OF_REFUSAL_THERE = RateLimitItemPerMinute(50, 5, namespace="sso-refused-address")

OF_FORM_THERE = RateLimitItemPerMinute(20, 10, namespace="public-form-address")
OF_FORM = RateLimitItemPerMinute(300, 10, namespace="public-form")  # however many fill it in
OF_UPLOAD_THERE = RateLimitItemPerMinute(30, 10, namespace="public-upload-address")
OF_UPLOAD = RateLimitItemPerMinute(600, 10, namespace="public-upload")  # many addresses together fill no disk quickly

PATIENCE = 0.5  # seconds that the broker may take to count
AWAY = 10.0  # seconds for which one that could not is not asked again

T = TypeVar("T")

_log = logging.getLogger(__name__)
_away_until = 0.0


def check(user_id: str, address: str) -> None:
    """Raise TooManyRequests with the seconds to wait where too many attempts failed already."""
    for limit, *key in _counted(user_id, address):
        until = _ask(partial(_wait, limit=limit, key=key))
        if until is not None:
            raise TooManyRequests(seconds=max(1, round(until - time())))


def fail(user_id: str, address: str) -> None:
    """Count a wrong password."""
    for limit, *key in _counted(user_id, address):
        _ask(partial(_hit, limit=limit, key=key))


def succeed(user_id: str, address: str) -> None:
    """Forget the failures of a user who knew the password. The address keeps its count: it may try others' too."""
    _ask(lambda limiter: limiter.clear(OF_USER, user_id))
    _ask(lambda limiter: limiter.clear(OF_USER_THERE, user_id, address))


def spend(limit: RateLimitItem, *key: str, cost: int = 1) -> None:
    """Count a request, or so many, for all processes together. Raises TooManyRequests with the seconds to wait."""
    if not _ask(partial(_hit, limit=limit, key=list(key), cost=cost)):
        refuse(_ask(partial(_reset, limit=limit, key=list(key))))


def refuse(until: float) -> NoReturn:
    """Raise TooManyRequests with the seconds to wait until a time."""
    raise TooManyRequests("Too many requests. Try again in {seconds} s.", seconds=max(1, round(until - time())))


def _counted(user_id: str, address: str) -> tuple[tuple[RateLimitItem, *tuple[str, ...]], ...]:
    """Somebody elsewhere who guesses at a name does not lock out the person whose name it is."""
    return (OF_USER_THERE, user_id, address), (OF_USER, user_id), (OF_ADDRESS, address)


def _wait(limiter: FixedWindowRateLimiter, limit: RateLimitItem, key: list[str]) -> float | None:
    return None if limiter.test(limit, *key) else limiter.get_window_stats(limit, *key).reset_time


def _reset(limiter: FixedWindowRateLimiter, limit: RateLimitItem, key: list[str]) -> float:
    return limiter.get_window_stats(limit, *key).reset_time


def _hit(limiter: FixedWindowRateLimiter, limit: RateLimitItem, key: list[str], cost: int = 1) -> bool:
    return limiter.hit(limit, *key, cost=cost)


def _ask(question: Callable[[FixedWindowRateLimiter], T]) -> T:
    global _away_until
    shared, own = _limiters()
    if shared is not None and monotonic() >= _away_until:
        try:
            return question(shared)
        except StorageError as error:
            _away_until = monotonic() + AWAY
            _log.warning("the broker cannot count attempts, this process does for %s s: %s", AWAY, error)
    return question(own)


@lru_cache(maxsize=1)
def _limiters() -> tuple[FixedWindowRateLimiter | None, FixedWindowRateLimiter]:
    own = FixedWindowRateLimiter(MemoryStorage())
    uri = storage_uri(settings().broker_url)
    if uri is None:
        return None, own
    import redis  # noqa: F401  (`limits` takes a module that another thread is still importing for one too old)

    shared = RedisStorage(uri, wrap_exceptions=True, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    return FixedWindowRateLimiter(shared), own


def storage_uri(broker_url: str) -> str | None:
    """Return the address of the broker as `limits` writes it, None where the broker cannot count."""
    if broker_url.startswith("redis+socket://"):
        return "redis+unix://" + broker_url.removeprefix("redis+socket://").partition("?")[0]
    return broker_url if broker_url.startswith(("redis://", "rediss://")) else None
