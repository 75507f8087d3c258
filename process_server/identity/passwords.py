"""Hashes of passwords: Argon2id with the parameters OWASP advises for servers (19 MiB, two passes)."""

import os
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from process_server.errors import InvalidInput

MINIMUM = 8  # characters of a password that a person chooses
MAXIMUM = 1_000

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = BoundedSemaphore(os.cpu_count() or 1)  # more at once would take memory, and no less time


def hash_password(password: str) -> str:
    """Return the hash to store."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Say whether the password is the one of the hash; without a hash it takes as long and says no."""
    try:
        with _hashing:
            return _hasher.verify(password_hash or _hash_of_nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Say whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_strength(password: str, field: str = "password") -> None:
    """Raise InvalidInput for one that is too short, blanks around it not counted, or longer than anyone types."""
    if not MINIMUM <= len(password.strip()) <= len(password) <= MAXIMUM:
        raise InvalidInput([{"field": field, "code": "length", "params": {"minimum": MINIMUM, "maximum": MAXIMUM}}])


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return _hasher.hash("the password of nobody")
