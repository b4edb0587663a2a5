"""Knowledge items: registered as a draft, edited while readers see the current version, moved along their lifecycle."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.knowledge import access
from services.knowledge.items.queries import ITEMS
from services.knowledge.lifecycles import VERSIONS
from services.knowledge.models import KI_NUMBER, KnowledgeItem, KnownPerson, Version
from services.knowledge.versions import commands as versions
from services.knowledge.versions.queries import open_versions
from services.knowledge.versions.rules import CONTENT, HEADLINE, foreign_fields
from shared.contracts.knowledge import KiEdited, KiEvent, KiRegistered
from shared.errors import Conflict, invalid
from shared.lifecycle import Option
from shared.records import check_references, correct, differing, event_of
from shared.unit_of_work import Work
from shared.versions import Expected

REFERENCES = {"owner_id": KnownPerson}


class DraftInReview(Conflict):
    """A draft cannot be edited until its review has ended."""

    slug, title = "draft-in-review", "The draft is being reviewed"


class ItemRetired(Conflict):
    """A retired knowledge item cannot be edited."""

    slug, title = "item-retired", "The knowledge item is retired"


async def register_item(work: Work, given: Mapping[str, Any]) -> KnowledgeItem:
    """A new item, whose first version is a draft; without `owner_id` the person who registers it owns it, if known here.

    `given` has every field of a version. Raises `NotAllowed`, or a refusal that points at a field.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await ITEMS.one(work, earlier)
        _check_fields(given["ki_type"], given)
        await check_references(work, given, REFERENCES)
        item = KnowledgeItem(
            number="",
            ki_type=given["ki_type"],
            owner_id=given["owner_id"] or await _author(work),
            registered_by=work.actor.id,
            **{name: given[name] for name in HEADLINE},
        )
        ITEMS.check(work, item, access.WRITE)
        item.number = await KI_NUMBER.next(work)
        work.insert(item)
        versions.draft(work, item, 1, {name: given[name] for name in CONTENT})
        _emit(work, item, KiRegistered)
        work.remember_result(item.id)
        await work.flush()
        return item


async def edit_item(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> KnowledgeItem:
    """The item with the `given` fields in its draft, which is copied from the current version when there is none yet.

    A new owner is set at once. Raises `NotFound`, `NotAllowed`, `VersionConflict`, `ItemRetired`, `DraftInReview`, or a
    refusal that points at a field.
    """
    async with work:
        item = await ITEMS.to_change(work, identity, expected, access.WRITE)
        if item.state == "retired":
            raise ItemRetired("The knowledge item is retired; register a new one.")
        _check_fields(item.ki_type, given)
        await check_references(work, given, REFERENCES, before=item)
        current, draft = await open_versions(work, item)
        base = draft or current
        assert base
        new = differing(base, {name: given[name] for name in CONTENT if name in given})
        changes = correct(item, {"owner_id": given.get("owner_id", item.owner_id)})
        if new and item.draft_state == "in_review":
            raise DraftInReview("The draft is being reviewed: return it first, or wait for the review.")
        if new:
            changes += versions.edit(work, item, base, new)
        if changes:
            _emit(work, item, KiEdited, changes=changes)
            await work.flush()
        return item


async def move_item(
    work: Work, identity: UUID, expected: Expected, trigger: str, given: Mapping[str, Any]
) -> KnowledgeItem:
    """The item after `trigger`, with the fields `given` for it; a repeated request returns its present state.

    Raises `NotFound`, `NotAllowed`, `VersionConflict`, or `MoveNotPermitted`.
    """
    async with work:
        if await work.earlier_result():
            return await ITEMS.one(work, identity)
        item = await ITEMS.to_change(work, identity, expected, access.WRITE)
        current, draft = await open_versions(work, item)
        facts, roles = await _facts(work, item, draft or current), access.WRITE.roles(work.caller, item)
        move = VERSIONS[item.ki_type].fire(_stage(item), trigger, {**facts, **given}, roles)
        if move.target == "retired":
            for version in (current, draft):
                versions.retire(version, given["reason"])
            item.state, item.draft_state = move.target, None
            item.draft_version = None if item.current_version else item.draft_version
        else:
            assert draft
            draft.state, draft.reason = move.target, given.get("reason")
            if move.target == "current":
                versions.approve(work, item, draft, current)
            else:
                item.draft_state = move.target
            item.state = "current" if item.current_version else move.target
        _emit(work, item, move.event, **given)
        work.remember_result(item.id)
        await work.flush()
        return item


async def options_for(work: Work, item: KnowledgeItem) -> tuple[Option, ...]:
    """What the caller may do with an item now."""
    current, draft = await open_versions(work, item)
    roles = access.WRITE.roles(work.caller, item)
    return VERSIONS[item.ki_type].options(_stage(item), await _facts(work, item, draft or current), roles)


def _emit(work: Work, item: KnowledgeItem, kind: type[KiEvent], **given: Any) -> None:
    current = item.current_version if item.state == "current" else None
    draft = item.draft_version if item.draft_state else None
    work.emit(item, event_of(kind, item, given, current_version=current, draft_version=draft))


def _stage(item: KnowledgeItem) -> str:
    """The state of the draft; without a draft that of the item."""
    return item.draft_state or item.state


async def _facts(work: Work, item: KnowledgeItem, version: Version | None) -> dict[str, object]:
    """The facts that the lifecycle needs."""
    content = {name: getattr(version, name) or None for name in CONTENT} if version else {}
    owner = await work.session.get(KnownPerson, item.owner_id) if item.owner_id and item.draft_state else None
    return {
        **content,
        "owner_id": item.owner_id,
        "owner_retired": owner is not None and not owner.active,
        "authors": version.authors if version else [],
        "reviewer": work.actor.id,
        "approves_own": access.APPROVE_OWN.covers(work.caller, item),
    }


async def _author(work: Work) -> UUID | None:
    person = await work.session.get(KnownPerson, work.person) if work.person else None
    return person.id if person and person.active else None


def _check_fields(ki_type: str, given: Mapping[str, Any]) -> None:
    for name in foreign_fields(ki_type, [name for name, value in given.items() if value]):
        raise invalid(f"/{name}", f"a {ki_type.replace('_', ' ')} has no {name}; leave it out")
