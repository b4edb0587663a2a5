"""Where a role holds: everywhere, or for one party, team, service or process, written `party:<id>` or `process:<name>`."""

from dataclasses import dataclass
from uuid import UUID

PROCESSES = ("incident", "change", "knowledge", "service_level", "governance", "improvement", "operations")
RECORDS = ("party", "team", "service")
EXAMPLES = "party:<id>, team:<id>, service:<id> or process:<name>"


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope taken apart: its kind, and the id or the process that it names."""

    kind: str
    name: str

    @property
    def record(self) -> UUID:
        """The id of the record that it names; `ValueError` for a process."""
        return UUID(self.name)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def scope(text: str) -> Scope:
    """The scope that `text` names, in its one spelling; `ValueError` says what is wrong with it."""
    kind, colon, name = text.partition(":")
    if colon and kind == "process":
        if name not in PROCESSES:
            raise ValueError(f"no such process; one of {', '.join(PROCESSES)}")
        return Scope(kind, name)
    if not colon or kind not in RECORDS:
        raise ValueError(f"a scope is {EXAMPLES}")
    try:
        return Scope(kind, str(UUID(name)))
    except ValueError:
        raise ValueError(f"after {kind}: comes the id of a {kind}") from None
