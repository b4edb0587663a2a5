"""Queries about knowledge items and their versions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, text, true

from services.knowledge.errors import ItemUnknown, VersionUnknown
from services.knowledge.models import LANGUAGES, KnowledgeItem, Version
from shared.access import Caller
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

KI, VERSION = KnowledgeItem.__table__.c, Version.__table__.c
ORDER = Sorting(
    {"created_at": KI.created_at, "updated_at": KI.updated_at, "number": KI.number, "title": KI.title},
    "-created_at",
    KI.id,
)
VERSION_ORDER = Sorting({"number": VERSION.number}, "-number", VERSION.id)
_SHOWN = [column for column in VERSION if column.computed is None]
_NUMBER = text("SELECT nextval('ki_number')")


def sees_everything(caller: Caller | None) -> bool:
    """Whether the caller sees drafts and internal items: the provider, and the service itself."""
    return caller is None or caller.works_for_provider


def visible(columns: Any, caller: Caller | None) -> ColumnElement[bool]:
    """The provider sees everything, everybody else what is current and meant for the public (items and versions alike)."""
    if sees_everything(caller):
        return true()
    return and_(columns.state == "current", columns.audience == "public")


async def item_number(work: Work) -> str:
    """The next number, e.g. `KI-000042`."""
    return f"KI-{(await work.session.execute(_NUMBER)).scalar_one():06d}"


async def item(work: Work, identity: UUID, *, lock: bool = False) -> KnowledgeItem:
    """One item, locked for writing when asked; `ItemUnknown` when there is none that the caller may see."""
    query = select(KnowledgeItem).where(KnowledgeItem.id == identity, visible(KnowledgeItem, work.caller))
    found = (await work.session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise ItemUnknown
    return found


async def items(work: Work, paging: Paging, sort: str | None, filters: Mapping[str, Any]) -> Slice:
    """A page of the items that the caller may see; filters that are `None` do not count.

    `text` looks into the version that stands for the item, as the search does.
    """
    query = select(KnowledgeItem.__table__).where(visible(KI, work.caller))
    for name, value in filters.items():
        if value is None:
            continue
        query = query.where(_about(value) if name == "text" else KI[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


def _about(words: str) -> ColumnElement[bool]:
    dutch, english = (func.websearch_to_tsquery(language, words) for language in LANGUAGES)
    standing = VERSION.number == func.coalesce(KI.current_version, KI.draft_version)
    return exists().where(VERSION.ki_id == KI.id, standing, VERSION.search.op("@@")(dutch.op("||")(english)))


async def open_versions(work: Work, found: KnowledgeItem) -> tuple[Version | None, Version | None]:
    """The current version of an item and the one being written or reviewed; `None` for what is not there or out of sight."""
    wanted = [number for number in (found.current_version, found.draft_version) if number is not None]
    query = select(Version).where(
        Version.ki_id == found.id,
        Version.number.in_(wanted),
        Version.state != "retired",
        visible(Version, work.caller),
    )
    rows = {version.number: version for version in (await work.session.scalars(query)).all()}
    return rows.get(found.current_version or 0), rows.get(found.draft_version or 0)


async def versions(work: Work, identity: UUID, paging: Paging, sort: str | None) -> Slice:
    """A page of an item's versions that the caller may see; `ItemUnknown` when the item is out of sight."""
    await item(work, identity)
    return await page(work.session, _versions(work, identity), paging, VERSION_ORDER, sort=sort)


async def version(work: Work, identity: UUID, number: int) -> Any:
    """One version of an item as a plain row; `ItemUnknown` or `VersionUnknown` when the caller may not see it."""
    await item(work, identity)
    found = (await work.session.execute(_versions(work, identity).where(VERSION.number == number))).first()
    if found is None:
        raise VersionUnknown
    return found


def _versions(work: Work, identity: UUID) -> Select[Any]:
    return select(*_SHOWN).where(VERSION.ki_id == identity, visible(VERSION, work.caller))
