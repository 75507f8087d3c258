"""Who acts: the signed-in person or system, as every command and query is given it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from process_server.errors import NotAllowed
from process_server.i18n import Named


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user. `scopes` limit what a token may do; empty, as for a person at a browser, they limit nothing.

    `stands_in_for` names whom they stand in for now, each with the processes it concerns; None: all.
    """

    user_id: str
    name: str
    groups: frozenset[str] = field(default_factory=frozenset)
    admin: bool = False
    language: str | None = None
    department_id: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    token_id: UUID | None = None  # of the token that was sent
    stands_in_for: Mapping[str, frozenset[str] | None] = field(default_factory=dict, hash=False)
    name_en: str | None = None

    @property
    def named(self) -> Named:
        """How they are called, for a message: its reader's language is not known where it is written."""
        return Named(self.name, self.name_en)

    def belongs_to(self, *groups: str) -> bool:
        """Say whether the user is a member of any of the groups."""
        return not self.groups.isdisjoint(groups)

    def acts_for(self, person: str, process_key: str) -> bool:
        """Say whether the user stands in for a person in a process."""
        if person not in self.stands_in_for:
            return False
        processes = self.stands_in_for[person]
        return processes is None or process_key in processes

    def represented(self) -> dict[str, list[str]]:
        """Return whom the user stands in for, by the process it concerns; under "" who in all."""
        found: dict[str, list[str]] = {}
        for person, processes in self.stands_in_for.items():
            for process_key in ("",) if processes is None else processes:
                found.setdefault(process_key, []).append(person)
        return found

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
