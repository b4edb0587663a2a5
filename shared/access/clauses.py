"""Clauses: conditions on the columns of a row that must all be true; a row is open when any of its clauses is true."""

from collections.abc import Iterable
from typing import Any

#: columns with the values that each may have; a clause without columns opens every row
Clause = tuple[tuple[str, frozenset[Any]], ...]


def merged(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The clauses, merged where they differ in one set of values only, so that many grants need few statements."""
    found = list(dict.fromkeys(clauses))
    if () in found:
        return ((),)
    changed = True
    while changed:
        changed = False
        for number, first in enumerate(found):
            for second in found[number + 1 :]:
                if (both := _union(first, second)) is not None:
                    found = [both, *(one for one in found if one not in (first, second))]
                    changed = True
                    break
            if changed:
                break
    return tuple(sorted(found, key=lambda clause: [name for name, _ in clause]))


def _union(first: Clause, second: Clause) -> Clause | None:
    if [name for name, _ in first] != [name for name, _ in second]:
        return None
    differing = [number for number, (one, other) in enumerate(zip(first, second, strict=True)) if one != other]
    if len(differing) > 1:
        return None
    return tuple(
        (name, values | second[number][1]) if number in differing else (name, values)
        for number, (name, values) in enumerate(first)
    )
