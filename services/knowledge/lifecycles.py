"""The lifecycle of a version of a knowledge item as one table: here a state or a move is added."""

from collections.abc import Mapping

from services.knowledge.versions.rules import KINDS
from shared.contracts.knowledge import KiChanged, KiRetired, KiReturned, KiSubmitted
from shared.contracts.roles import PROVIDER_ROLES
from shared.lifecycle import Facts, Lifecycle, Move

#: the states of a version until it is current
DRAFT_STATES = ("draft", "in_review")
_UNTIL_RETIRED = (*DRAFT_STATES, "current")
#: `access.WRITE` decides which items they move
_ROLES = PROVIDER_ROLES


def is_not_an_author(facts: Facts) -> str | None:
    """Four eyes: an author of the version may not approve it, except for the knowledge manager and administrators."""
    authors = facts.get("authors")
    wrote = isinstance(authors, list) and facts.get("reviewer") in authors
    return (
        "you are one of its authors: somebody else must approve it" if wrote and not facts.get("approves_own") else None
    )


def owner_is_active(facts: Facts) -> str | None:
    """Whoever owns an item keeps it up to date, so it must be somebody who is still there."""
    return "its owner is no longer active: name another one (owner_id)" if facts.get("owner_retired") else None


def _version(mandatory: tuple[str, ...]) -> Lifecycle:
    needed = ("owner_id", *mandatory)
    return Lifecycle(
        "knowledge item",
        "draft",
        (
            Move(
                "submit",
                ("draft",),
                "in_review",
                requires=needed,
                guards=(owner_is_active,),
                roles=_ROLES,
                event=KiSubmitted,
            ),
            Move("return", ("in_review",), "draft", requires=("reason",), roles=_ROLES, event=KiReturned),
            Move(
                "approve",
                ("in_review",),
                "current",
                guards=(is_not_an_author, owner_is_active),
                roles=_ROLES,
                event=KiChanged,
            ),
            Move("retire", _UNTIL_RETIRED, "retired", requires=("reason",), roles=_ROLES, event=KiRetired),
        ),
        final=("retired",),
    )


#: one lifecycle per type: the moves are the same, the fields that a review needs differ
VERSIONS: Mapping[str, Lifecycle] = {name: _version(kind.mandatory) for name, kind in KINDS.items()}
STATES = VERSIONS["known_error"].states
