"""Takes parcels in: one record, one lifecycle, in the rooms of a real service but in one file."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from uuid_utils.compat import uuid7

from shared import clock, database
from shared.contracts.roles import ADMINISTRATOR
from shared.errors import NotFound, check_version
from shared.fields import Count
from shared.http import ExpectedVersion, etag, router, work_for
from shared.lifecycle import Lifecycle, Move
from shared.paging import Page, Pages, Sorting, link_next, page
from shared.runtime import Service
from shared.unit_of_work import Work
from tests.shared.post_office.contracts import ParcelCollected, ParcelRegistered

TABLES = database.metadata()


class Model(database.Model):
    __abstract__ = True
    metadata = TABLES


PARCEL = Lifecycle(
    "parcel", "waiting", (Move("collect", ("waiting",), "collected", requires=("collector",)),), final=("collected",)
)


class Parcel(database.Record, Model):
    __tablename__ = "parcel"
    number: Mapped[str]
    label: Mapped[str]
    weight: Mapped[int]
    state: Mapped[str]
    collector: Mapped[str | None]


class RegisterParcel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    label: Annotated[str, Field(min_length=1, max_length=100)]
    weight: Count = 1


class Collect(BaseModel):
    model_config = ConfigDict(extra="forbid")
    trigger: str = "collect"
    collector: str | None = None


class ParcelView(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    number: str
    label: str
    weight: int
    state: str
    version: int


class ParcelPage(Page):
    items: list[ParcelView]


async def register_parcel(work: Work, label: str, weight: int) -> Parcel:
    async with work:
        if made := await work.earlier_result():
            return await parcel(work, made)
        identity, now = uuid7(), clock.now()
        new = Parcel(
            id=identity,
            number=f"PAR-{identity.hex[-8:]}",
            label=label,
            weight=weight,
            state=PARCEL.initial,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
        )
        work.insert(new)
        work.emit(new, ParcelRegistered(number=new.number, weight=weight))
        work.remember_result(new.id)
        return new


async def collect_parcel(work: Work, identity: UUID, expected: int, collector: str | None) -> Parcel:
    async with work:
        found = await parcel(work, identity)
        check_version(found.version, expected)
        move = PARCEL.fire(found.state, "collect", {"collector": collector})
        found.state, found.collector = move.target, collector
        work.emit(found, ParcelCollected(collector=collector or ""))
        return found


async def parcel(work: Work, identity: UUID) -> Parcel:
    found = (
        await work.session.execute(select(Parcel).where(Parcel.id == identity).with_for_update())
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such parcel.")
    return found


routes = router(tags=["parcels"])


@routes.post("/parcels", status_code=201)
async def post_parcel(
    body: RegisterParcel, response: Response, work: Annotated[Work, work_for(ADMINISTRATOR)]
) -> ParcelView:
    made = await register_parcel(work, body.label, body.weight)
    etag(response, made.version)
    return ParcelView.model_validate(made)


@routes.get("/parcels")
async def list_parcels(
    request: Request,
    response: Response,
    work: Annotated[Work, work_for(ADMINISTRATOR)],
    paging: Pages,
    state: str | None = None,
    sort: str | None = None,
) -> ParcelPage:
    columns = Parcel.__table__.c
    query = select(columns) if state is None else select(columns).where(columns.state == state)
    async with work:
        found = await page(
            work.session,
            query,
            paging,
            Sorting({"created_at": columns.created_at}, "created_at", columns.id),
            sort=sort,
        )
    link_next(request, response, found.next)
    return ParcelPage(items=[ParcelView.model_validate(row) for row in found.rows], next=found.next, total=found.total)


@routes.get("/parcels/{parcel_id}")
async def get_parcel(parcel_id: UUID, response: Response, work: Annotated[Work, work_for()]) -> ParcelView:
    async with work:
        found = await parcel(work, parcel_id)
    etag(response, found.version)
    return ParcelView.model_validate(found)


@routes.post("/parcels/{parcel_id}/moves")
async def move_parcel(
    parcel_id: UUID,
    body: Collect,
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, work_for(ADMINISTRATOR)],
) -> ParcelView:
    moved = await collect_parcel(work, parcel_id, expected, body.collector)
    etag(response, moved.version)
    return ParcelView.model_validate(moved)


SERVICE = Service(
    name="counter",
    package="tests.shared.post_office.counter",
    title="Counter",
    summary="Takes parcels in.",
    tables=TABLES,
    router=routes,
)
