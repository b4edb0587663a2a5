"""Reading over HTTP, as routes that a service mounts for a kind of record: the list, and one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from shared import security_log
from shared.http.lists import NO_NAMES, Include, PageView, page_response, read_json
from shared.http.mounted import add_route, record_parameter
from shared.http.requests import Allowed
from shared.records import ListQuery, Noun
from shared.unit_of_work import Work


def mount_reading(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    view: type[BaseModel],
    page: type[PageView],
    query: type[ListQuery],
    *,
    personal: bool = False,
) -> None:
    """Add the routes for the list of a kind of record and for one record, under its `address`; the noun's policy limits both.

    A list of `personal` data that is longer than the usual page, or goes on, leaves a line in the security log.
    """
    collection, record, reading = address.rpartition("/")[0], record_parameter(address), Allowed(noun.read)

    async def list_records(request: Request, query: ListQuery, work: Work = reading) -> Response:
        async with work:
            found = await noun.page(work, query, view)
        if personal and (query.cursor or len(found.rows) > security_log.BULK):
            rows = len(found.rows)
            security_log.record("personal_data_read_in_bulk", actor=work.actor.id, noun=noun.name, rows=rows)
        return page_response(request, found)

    async def read_record(record_id: UUID = record, work: Work = reading) -> Response:
        return await read_json(work, noun, record_id, view)

    async def read_named(include: Include = NO_NAMES, record_id: UUID = record, work: Work = reading) -> Response:
        return await read_json(work, noun, record_id, view, include)

    list_records.__annotations__["query"] = Annotated[query, Query()]
    name, described = collection.strip("/").replace("-", "_"), f"The {noun.name} records that the caller may see."
    add_route(router, "GET", collection, list_records, f"list_{name}", described, page)
    read = read_named if "names" in view.model_fields else read_record
    add_route(router, "GET", address, read, f"read_{noun.slug}", f"One {noun.name}.", view)
