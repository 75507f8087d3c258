"""What a token may be limited to: families of the API, each to be read, to be written, or both."""

from collections.abc import Collection

from process_server.errors import InvalidInput, NotAllowed
from process_server.i18n import gettext_noop
from process_server.identity.principal import Principal

FAMILIES = {
    "deployments": gettext_noop("deploy models, decisions and forms; read what is deployed"),
    "processes": gettext_noop("definitions, instances, variables, history, incidents"),
    "tasks": gettext_noop("user tasks and their comments"),
    "messages": gettext_noop("correlate messages, broadcast signals"),
    "jobs": gettext_noop("fetch service work and report on it"),
    "reports": gettext_noop("key figures"),
    "people": gettext_noop("users, groups and service accounts"),
    "notifications": gettext_noop("one's own notifications, and what one is told of"),
    "mails": gettext_noop("mails and messages that were sent or could not be"),
    "files": gettext_noop("upload and download files"),
    "tokens": gettext_noop("one's own tokens"),
    "parameters": gettext_noop("figures that expressions read"),
    "calendars": gettext_noop("working calendars"),
    "audit": gettext_noop("who did what"),
    "clock": gettext_noop("move the time of a sandbox"),
}
SYSTEM = ("messages", "jobs")
"""What moves processes past the people in them: for administrators, and for tokens that name it."""

ACCESS = ("read", "write")
KNOWN = frozenset(FAMILIES) | {f"{family}:{access}" for family in FAMILIES for access in ACCESS}


def require_may_hand_out(actor: Principal, scopes: Collection[str]) -> None:
    """Raise InvalidInput for a scope there is not, NotAllowed for one beyond what the actor may do themselves."""
    unknown = sorted(set(scopes) - KNOWN)
    if unknown:
        raise InvalidInput(
            [{"field": "scopes", "code": "not_an_option", "params": {"value": unknown, "options": sorted(KNOWN)}}]
        )
    if not _may_hand_out(actor, scopes):
        raise NotAllowed("You may not hand out these scopes.", scopes=sorted(scopes))


def offered(actor: Principal) -> dict[str, str]:
    """Return the families of which somebody may hand out scopes, with what they are for."""
    return {family: words for family, words in FAMILIES.items() if _may_hand_out(actor, [family])}


def _may_hand_out(actor: Principal, scopes: Collection[str]) -> bool:
    if any(scope.partition(":")[0] in SYSTEM for scope in scopes) and not actor.admin:
        return False
    if not scopes:
        return not actor.scopes
    return all(actor.allows(scope) for scope in scopes)
