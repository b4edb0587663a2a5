"""Who is asking: the caller that a verified token stands for, with the roles granted to it and where each holds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from shared.contracts import Actor
from shared.contracts.roles import (
    ADMINISTRATOR,
    ANYBODY,
    CLIENT_ROLES,
    PROVIDER_ROLES,
    SERVICE_ACCOUNT,
    TECHNICAL_ROLES,
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it holds (`None`: everywhere), e.g. `team:<id>` or `process:change`."""

    role: str
    scope: str | None = None

    @property
    def party(self) -> UUID | None:
        """The party to whose records it is bound; `None` when to none, or to none that exists."""
        if not (self.scope and self.scope.startswith("party:")):
            return None
        try:
            return UUID(self.scope[6:])
        except ValueError:
            return None

    def holds_in(self, process: str | None) -> bool:
        """Whether it lets its holder act in a process: one that is scoped to another process does not."""
        if self.role in TECHNICAL_ROLES and self.scope:
            return self.scope == f"process:{process}"
        return not (self.scope and self.scope.startswith("process:")) or self.scope == f"process:{process}"


@dataclass(frozen=True)
class Caller:
    """Who a verified token stands for, in the process of the service that is called."""

    id: str
    kind: str
    party: UUID | None
    teams: tuple[UUID, ...]
    grants: tuple[Grant, ...]
    process: str | None = None
    #: when the token was issued, in seconds since 1970; 0 when it does not say
    issued_at: float = 0.0
    #: what policies open to this caller, found once for as long as the token is remembered
    remembered: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles in which the caller acts here, without those that are bound to the records of one party.

        A client's own party binds nothing.
        """
        return frozenset(grant.role for grant in self._here if not self._bound(grant))

    @cached_property
    def bound_roles(self) -> Mapping[UUID, frozenset[str]]:
        """The roles that hold for the records of one party only, by party."""
        found: dict[UUID, frozenset[str]] = {}
        for grant in self._here:
            if self._bound(grant) and grant.party:
                found[grant.party] = found.get(grant.party, frozenset()) | {grant.role}
        return found

    @property
    def _here(self) -> Iterable[Grant]:
        return (grant for grant in self.grants if grant.holds_in(self.process))

    def _bound(self, grant: Grant) -> bool:
        if not (grant.scope and grant.scope.startswith("party:")):
            return False
        return not (grant.role in CLIENT_ROLES and grant.party is not None and grant.party == self.party)

    def roles_for(self, party: UUID | None) -> frozenset[str]:
        """The roles that hold for a record of that party."""
        return self.roles | self.bound_roles.get(party, frozenset()) if party else self.roles

    @cached_property
    def parties(self) -> frozenset[UUID]:
        """The parties whose records the caller sees: the own one as its client, and those that roles are bound to."""
        own = {self.party} if self.party and "client" in self.roles else set()
        return frozenset(own | set(self.bound_roles))

    def here(self, process: str) -> "Caller":
        """The caller in a process: who acts for another one only looks on."""
        known: Caller | None = self.remembered.get(process)
        if known is None:
            bound = not all(grant.holds_in(None) for grant in self.grants)
            known = self.remembered[process] = replace(self, process=process, remembered={}) if bound else self
        return known

    @cached_property
    def seeing_roles(self) -> frozenset[str]:
        """The roles in which the caller may look: those in which it acts, and those that it has in other processes."""
        return self.roles | {grant.role for grant in self.grants if not self._bound(grant)}

    @cached_property
    def opening(self) -> tuple[Grant, ...]:
        """What policies look at: the grants, and for people the one that every person has."""
        own = () if self.kind == SERVICE_ACCOUNT else (Grant(ANYBODY),)
        return (*own, *(grant for grant in self.grants if grant.role != ANYBODY))

    @cached_property
    def administers(self) -> bool:
        """Whether the caller may do everything: that role holds everywhere or not at all."""
        return any(grant.role == ADMINISTRATOR and grant.scope is None for grant in self.grants)

    @property
    def works_for_provider(self) -> bool:
        """Whether the caller is a professional or leader of the provider, or an administrator.

        Such a role that is bound to one party shows that party's records and no more.
        """
        return self.administers or not self.seeing_roles.isdisjoint(PROVIDER_ROLES)

    @cached_property
    def person(self) -> UUID | None:
        """The caller's id when it is a UUID, as people in governance have."""
        try:
            return UUID(self.id)
        except ValueError:
            return None

    def acting(self, wanted: Collection[str] = ()) -> Actor:
        """How events name the caller: with a role of those `wanted` that let it in, where it holds one."""
        held = self.roles.union(*self.bound_roles.values())
        fitting = sorted(held.intersection(wanted)) or ([ADMINISTRATOR] if self.administers else sorted(held))
        kind: Literal["person", "service_account"] = "service_account" if self.kind == SERVICE_ACCOUNT else "person"
        return Actor(type=kind, id=self.id, role=fitting[0] if fitting else None)
