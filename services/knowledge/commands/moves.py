"""Moves of a knowledge item: its draft is submitted, returned or approved, and the whole item retired in the end."""

from collections.abc import Callable, Mapping
from uuid import UUID

from services.knowledge.commands.items import standing
from services.knowledge.commands.telling import tell
from services.knowledge.domain.kinds import CONTENT
from services.knowledge.domain.lifecycles import VERSIONS
from services.knowledge.models import KnowledgeItem, Version
from services.knowledge.repository import items as repository
from shared import clock
from shared.contracts import knowledge as said
from shared.errors import check_version
from shared.lifecycle import Lifecycle, Move, Option
from shared.unit_of_work import Work

EVENTS: Mapping[str, Callable[..., said.KiEvent]] = {
    "submit": said.KiSubmitted,
    "return": said.KiReturned,
    "approve": said.KiChanged,
    "retire": said.KiRetired,
}
PROCESS = "process:knowledge"


async def move_item(work: Work, identity: UUID, expected: int, trigger: str, reason: str | None) -> KnowledgeItem:
    """The item after `trigger`. Raises `MoveNotPermitted`, `VersionConflict`, `ItemUnknown`."""
    async with work:
        if await work.earlier_result():
            return await repository.item(work, identity)
        item = await repository.item(work, identity, lock=True)
        check_version(item.version, expected)
        current, draft = await repository.open_versions(work, item)
        facts = _facts(work, item, draft or current) | {"reason": reason}
        move = _lifecycle(item).fire(_place(item), trigger, facts)
        if move.target == "retired":
            for version in (current, draft):
                _retire(version, reason)
            item.state, item.draft_state = move.target, None
            item.draft_version = None if item.current_version else item.draft_version
        else:
            assert draft
            _advance(work, item, draft, move, reason)
            if move.target == "current":
                _retire(current, f"Version {draft.number} took its place.")
        tell(work, item, EVENTS[trigger], **({"reason": reason} if "reason" in move.requires else {}))
        work.remember_result(item.id)
        await work.flush()
        return item


async def options_for(work: Work, item: KnowledgeItem) -> tuple[Option, ...]:
    """What the caller may do with an item now."""
    current, draft = await repository.open_versions(work, item)
    return _lifecycle(item).options(_place(item), _facts(work, item, draft or current))


def _advance(work: Work, item: KnowledgeItem, draft: Version, move: Move, reason: str | None) -> None:
    draft.state, draft.reason = move.target, reason
    if move.target != "current":
        item.draft_state = move.target
        item.state = item.state if item.current_version else move.target
        return
    draft.reviewed_by, draft.current_at = work.actor.id, clock.now()
    item.state, item.current_version = move.target, draft.number
    item.draft_version = item.draft_state = None
    for name, value in standing({name: getattr(draft, name) for name in CONTENT}).items():
        setattr(item, name, value)


def _retire(version: Version | None, reason: str | None) -> None:
    if version is not None:
        version.state, version.reason, version.retired_at = "retired", reason, clock.now()


def _lifecycle(item: KnowledgeItem) -> Lifecycle:
    return VERSIONS[item.ki_type]  # type: ignore[index]


def _place(item: KnowledgeItem) -> str:
    """Where the version stands that somebody works on; where there is none, the item itself."""
    return item.draft_state or item.state


def _facts(work: Work, item: KnowledgeItem, version: Version | None) -> dict[str, object]:
    content = {name: getattr(version, name) for name in CONTENT} if version else {}
    return {
        **content,
        "attributes": content.get("attributes") or None,
        "owner_id": item.owner_id,
        "authors": version.authors if version else [],
        "reviewer": work.actor.id,
        "approves_own": _approves_own(work),
    }


def _approves_own(work: Work) -> bool:
    caller = work.caller
    if caller is None or caller.administers:
        return True
    return any(each.role == "knowledge_manager" and each.scope in (None, PROCESS) for each in caller.grants)
