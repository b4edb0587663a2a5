"""Knowledge items: registered as a draft, edited in a draft while readers go on seeing what is current."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.knowledge.commands.telling import tell
from services.knowledge.domain.kinds import CONTENT, foreign_fields
from services.knowledge.errors import BeingReviewed, ItemRetired
from services.knowledge.models import KnowledgeItem, Version
from services.knowledge.repository import copies
from services.knowledge.repository import items as repository
from shared import clock
from shared.contracts.knowledge import KiEdited, KiRegistered, KiType
from shared.errors import check_version, invalid
from shared.unit_of_work import Work


async def register_item(
    work: Work, *, ki_type: KiType, owner_id: UUID | None, content: Mapping[str, Any]
) -> KnowledgeItem:
    """A new item, whose first version is a draft; without `owner_id` whoever registers it owns it, when known here.

    `content` gives every field of a version. Raises a refusal that points at a field.
    """
    async with work:
        if made := await work.earlier_result():
            return await repository.item(work, made)
        _check_fields(ki_type, content)
        await _check_owner(work, owner_id)
        identity, now = uuid7(), clock.now()
        item = KnowledgeItem(
            id=identity,
            number=await repository.item_number(work),
            ki_type=ki_type,
            state="draft",
            owner_id=owner_id or await _registrant(work),
            registered_by=work.actor.id,
            current_version=None,
            draft_version=1,
            draft_state="draft",
            use_count=0,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
            **standing(content),
        )
        work.insert(item, _draft(item, 1, content, work.actor.id, now))
        tell(work, item, KiRegistered)
        work.remember_result(item.id)
        await work.flush()
        return item


async def edit_item(work: Work, identity: UUID, expected: int, given: Mapping[str, Any]) -> KnowledgeItem:
    """The item with the `given` fields in its draft, which is made of the current version when there is none yet.

    A new owner counts at once. Raises `ItemRetired`, `BeingReviewed`, `VersionConflict`, `ItemUnknown`,
    or a refusal that points at a field.
    """
    async with work:
        item = await repository.item(work, identity, lock=True)
        check_version(item.version, expected)
        if item.state == "retired":
            raise ItemRetired
        _check_fields(item.ki_type, given)  # type: ignore[arg-type]
        await _check_owner(work, given.get("owner_id"))
        current, draft = await repository.open_versions(work, item)
        base = draft or current
        assert base
        new = {name: given[name] for name in CONTENT if name in given and given[name] != getattr(base, name)}
        owner = given.get("owner_id", item.owner_id)
        if not new and owner == item.owner_id:
            return item
        if new:
            _write(work, item, base, new)
        item.owner_id = owner
        tell(work, item, KiEdited)
        await work.flush()
        return item


def standing(content: Mapping[str, Any]) -> dict[str, Any]:
    """What an item shows of the version that stands for it."""
    return {name: content[name] for name in ("title", "language", "audience")}


def _write(work: Work, item: KnowledgeItem, base: Version, new: Mapping[str, Any]) -> None:
    if item.draft_state == "in_review":
        raise BeingReviewed
    if base.number != item.draft_version:
        content = {name: getattr(base, name) for name in CONTENT} | dict(new)
        item.draft_version, item.draft_state = base.number + 1, "draft"
        work.insert(_draft(item, base.number + 1, content, work.actor.id, clock.now()))
        return
    for name, value in new.items():
        setattr(base, name, value)
    if work.actor.id not in base.authors:
        base.authors = [*base.authors, work.actor.id]
    if item.current_version is None:
        for name, value in standing({name: getattr(base, name) for name in CONTENT}).items():
            setattr(item, name, value)


def _draft(item: KnowledgeItem, number: int, content: Mapping[str, Any], author: str, now: datetime) -> Version:
    return Version(
        id=uuid7(),
        ki_id=item.id,
        number=number,
        ki_type=item.ki_type,
        state="draft",
        authors=[author],
        reviewed_by=None,
        reason=None,
        created_at=now,
        current_at=None,
        retired_at=None,
        **content,
    )


async def _registrant(work: Work) -> UUID | None:
    person = work.caller.person if work.caller else None
    return person if person and await copies.person_is_active(work, person) else None


def _check_fields(ki_type: KiType, given: Mapping[str, Any]) -> None:
    filled = [name for name, value in given.items() if value]
    for name in foreign_fields(ki_type, filled):
        raise invalid(f"/{name}", f"a {ki_type.replace('_', ' ')} has no {name}")


async def _check_owner(work: Work, owner_id: UUID | None) -> None:
    if owner_id is not None and not await copies.person_is_active(work, owner_id):
        raise invalid("/owner_id", "no such person is active")
