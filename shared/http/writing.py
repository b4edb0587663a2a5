"""Registering and correcting over HTTP, as routes that a service mounts for a kind of record whose command does all the rest."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.access.policies import Policy
from shared.fields import RequestModel
from shared.http.lists import created
from shared.http.mounted import add_route, record_parameter
from shared.http.requests import Allowed, ExpectedVersion, etag
from shared.records import Noun
from shared.unit_of_work import Work

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
    """Offer registering a record of this kind, to those whom the policy `act` admits; the command gets the body's fields."""
    collection, acting = address.rpartition("/")[0], Allowed(act)

    async def register_record(response: Response, body: Any, work: Work = acting) -> BaseModel:
        record = await register(work, body.model_dump())
        created(response, record, f"/{noun.read.process.replace('_', '-')}/v1{collection}")
        return view.model_validate(record)

    register_record.__annotations__["body"] = body
    add_route(router, "POST", collection, register_record, f"register_{noun.slug}", _said(body), view, 201)


def mount_correcting(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    body: type[RequestModel],
    view: type[BaseModel],
    correct: Callable[[Work, UUID, int, Given], Awaitable[Any]],
    *,
    act: Policy,
) -> None:
    """Offer correcting a record under its `address`, to those whom the policy `act` admits; the command gets the fields sent."""
    record, acting = record_parameter(address), Allowed(act)

    async def change_record(
        expected: ExpectedVersion, response: Response, body: Any, record_id: UUID = record, work: Work = acting
    ) -> BaseModel:
        changed = await correct(work, record_id, expected, body.model_dump(exclude_unset=True))
        etag(response, changed.version)
        return view.model_validate(changed)

    change_record.__annotations__["body"] = body
    add_route(router, "PATCH", address, change_record, f"change_{noun.slug}", _said(body), view)


def _said(body: type[BaseModel]) -> str:
    """What the body's docstring says describes the operation too."""
    return body.__doc__ or ""
