"""Retiring and reactivating over HTTP, as routes that a service mounts for a kind of record; nothing is deleted."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.access.policies import Policy
from shared.fields import RequestModel, ResponseModel
from shared.http.mounted import add_route, record_parameter
from shared.http.moves import PermittedMoves
from shared.http.requests import Allowed, ExpectedVersion, etag
from shared.lifecycle import Lifecycle
from shared.records import ListQuery, Noun, OneOf
from shared.unit_of_work import Work

RetirementState = Literal["active", "retired"]
#: moves a record: the unit of work, the record's id, the version that the caller saw, and the trigger
MoveRecord = Callable[[Work, UUID, int, str], Awaitable[Any]]


class Retire(RequestModel):
    """Nobody works with it any more; it stays where it was used."""

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
    """Offer retiring (also as DELETE) and reactivating a record under its `address`, to those whom the policy `act` admits."""
    record, reading, acting = record_parameter(address), Allowed(noun.read), Allowed(act)

    async def retire(expected: ExpectedVersion, record_id: UUID = record, work: Work = acting) -> None:
        await move(work, record_id, expected, "retire")

    async def list_moves(response: Response, record_id: UUID = record, work: Work = reading) -> PermittedMoves:
        async with work:
            found = await noun.one(work, record_id)
        etag(response, found.version)
        return PermittedMoves.of(lifecycle.options(found.state, {}, act.roles(work.caller, found)))

    async def move_record(
        body: Annotated[RetirementMove, Body()],
        expected: ExpectedVersion,
        response: Response,
        record_id: UUID = record,
        work: Work = acting,
    ) -> BaseModel:
        moved = await move(work, record_id, expected, body.trigger)
        etag(response, moved.version)
        return view.model_validate(moved)

    described = f"Retire the {noun.name}, as its move `retire` does; nothing is deleted."
    add_route(router, "DELETE", address, retire, f"retire_{noun.slug}", described, None, 204)
    described = f"What the caller may do with the {noun.name} now."
    add_route(router, "GET", f"{address}/moves", list_moves, f"list_{noun.slug}_moves", described, PermittedMoves)
    described = f"Retire or reactivate the {noun.name}."
    add_route(router, "POST", f"{address}/moves", move_record, f"move_{noun.slug}", described, view)
