"""How many requests the APIs take: of a token or of a user without one, and from an address.

A token or user is counted for all processes together, in the broker; an address in each process by itself, before
anybody looks at its credentials.
"""

from functools import lru_cache

import limits
from limits import RateLimitItem

from process_server.config import settings
from process_server.identity import attempts
from process_server.identity.principal import Principal


def count_address(address: str) -> None:
    """Count a request from an address. Raises TooManyRequests."""
    if limit := _parsed(settings().address_limit):
        attempts.spend_here(limit, "api-address", address)


def count_principal(principal: Principal) -> None:
    """Count a request of a token, or of a user who sent none. Raises TooManyRequests."""
    if limit := _parsed(settings().user_limit):
        attempts.spend(limit, "api", str(principal.token_id or principal.user_id))


@lru_cache(maxsize=8)
def _parsed(text: str) -> RateLimitItem | None:
    return limits.parse(text) if text else None
