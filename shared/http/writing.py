"""Registering, correcting and moving over HTTP, as routes that a service mounts for a kind of record; commands do the rest."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel

from shared.access.policies import Policy
from shared.fields import RequestModel
from shared.http.lists import created
from shared.http.mounted import add_route, record_parameter
from shared.http.moves import PermittedMoves
from shared.http.requests import Allowed, ExpectedVersion, etag
from shared.lifecycle import Lifecycle
from shared.records import Noun
from shared.unit_of_work import Work
from shared.versions import Expected

Given = Mapping[str, Any]


def mount_registering(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    body: type[RequestModel],
    view: type[BaseModel],
    register: Callable[[Work, Given], Awaitable[Any]],
    *,
    act: Policy,
) -> None:
    """Add the route that registers a record of this kind; the policy `act` says who may, the command gets the body's fields."""
    collection, acting = address.rpartition("/")[0], Allowed(act)

    async def register_record(response: Response, body: Any, work: Work = acting) -> BaseModel:
        record = await register(work, body.model_dump())
        created(response, record, f"/{noun.read.process.replace('_', '-')}/v1{collection}")
        return view.model_validate(record)

    register_record.__annotations__["body"] = body
    add_route(router, "POST", collection, register_record, f"register_{noun.slug}", _description(body), view, 201)


def mount_correcting(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    body: type[RequestModel],
    view: type[BaseModel],
    correct: Callable[[Work, UUID, Expected, Given], Awaitable[Any]],
    *,
    act: Policy,
) -> None:
    """Add the route that corrects a record, under its `address`; the policy `act` says who may, the command gets sent fields."""
    record, acting = record_parameter(address), Allowed(act)

    async def change_record(
        expected: ExpectedVersion, response: Response, body: Any, record_id: UUID = record, work: Work = acting
    ) -> BaseModel:
        changed = await correct(work, record_id, expected, body.model_dump(exclude_unset=True))
        etag(response, changed.version)
        return view.model_validate(changed)

    change_record.__annotations__["body"] = body
    add_route(router, "PATCH", address, change_record, f"change_{noun.slug}", _description(body), view)


def mount_moves(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    bodies: Any,
    view: type[BaseModel],
    move: Callable[[Work, UUID, Expected, str, Given], Awaitable[Any]],
    *,
    lifecycle: Lifecycle,
    act: Policy,
) -> None:
    """Add the routes that list and make the moves of a record, under its `address`; the policy `act` says who may make them.

    `bodies` is the union of their request models; the command gets the trigger and the fields sent. It fits a lifecycle
    whose moves need nothing but those fields.
    """
    record, reading, acting = record_parameter(address), Allowed(noun.read), Allowed(act)

    async def list_moves(response: Response, record_id: UUID = record, work: Work = reading) -> PermittedMoves:
        async with work:
            found = await noun.one(work, record_id)
        etag(response, found.version)
        return PermittedMoves.of(lifecycle.options(found.state, {}, act.roles(work.caller, found)), bodies)

    async def move_record(
        body: Any, expected: ExpectedVersion, response: Response, record_id: UUID = record, work: Work = acting
    ) -> BaseModel:
        given = body.model_dump(exclude={"trigger"}, exclude_none=True)
        moved = await move(work, record_id, expected, body.trigger, given)
        etag(response, moved.version)
        return view.model_validate(moved)

    move_record.__annotations__["body"] = Annotated[bodies, Body()]
    described = f"What the caller may do with the {noun.name} now, and what each move still needs."
    add_route(router, "GET", f"{address}/moves", list_moves, f"list_{noun.slug}_moves", described, PermittedMoves)
    described = f"Move the {noun.name} along its lifecycle; a refused move answers 409 with what is possible and what is lacking."
    add_route(router, "POST", f"{address}/moves", move_record, f"move_{noun.slug}", described, view)


def _description(body: type[BaseModel]) -> str:
    """The docstring of the body, which also describes the operation."""
    return body.__doc__ or ""
