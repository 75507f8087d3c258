"""In which language a client reads: what it asks for, else what its user chose, else English."""

from fastapi import Request

from process_server import i18n
from process_server.identity.principal import Principal

DEFAULT = "en"


def language_of(request: Request, actor: Principal | None = None) -> str:
    """Return the language of an answer."""
    return i18n.choose(request.headers.get("Accept-Language"), actor.language if actor else None, default=DEFAULT)
