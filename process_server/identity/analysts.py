"""Who may design forms: administrators, and the members of the group that the settings name."""

from process_server.config import settings
from process_server.errors import NotAllowed
from process_server.identity.principal import Principal


def may_design(principal: Principal) -> bool:
    """Say whether somebody may design forms."""
    return principal.admin or principal.belongs_to(settings().analyst_group)


def require_designer(principal: Principal) -> None:
    """Raise NotAllowed unless somebody may design forms."""
    if not may_design(principal):
        raise NotAllowed("Only administrators and analysts may design forms.")
