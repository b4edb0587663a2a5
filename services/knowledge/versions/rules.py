"""The fields of a version for each type of knowledge item, and those that must be filled in before a review."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.contracts.knowledge import KiType

Language = Literal["nl", "en", "unknown"]
Audience = Literal["internal", "public"]


@dataclass(frozen=True, slots=True)
class Kind:
    """The fields that items of one type have besides the common ones, and those that must be filled in."""

    fields: tuple[str, ...]
    mandatory: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    "known_error": Kind(fields=("symptom", "workaround"), mandatory=("symptom", "workaround")),
    "solution_article": Kind(fields=("symptom",), mandatory=("body",)),
    "work_instruction": Kind(fields=(), mandatory=("body",)),
    "configuration_item": Kind(fields=("attributes",), mandatory=("attributes",)),
}
if missing := set(get_args(KiType)) ^ set(KINDS):
    raise ValueError(f"types without a kind, or kinds without a type: {', '.join(sorted(missing))}")

#: the fields that an item copies from its current version, or from its draft until there is one
HEADLINE = ("title", "language", "audience")
#: the content of a version, which the next version starts from
CONTENT = (*HEADLINE, "body", "symptom", "workaround", "keywords", "attributes")
#: texts of any length: events name them without their values
LONG = ("body", "symptom", "workaround", "attributes")
_PARTICULAR = frozenset(name for kind in KINDS.values() for name in kind.fields)


def foreign_fields(ki_type: str, given: Iterable[str]) -> tuple[str, ...]:
    """The `given` fields that items of this type do not have, in the given order."""
    own = KINDS[ki_type].fields
    return tuple(name for name in given if name in _PARTICULAR and name not in own)
