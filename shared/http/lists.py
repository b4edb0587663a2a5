"""Lists and single records over HTTP: responses made of JSON texts of the database, with their headers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from shared.records import ListQuery, Noun, Page
from shared.unit_of_work import Work


class PageView(BaseModel):
    """One page of a list; named subclasses say of what."""

    items: Sequence[Any]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
    previous: str | None = Field(description="Cursor of the page before; null on the first one.")
    total: int | None = Field(description="How many there are in all; only counted with count=true.")


def json_response(text: str, version: int) -> Response:
    """The response with a record that is already JSON text, and its version."""
    return Response(text, media_type="application/json", headers={"ETag": f'"{version}"'})


#: a field of views: the names of the ids in the record
Names = Annotated[
    dict[str, str] | None, Field(description="The names of the ids in the record, by id; null without include=names.")
]
#: the parameter of a read that adds the names of the ids in the record
Include = Annotated[Literal["names"], Query(description="names: adds the names of its ids.")]
#: its default; with `| None` in the type the framework would examine the type in every request, which takes longer
NO_NAMES: Any = None


async def read_json(
    work: Work, noun: Noun[Any], identity: UUID, view: type[BaseModel], include: str | None = None
) -> Response:
    """The response with one record that the caller may see."""
    async with work:
        return json_response(*await noun.json(work, identity, view, names=bool(include)))


async def list_json(
    request: Request,
    work: Work,
    noun: Noun[Any],
    query: ListQuery,
    view: type[BaseModel],
    *,
    values: Mapping[str, object] | None = None,
    **where: object,
) -> Response:
    """The response with a page of the records that the caller may see; `values` and `where` as for `Noun.page`."""
    async with work:
        return page_response(request, await noun.page(work, query, view, values=values, **where))


def page_response(request: Request, page: Page) -> Response:
    """The response with a page whose rows are already JSON texts; `Link` names the pages around it."""
    parts = (("next", page.next), ("previous", page.previous), ("total", page.total))
    rest = ",".join(f'"{name}":{msgspec.json.encode(value).decode()}' for name, value in parts)
    response = Response(f'{{"items":[{",".join(page.rows)}],{rest}}}', media_type="application/json")
    links = [
        f'<{_address(request, cursor)}>; rel="{relation}"'
        for relation, cursor in (("next", page.next), ("prev", page.previous))
        if cursor
    ]
    if links:
        response.headers["Link"] = ", ".join(links)
    return response


def _address(request: Request, cursor: str) -> str:
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{quote(request.scope['path'])}?{urlencode([*given, ('cursor', cursor)])}"


def created(response: Response, record: Any, address: str) -> None:
    """Set a new record's address and version in the headers of the response."""
    response.headers["Location"] = f"{address}/{record.id}"
    response.headers["ETag"] = f'"{record.version}"'
