"""Where a role applies: everywhere, or for one party, team, service or process, written `party:<id>` or `process:<name>`."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.contracts.roles import ADMINISTRATOR, ROLES, TECHNICAL_ROLES

Role = StrEnum("Role", {role: role for role in ROLES})  # type: ignore[misc]
PROCESSES = ("incident", "change", "knowledge", "service_level", "governance", "improvement", "operations")
RECORDS = ("party", "team", "service")
EXAMPLES = "party:<id>, team:<id>, service:<id> or process:<name>"


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope in two parts: its kind, and the id or the process that it names."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def scope_of(text: str, role: str) -> Scope:
    """The scope that `text` names, in its one spelling; `ValueError` says why it is no scope, or does not fit this role."""
    kind, colon, name = text.partition(":")
    if role == ADMINISTRATOR:
        raise ValueError("an administrator may do everything everywhere; leave the scope out")
    if not colon or kind not in (*RECORDS, "process"):
        raise ValueError(f"a scope is {EXAMPLES}")
    if kind == "process":
        if name not in PROCESSES:
            raise ValueError(f"no such process; one of {', '.join(PROCESSES)}")
        return Scope(kind, name)
    if role in TECHNICAL_ROLES:
        raise ValueError(f"{role} applies to a whole service: leave the scope out, or name a process")
    try:
        return Scope(kind, str(UUID(name)))
    except ValueError:
        raise ValueError(f"after {kind}: comes the id of a {kind}") from None
