"""Free text in the data of events: where it is, and the word that replaces it once it is erased."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

#: what stands where a text was erased
ERASED = "erased"
#: texts that belong to an act: whoever acted wrote them, or repeated them
SAID = frozenset({"reason", "text", "note", "solution", "evaluation"})
#: texts of a record, which its events repeat
DESCRIBED = frozenset({"title", "description"})
#: texts that only corrections show: `changes: [{field, from, to}]`
PLANNED = frozenset({"build_plan", "test_plan", "implementation_plan", "back_out_plan"})
TEXTS = SAID | DESCRIBED | PLANNED
#: what says who a person is, in events about that person: the name, and the account at a provider of sign-ins
NAMES = frozenset({"name", "subject"})
#: what events of a confidential record have instead of its texts
PLACEHOLDERS = frozenset({ERASED, "confidential"})

Path = tuple[str, ...]


def texts_in(data: Any, fields: Collection[str], path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Each text in the data of an event that belongs to one of `fields`: its path, its field, and the text."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, str):
                if key in fields:
                    yield (*path, key), key, value
            elif key == "changes" and not path and isinstance(value, list):
                yield from _corrected(value, fields)
            else:
                yield from texts_in(value, fields, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from texts_in(value, fields, (*path, str(place)))


def _corrected(changes: list[Any], fields: Collection[str]) -> Iterator[tuple[Path, str, str]]:
    for place, change in enumerate(changes):
        if isinstance(change, Mapping) and change.get("field") in fields:
            for side in ("from", "to"):
                if isinstance(change.get(side), str):
                    yield ("changes", str(place), side), change["field"], change[side]


def without(data: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """The data without the texts of these fields."""
    paths = {path for path, _, _ in texts_in(data, fields)}
    redacted: dict[str, Any] = _copied(data, (), paths)
    return redacted


def _copied(data: Any, path: Path, erased: Collection[Path]) -> Any:
    if path in erased:
        return ERASED
    if isinstance(data, Mapping):
        return {key: _copied(value, (*path, key), erased) for key, value in data.items()}
    if isinstance(data, list):
        return [_copied(value, (*path, str(place)), erased) for place, value in enumerate(data)]
    return data
