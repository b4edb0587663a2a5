"""Registers parcels: one record, one lifecycle, with the parts of a real service in one file."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Mapped, mapped_column

from shared import database, records
from shared.access.policies import ANYWHERE, Policy
from shared.contracts.roles import ROLES
from shared.fields import Count
from shared.http import Allowed, ExpectedVersion, PageView, etag, list_json, router
from shared.lifecycle import Lifecycle, Move
from shared.records import ListQuery, Noun, OneOf, Record, event_of, null
from shared.runtime import Service
from shared.unit_of_work import Work
from tests.shared.post_office.contracts import ParcelCollected, ParcelRegistered

TABLES = database.metadata()


class Model(records.Model):
    __abstract__ = True
    metadata = TABLES


PARCEL = Lifecycle(
    "parcel",
    "waiting",
    (Move("collect", ("waiting",), "collected", requires=("collector",), event=ParcelCollected),),
    final=("collected",),
)


class Parcel(Record, Model):
    __tablename__ = "parcel"
    number: Mapped[str]
    label: Mapped[str]
    weight: Mapped[int]
    state: Mapped[str] = mapped_column(default=PARCEL.initial)
    collector: Mapped[str | None] = null()


ADMINISTER = Policy("counter", {})
READ = Policy("counter", {ROLES: ANYWHERE}, reading=True)
PARCELS = Noun(Parcel, "parcel", READ)


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


class ParcelPage(PageView):
    items: list[ParcelView]


class ParcelQuery(ListQuery):
    sort: Literal["created_at", "-created_at"] = "created_at"
    state: OneOf[str] = None


async def register_parcel(work: Work, label: str, weight: int) -> Parcel:
    async with work:
        if earlier := await work.earlier_result():
            return await PARCELS.one(work, earlier)
        new = Parcel(number="", label=label, weight=weight)
        new.number = f"PAR-{new.id.hex[-8:]}"
        work.insert(new)
        work.emit(new, event_of(ParcelRegistered, new))
        work.remember_result(new.id)
        return new


async def collect_parcel(work: Work, identity: UUID, expected: int, collector: str | None) -> Parcel:
    async with work:
        found = await PARCELS.to_change(work, identity, expected, ADMINISTER)
        move = PARCEL.fire(found.state, "collect", {"collector": collector})
        found.state, found.collector = move.target, collector
        work.emit(found, event_of(move.event, found))
        return found


routes = router(tags=["parcels"])


@routes.post("/parcels", status_code=201)
async def post_parcel(
    body: RegisterParcel, response: Response, work: Annotated[Work, Allowed(ADMINISTER)]
) -> ParcelView:
    made = await register_parcel(work, body.label, body.weight)
    etag(response, made.version)
    return ParcelView.model_validate(made)


@routes.get("/parcels", response_model=ParcelPage)
async def list_parcels(
    request: Request, work: Annotated[Work, Allowed(ADMINISTER)], query: Annotated[ParcelQuery, Query()]
) -> Response:
    return await list_json(request, work, PARCELS, query, ParcelView)


@routes.get("/parcels/{parcel_id}")
async def get_parcel(parcel_id: UUID, response: Response, work: Annotated[Work, Allowed(READ)]) -> ParcelView:
    async with work:
        found = await PARCELS.one(work, parcel_id)
    etag(response, found.version)
    return ParcelView.model_validate(found)


@routes.post("/parcels/{parcel_id}/moves")
async def move_parcel(
    parcel_id: UUID,
    body: Collect,
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(ADMINISTER)],
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
