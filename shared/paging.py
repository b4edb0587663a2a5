"""Lists in pages: an opaque cursor over a stable order, with the id as tie breaker."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Self
from urllib.parse import quote, urlencode
from uuid import UUID

import asyncpg
import msgspec
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select, tuple_
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import BadRequest, FieldProblem
from shared.statements import Statement, as_json

LONGEST = 200
Look = Callable[[Statement, Mapping[str, object]], Awaitable[Sequence[Any]]]


class Page(BaseModel):
    """One page of a list; named subclasses say of what."""

    items: Sequence[Any]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
    total: int | None = Field(description="How many there are in all; only counted with count=true.")


@dataclass(frozen=True, slots=True)
class Paging:
    """What a client asks of a list."""

    limit: int = 50
    cursor: str | None = None
    count: bool = False


async def _asked(
    limit: Annotated[int, Query(ge=1, le=LONGEST, description="Items per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
    count: Annotated[bool, Query(description="Also count all items.")] = False,
) -> Paging:
    # a coroutine, since the framework would call the class itself in a thread, for every list
    return Paging(limit, cursor, count)


Pages = Annotated[Paging, Depends(_asked)]


@dataclass(frozen=True, slots=True)
class Sorting:
    """The orders that a list knows: name → column; a `-` before the name turns it round.

    The columns hold no null in any row of the list: such a row would end it.
    """

    columns: Mapping[str, ColumnElement[Any]]
    default: str
    key: ColumnElement[Any]

    def of(self, asked: str | None) -> tuple[str, ColumnElement[Any], bool]:
        """Name, column and whether descending; `BadRequest` for an order the list does not know."""
        name = asked or self.default
        column = self.columns.get(name.removeprefix("-"))
        if column is None:
            known = ", ".join(sorted(self.columns))
            raise BadRequest(
                "The list cannot be sorted so.", errors=[FieldProblem(pointer="#query/sort", detail=f"one of {known}")]
            )
        return name, column, name.startswith("-")


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page as the database gave them."""

    rows: Sequence[Any]
    next: str | None
    total: int | None


async def page(
    session: AsyncSession, query: Select[Any], paging: Paging, sorting: Sorting, *, sort: str | None = None
) -> Slice:
    """One page of `query` in a stable order; `BadRequest` for a cursor that this list did not give out."""
    with _forged_is_broken(paging.cursor):
        name, column, _ = sorting.of(sort)
        bounded = _bounded(query, sorting, sort, further=bool(paging.cursor))
        rows = (await session.execute(bounded, _bounds(paging, sorting, sort))).all()
    total = (await session.execute(_counted(query))).scalar_one() if paging.count else None
    following = None
    if len(rows) > paging.limit:
        last = rows[paging.limit - 1]
        following = encode(name, getattr(last, column.key), getattr(last, sorting.key.key))  # type: ignore[arg-type]
    return Slice(rows[: paging.limit], following, total)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that many people ask for all day, in one order: compiled once, its rows written as JSON by the database."""

    first: Statement
    further: Statement
    total: Statement

    @classmethod
    def of(cls, query: Select[Any], sorting: Sorting, sort: str | None) -> Self:
        """The statements behind the pages of `query`; `BadRequest` for an order the list does not know."""
        first, further = (_bounded(query, sorting, sort, further=further) for further in (False, True))
        return cls(Statement(as_json(first)), Statement(as_json(further)), Statement(_counted(query)))

    async def page(
        self, look: Look, values: Mapping[str, object], paging: Paging, sorting: Sorting, sort: str | None
    ) -> Slice:
        """As `page`, each row a JSON text; `values` are those of the query's named parameters."""
        name, column, _ = sorting.of(sort)
        with _forged_is_broken(paging.cursor):
            bounds = {**values, **_bounds(paging, sorting, sort)}
            rows: Sequence[str] = [row[0] for row in await look(self.further if paging.cursor else self.first, bounds)]
        total = (await look(self.total, values))[0][0] if paging.count else None
        following = None
        if len(rows) > paging.limit:
            last = msgspec.json.decode(rows[paging.limit - 1])
            following = encode(name, last[column.key], UUID(last[sorting.key.key]))
        return Slice(rows[: paging.limit], following, total)


def _bounded(query: Select[Any], sorting: Sorting, sort: str | None, *, further: bool) -> Select[Any]:
    _, column, descending = sorting.of(sort)
    if further:
        place = tuple_(column, sorting.key)
        at = tuple_(bindparam("after", type_=column.type), bindparam("after_id", type_=sorting.key.type))
        query = query.where(place < at if descending else place > at)
    order = (column.desc(), sorting.key.desc()) if descending else (column.asc(), sorting.key.asc())
    return query.order_by(*order).limit(bindparam("page_limit", type_=Integer))


def _bounds(paging: Paging, sorting: Sorting, sort: str | None) -> dict[str, object]:
    name, column, _ = sorting.of(sort)
    bounds: dict[str, object] = {"page_limit": paging.limit + 1}
    if paging.cursor:
        value, identity = decode(paging.cursor, name)
        bounds |= {"after": _typed(value, column), "after_id": identity}
    return bounds


def _counted(query: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(query.order_by(None).subquery())


def encode(sort: str, value: object, identity: UUID) -> str:
    """The cursor that continues after the row with `value` and `identity`."""
    body = msgspec.json.encode([sort, value, identity])
    return base64.urlsafe_b64encode(_sum(body) + body).decode().rstrip("=")


def decode(cursor: str, sort: str) -> tuple[Any, UUID]:
    """Value and id where the page begins; `BadRequest` when the cursor is broken or belongs to another order."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        if raw[:8] != _sum(raw[8:]):
            raise ValueError("its sum is wrong")  # noqa: TRY301 - one refusal for whatever is wrong
        name, value, identity = msgspec.json.decode(raw[8:], type=tuple[str, Any, UUID])
        if name != sort:
            raise ValueError("it belongs to another order")  # noqa: TRY301
    except (ValueError, UnicodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise _broken() from error
    return value, identity


def _broken() -> BadRequest:
    detail = "not a cursor of this list; start again without one"
    return BadRequest("The cursor is not valid.", errors=[FieldProblem(pointer="#query/cursor", detail=detail)])


@contextmanager
def _forged_is_broken(cursor: str | None) -> Iterator[None]:
    """The sum of a cursor is no secret: one that carries a value which its column cannot take is refused like a broken one."""
    try:
        yield
    except (ValueError, StatementError, asyncpg.PostgresError) as error:
        state = str(getattr(getattr(error, "orig", error), "sqlstate", ""))
        if cursor is None or (isinstance(error, DBAPIError | asyncpg.PostgresError) and not state.startswith("22")):
            raise
        raise _broken() from error


def _sum(body: bytes) -> bytes:
    return blake2b(body, digest_size=8, person=b"zeven").digest()


def _typed(value: Any, column: ColumnElement[Any]) -> Any:
    return datetime.fromisoformat(value) if column.type.python_type is datetime and isinstance(value, str) else value


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Name the next page in the `Link` header."""
    if cursor:
        query = urlencode(
            [*((k, v) for k, v in request.query_params.multi_items() if k != "cursor"), ("cursor", cursor)]
        )
        response.headers["Link"] = f'<{quote(request.scope["path"])}?{query}>; rel="next"'


def written_page(request: Request, found: Slice) -> Response:
    """The answer to a list whose rows are JSON texts already, with its `Link` header."""
    following, total = msgspec.json.encode(found.next).decode(), msgspec.json.encode(found.total).decode()
    body = f'{{"items":[{",".join(found.rows)}],"next":{following},"total":{total}}}'
    response = Response(body, media_type="application/json")
    link_next(request, response, found.next)
    return response
