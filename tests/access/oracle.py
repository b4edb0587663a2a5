"""The rules of roles and scopes from the READMEs, written independently of the services' own code."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.contracts.roles import FEED_READER, LEADERS, OPERATOR, PROFESSIONALS
from tests.access.callers import Caller, Grant

PROVIDER = frozenset({*PROFESSIONALS, *LEADERS})
CLIENT_SIDE = frozenset({"client", "user"})


@dataclass(frozen=True)
class Record:
    """What matters of a record: whose it is, who reported it or asked for it, who alone sees it, whether everybody does."""

    id: UUID
    party: UUID | None = None
    teams: tuple[UUID, ...] = ()
    service: UUID | None = None
    people: frozenset[str] = frozenset()
    secret: UUID | None = None
    public: bool = False
    #: what else the oracle of a service, a path or a body needs
    more: dict[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        shown = {"party": self.party, "teams": self.teams, "service": self.service, "people": self.people}
        shown |= {"secret": self.secret, "public": self.public}
        return f"{self.id} " + " ".join(f"{name}={_plain(value)}" for name, value in shown.items() if value)


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple | frozenset) else str(value)


#: whether something is open to a caller; on a record, or for what has none
Rule = Callable[[Caller, Any], bool]


def within(grant: Grant, record: Record, process: str, *, acting: bool) -> bool:
    """Whether a record lies within the scope of a grant: in another process a role reads and does not act."""
    if grant.kind == "process":
        return grant.name == process or not acting
    named: dict[str, Collection[Any]] = {
        "": [""],
        "party": [str(record.party)],
        "team": [str(team) for team in record.teams],
        "service": [str(record.service)],
    }
    return grant.name in named.get(grant.kind, ())


def of_the_party(caller: Caller, grant: Grant, record: Record) -> bool:
    """Whether a record is of the party that a client stands for: the one that the role holds for, else the own one."""
    party = grant.name if grant.kind == "party" else str(caller.party)
    return record.party is not None and str(record.party) == party


def own(caller: Caller, record: Record) -> bool:
    """Whether the caller reported the record, or is the person that it is about."""
    return caller.sub in record.people


def insider(caller: Caller, record: Record) -> bool:
    """Whether the caller may know of the record at all: a confidential one is for its team and who reported it."""
    return record.secret is None or record.secret in caller.teams or own(caller, record)


def grants_on(
    caller: Caller, record: Record, process: str, opens: Callable[[Caller, Grant, Record], bool], *, acting: bool
) -> set[str]:
    """The roles that a caller has on this very record, each by a grant that holds for it and opens it."""
    if not insider(caller, record):
        return set()
    found = {
        grant.role
        for grant in caller.grants
        if within(grant, record, process, acting=acting) and opens(caller, grant, record)
    }
    return {*found, "administrator"} if caller.administers else found - {"administrator"}


def technical(process: str, *roles: str) -> Rule:
    """What programs and operators do: in a role that holds everywhere or for this process, and no other scope fits."""

    def rule(caller: Caller, _: object = None) -> bool:
        here = [("", ""), ("process", process)]
        held = {grant.role for grant in caller.grants if (grant.kind, grant.name) in here}
        return caller.administers or not held.isdisjoint(roles)

    return rule


def holds(grant: Grant) -> bool:
    """Whether a grant holds for anything that there is: for a scope of a kind to come it does not."""
    return grant.kind in ("", "process", "party", "team", "service") and bool(grant.name or not grant.kind)


def anybody_with(roles: Iterable[str]) -> Rule:
    """What everybody with one of these roles may know, wherever the role holds."""
    wanted = frozenset(roles)

    def rule(caller: Caller, _: object = None) -> bool:
        return caller.administers or not wanted.isdisjoint(grant.role for grant in caller.grants if holds(grant))

    return rule


def administrators(caller: Caller, _: object = None) -> bool:
    """What administrators do: that role holds everywhere or not at all."""
    return caller.administers


__all__ = ["FEED_READER", "OPERATOR", "PROVIDER", "Record", "Rule", "anybody_with", "technical", "within"]
