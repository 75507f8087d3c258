"""Who acts: the signed-in person or system, as every command and query is given it."""

from dataclasses import dataclass, field

from process_server.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user. `scopes` limit what a token may do; empty, as for a person at a browser, they limit nothing."""

    user_id: str
    name: str
    groups: frozenset[str] = field(default_factory=frozenset)
    admin: bool = False
    language: str | None = None
    department_id: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)

    def belongs_to(self, *groups: str) -> bool:
        """Say whether the user is a member of any of the groups."""
        return not self.groups.isdisjoint(groups)

    def allows(self, scope: str) -> bool:
        """Say whether the scope is within what the token may do: `tasks` covers `tasks:read` as well."""
        return not self.scopes or scope in self.scopes or scope.partition(":")[0] in self.scopes

    def require_admin(self) -> None:
        """Raise NotAllowed unless the user is an administrator."""
        if not self.admin:
            raise NotAllowed

    def require_scope(self, scope: str) -> None:
        """Raise NotAllowed where the token does not cover the scope."""
        if not self.allows(scope):
            raise NotAllowed(f"This token does not cover {scope}.")


SYSTEM = Principal("system", "System", admin=True)
"""Acts for the server itself: timers, jobs, the command line."""


SYSTEM = Principal("system", "System", admin=True)
"""The server itself: timers, connectors, messages between processes."""
