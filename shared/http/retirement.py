"""Retiring and reactivating over HTTP, as routes that a service mounts for a kind of record; nothing is deleted."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.access.policies import Policy
from shared.fields import RequestModel, ResponseModel
from shared.http.mounted import add_route, record_parameter
from shared.http.requests import Allowed, ExpectedVersion
from shared.http.writing import Given, mount_moves
from shared.lifecycle import Lifecycle
from shared.records import ListQuery, Noun, OneOf
from shared.unit_of_work import Work
from shared.versions import Expected

RetirementState = Literal["active", "retired"]
#: moves a record: the unit of work, the record's id, the versions that the caller saw, and the trigger
MoveRecord = Callable[[Work, UUID, Expected, str], Awaitable[Any]]


class Retire(RequestModel):
    """It is no longer used; records that refer to it stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "retire"}]})
    trigger: Literal["retire"]


class Reactivate(RequestModel):
    """It is used again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "reactivate"}]})
    trigger: Literal["reactivate"]


class RetirableView(ResponseModel):
    """What every record has that is retired instead of deleted."""

    id: UUID
    number: str
    state: RetirementState
    version: int
    created_at: datetime
    updated_at: datetime


class RetirableQuery(ListQuery):
    """How such records are listed."""

    sort: Literal["created_at", "-created_at", "name", "-name", "number", "-number"] = "created_at"
    state: OneOf[RetirementState] = None


RetirementMove = Annotated[Retire | Reactivate, Field(discriminator="trigger")]


def mount_retirement(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    view: type[BaseModel],
    move: MoveRecord,
    *,
    lifecycle: Lifecycle,
    act: Policy,
) -> None:
    """Add the routes that retire (also as DELETE) and reactivate a record, under its `address`; the policy `act` says who may."""
    record, acting = record_parameter(address), Allowed(act)

    async def retire(expected: ExpectedVersion, record_id: UUID = record, work: Work = acting) -> None:
        await move(work, record_id, expected, "retire")

    async def moved(work: Work, identity: UUID, expected: Expected, trigger: str, _: Given) -> Any:
        return await move(work, identity, expected, trigger)

    described = f"Retire the {noun.name}, as its move `retire` does; nothing is deleted."
    add_route(router, "DELETE", address, retire, f"retire_{noun.slug}", described, None, 204)
    mount_moves(router, address, noun, RetirementMove, view, moved, lifecycle=lifecycle, act=act)
