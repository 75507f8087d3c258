"""What moves processes past the people in them."""

from process_server.errors import NotAllowed
from process_server.identity.principal import Principal


def require_system(actor: Principal, scope: str) -> None:
    """Raise NotAllowed unless the actor is an administrator or sends a token that names the scope."""
    if not actor.admin and actor.scopes.isdisjoint({scope, scope.partition(":")[0]}):
        raise NotAllowed("Only administrators may do this, and tokens that name the scope {scope}.", scope=scope)
