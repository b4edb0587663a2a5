"""The lifecycle of a version of a knowledge item: one table of moves that API, documentation and tests read."""

from collections.abc import Mapping

from services.knowledge.domain.kinds import KINDS
from shared.contracts.knowledge import KiType
from shared.lifecycle import Facts, Lifecycle, Move


def reviewer_is_not_an_author(facts: Facts) -> str | None:
    """Four eyes: whoever wrote in the version does not approve it, the knowledge manager and administrators excepted."""
    authors = facts.get("authors")
    wrote = isinstance(authors, list) and facts.get("reviewer") in authors
    return "you wrote in it: somebody else must approve it" if wrote and not facts.get("approves_own") else None


def _version(mandatory: tuple[str, ...]) -> Lifecycle:
    return Lifecycle(
        "knowledge item",
        "draft",
        (
            Move("submit", ("draft",), "in_review", requires=("owner_id", *mandatory)),
            Move("return", ("in_review",), "draft", requires=("reason",)),
            Move("approve", ("in_review",), "current", guards=(reviewer_is_not_an_author,)),
            Move("retire", ("draft", "in_review", "current"), "retired", requires=("reason",)),
        ),
        final=("retired",),
    )


#: the same moves for every type; what must be filled in before a review differs
VERSIONS: Mapping[KiType, Lifecycle] = {name: _version(kind.mandatory) for name, kind in KINDS.items()}


def diagram() -> str:
    """The table as a Mermaid diagram; it is the same for every type."""
    return VERSIONS["known_error"].mermaid()
