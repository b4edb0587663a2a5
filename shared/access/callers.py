"""Callers: who a verified token represents, with the roles granted to it and the scope of each."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from shared.contracts import Actor
from shared.contracts.roles import ADMINISTRATOR, ANYBODY, SERVICE_ACCOUNT, TECHNICAL_ROLES


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and its scope (`None`: everywhere), e.g. `team:<id>` or `process:change`."""

    role: str
    scope: str | None = None

    @property
    def party(self) -> UUID | None:
        """The party that it is limited to; `None` when it is not limited to one, or the id is not valid."""
        if not (self.scope and self.scope.startswith("party:")):
            return None
        try:
            return UUID(self.scope[6:])
        except ValueError:
            return None

    def holds_in(self, process: str | None) -> bool:
        """Whether its holder may act in a process: not when the grant is scoped to another process."""
        if self.role in TECHNICAL_ROLES and self.scope:
            return self.scope == f"process:{process}"
        return not (self.scope and self.scope.startswith("process:")) or self.scope == f"process:{process}"


@dataclass(frozen=True)
class Caller:
    """Who a verified token represents, in the process of the service that is called."""

    id: str
    kind: str
    party: UUID | None
    teams: tuple[UUID, ...]
    grants: tuple[Grant, ...]
    process: str | None = None
    #: when the token was issued, in seconds since 1970; 0 when it does not say
    issued_at: float = 0.0
    #: a cache of what policies open to this caller; it lasts as long as the token is cached
    remembered: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def here(self, process: str) -> "Caller":
        """The same caller in this process, where roles that are scoped to another process may only read."""
        known: Caller | None = self.remembered.get(process)
        if known is None:
            bound = not all(grant.holds_in(None) for grant in self.grants)
            known = self.remembered[process] = replace(self, process=process, remembered={}) if bound else self
        return known

    @cached_property
    def opening(self) -> tuple[Grant, ...]:
        """The grants that policies check: the caller's own, and for people the one that every person has."""
        own = () if self.kind == SERVICE_ACCOUNT else (Grant(ANYBODY),)
        return (*own, *(grant for grant in self.grants if grant.role != ANYBODY))

    @cached_property
    def administers(self) -> bool:
        """Whether the caller may do everything: the role of administrators counts only without a scope."""
        return any(grant.role == ADMINISTRATOR and grant.scope is None for grant in self.grants)

    @cached_property
    def person(self) -> UUID | None:
        """The caller's id when it is a UUID, as people in governance have."""
        try:
            return UUID(self.id)
        except ValueError:
            return None

    def acting(self, wanted: frozenset[str] = frozenset()) -> Actor:
        """The caller as events name it, with one of the `wanted` roles where it has one."""
        known: Actor | None = self.remembered.get(wanted)
        if known is None:
            held = {grant.role for grant in self.grants if grant.holds_in(self.process)}
            fitting = sorted(held.intersection(wanted)) or ([ADMINISTRATOR] if self.administers else sorted(held))
            kind: Literal["person", "service_account"] = "service_account" if self.kind == SERVICE_ACCOUNT else "person"
            known = self.remembered[wanted] = Actor(type=kind, id=self.id, role=fitting[0] if fitting else None)
        return known
