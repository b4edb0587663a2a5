"""Queries about changes."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy import select

from services.change import access
from services.change.lifecycles import CHANGE
from services.change.models import REFERENCES, Change, KnownItem, Rfc
from shared.records import Noun
from shared.unit_of_work import Work

CHANGES = Noun(Change, "change", access.READ, names=REFERENCES)


async def open_release(work: Work, identity: UUID) -> Change | None:
    """An open release that others may be part of, locked until the work ends, so that it cannot close meanwhile."""
    query = select(Change).where(
        Change.id == identity,
        Change.change_type == "release",
        Change.parent_id.is_(None),
        Change.state.not_in(CHANGE.final),
    )
    return (await work.session.scalars(query.with_for_update())).one_or_none()


async def has_parts(work: Work, identity: UUID) -> bool:
    """Whether other changes are part of this one."""
    return (
        await work.session.scalars(select(Change.id).where(Change.parent_id == identity).limit(1))
    ).first() is not None


async def requesters(work: Work, change: Change) -> AbstractSet[object]:
    """Everybody who asked for a change: who sent the request, and for whom it is or was."""
    first = await work.session.scalar(select(Rfc.requester_id).where(Rfc.id == change.rfc_id))
    return {change.registered_by, change.requester_id, first} - {None}


async def open_parts(work: Work, identity: UUID) -> tuple[str, ...]:
    """The parts that have not ended, as `numbers` gives them."""
    query = select(Change).where(Change.parent_id == identity, Change.state.not_in(CHANGE.final))
    return numbers(work, (await work.session.scalars(query.order_by(Change.number))).all())


async def items_not_current(work: Work, ki_ids: Iterable[str]) -> tuple[str, ...]:
    """The numbers of those items whose newest version is being written or reviewed; the ids of those not known here.

    A retired item needs no further version.
    """
    wanted = set(map(UUID, ki_ids))
    known = (await work.session.scalars(select(KnownItem).where(KnownItem.id.in_(wanted)))).all()
    unfinished = sorted(each.number for each in known if each.active and not each.current)
    return (*unfinished, *sorted(map(str, wanted - {each.id for each in known})))


def numbers(work: Work, changes: Sequence[Change]) -> tuple[str, ...]:
    """The numbers of changes; those that the caller may not see are `another change`."""
    seen = (each.number if access.READ.covers(work.caller, each) else "another change" for each in changes)
    return tuple(dict.fromkeys(seen))
