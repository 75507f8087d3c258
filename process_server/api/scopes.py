"""What a token may be limited to, and which scopes only an administrator hands out."""

from process_server.errors import NotAllowed
from process_server.identity.principal import Principal

FAMILIES = {
    "deployments": "deploy models, decisions and forms; read what is deployed",
    "processes": "definitions, instances, variables, history, incidents",
    "tasks": "user tasks and their comments",
    "messages": "correlate messages, broadcast signals",
    "jobs": "fetch service work and report on it",
    "reports": "key figures",
    "people": "users and groups",
    "notifications": "one's own notifications, and what one is told of",
    "mails": "mails and messages that were sent or could not be",
    "files": "upload and download files",
    "tokens": "one's own tokens",
    "parameters": "figures that expressions read",
    "calendars": "working calendars",
    "clock": "move the time of a sandbox",
}
SYSTEM = ("messages", "jobs")
"""What moves processes past the people in them: for administrators, and for tokens that name it."""

KNOWN = frozenset(FAMILIES) | {f"{family}:{access}" for family in FAMILIES for access in ("read", "write")}


def require_system(actor: Principal, scope: str) -> None:
    """Raise NotAllowed unless the actor is an administrator or sends a token that names the scope."""
    if not actor.admin and actor.scopes.isdisjoint({scope, scope.partition(":")[0]}):
        raise NotAllowed("Only administrators may do this, and tokens that name the scope {scope}.", scope=scope)


def may_hand_out(actor: Principal, scopes: list[str]) -> bool:
    """Say whether somebody may make a token with these scopes: none beyond what they may do themselves."""
    if any(scope.partition(":")[0] in SYSTEM for scope in scopes) and not actor.admin:
        return False
    if not scopes:
        return not actor.scopes
    return all(actor.allows(scope) for scope in scopes)
