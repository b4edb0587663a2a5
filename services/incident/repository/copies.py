"""Queries of the copies of what other services own, and the refusal of what they do not know."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.incident.models import COPIES, KnownItem, KnownParty, KnownPerson, KnownService, KnownTeam
from shared import copies, database
from shared.errors import Invalid, invalid
from shared.unit_of_work import Work


async def check_service(work: Work, identity: UUID, *, named: bool) -> None:
    """Refuse a service that is unknown, or offered no more; one nobody `named` only when it is known to be gone."""
    active = (
        await work.session.execute(select(KnownService.active).where(KnownService.id == identity))
    ).scalar_one_or_none()
    refuse_service(active, named=named)


def refuse_service(active: bool | None, *, named: bool) -> None:
    if (active is None and named) or active is False:
        raise invalid("/service_id", "no such service is offered; name one of GET /service-level/v1/services")


async def person(work: Work, identity: UUID, pointer: str) -> KnownPerson:
    """An active person of governance; a refusal that points at the field otherwise."""
    found = await work.session.get(KnownPerson, identity)
    if found is None or not found.active:
        raise no_such_person(pointer)
    return found


def no_such_person(pointer: str) -> Invalid:
    """The refusal of a person who is unknown, gone, or not for the caller to name."""
    return invalid(pointer, "no such person is active")


async def check_party(work: Work, identity: UUID, pointer: str) -> None:
    """Refuse a party that is unknown or gone; the refusal points at the field."""
    found = await work.session.get(KnownParty, identity)
    if found is None or not found.active:
        raise invalid(pointer, "no such party is active")


async def team(work: Work, identity: UUID, pointer: str) -> KnownTeam:
    """An active team of governance; a refusal that points at the field otherwise."""
    found = await work.session.get(KnownTeam, identity)
    if found is None or not found.active:
        raise invalid(pointer, "no such team is active")
    return found


async def works_in(work: Work, person_id: UUID, team_id: UUID | None) -> bool:
    """Whether a person is a member of that team; of any active one, when none is named."""
    member = KnownTeam.member_ids.contains([str(person_id)])
    query = select(KnownTeam.id).where(member, KnownTeam.id == team_id if team_id else KnownTeam.active)
    return (await work.session.execute(query.limit(1))).first() is not None


async def check_items(work: Work, ids: Sequence[str], pointer: str) -> None:
    """Refuse knowledge items that are unknown or retired; the refusal points at the first of them."""
    wanted = [UUID(one) for one in ids]
    query = select(KnownItem.id).where(KnownItem.id.in_(wanted), KnownItem.active)
    known = set((await work.session.scalars(query)).all())
    for place, identity in enumerate(wanted):
        if identity not in known:
            raise invalid(f"{pointer}/{place}", "no such knowledge item holds")


async def keep(work: Work, model: type[database.Copy], rows: Iterable[dict[str, Any]]) -> None:
    """Bring copies up to date; of several versions the latest counts, whatever came last."""
    await copies.keep(work.session, model, rows)


async def forget(work: Work) -> None:
    """Drop the copies of what others own."""
    await copies.forget(work.session, COPIES)
