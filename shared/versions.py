"""The versions that a client saw of a record, as `If-Match` names them: its change is refused when there is another one by now."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from shared.errors import VersionConflict

#: an entity tag (RFC 9110, 8.8.3)
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_SEPARATORS = " \t,"
_VERSION = re.compile(r"\d{1,18}")


@dataclass(frozen=True, slots=True)
class Versions:
    """Any of several versions; with `numbers` absent, whichever there is."""

    numbers: frozenset[int] | None

    def __contains__(self, version: int) -> bool:
        """Whether a record of this version is one that the client saw."""
        return self.numbers is None or version in self.numbers

    def __str__(self) -> str:
        """The versions, for people."""
        return " or ".join(map(str, sorted(self.numbers or ())))


#: what a command gets: the version that its caller saw, or several
Expected: TypeAlias = int | Versions


def versions_of(if_match: str) -> Expected:
    """The versions that `If-Match` names: one, a list, or `*` for whichever there is.

    Weak tags match no record (RFC 9110, 13.1.1). `VersionConflict` when none of the tags is a version of a record.
    """
    given = if_match.strip()
    if given == "*":
        return Versions(None)
    if not _TAG.sub("", given).strip(_SEPARATORS):
        strong = [tag for weak, tag in _TAG.findall(given) if not weak]
        numbers = frozenset(int(tag) for tag in strong if _VERSION.fullmatch(tag))
        if len(numbers) == 1:
            return next(iter(numbers))
        if numbers:
            return Versions(numbers)
    raise VersionConflict(f"If-Match {given[:40]!r} is not a version of this record; read it again.")


def check_version(actual: int, expected: Expected) -> None:
    """`VersionConflict` unless the record still has a version that the client saw."""
    if actual not in (expected if isinstance(expected, Versions) else (expected,)):
        raise VersionConflict(
            f"The record has version {actual}, you saw {expected}: read it again, then send your change with the new version."
        )
