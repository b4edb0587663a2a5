"""Lists: one model of filters per list, from which the query, its paging and its documentation follow.

A field filters by the column of its name, several values mean any of them. Every list has `limit`, `cursor`, `count`, `sort`
and `id`; each narrows `sort` to its own orders, with its usual order as the default.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from operator import ge, lt
from typing import Annotated, Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WrapValidator
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from shared.records.cursors import Place, decode, encode, forged_as_broken
from shared.statements import Statement, as_json
from shared.texts import stored_forms
from shared.unit_of_work import Work

T = TypeVar("T")
LONGEST = 200
#: prepared statements that are cached per list: beyond that, new combinations of filters replace the least used ones
REMEMBERED = 200
Columns = Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class From:
    """Marks a filter: the column is at or after its value."""

    column: str


@dataclass(frozen=True, slots=True)
class Until:
    """Marks a filter: the column is before its value."""

    column: str


@dataclass(frozen=True, slots=True)
class Where:
    """Marks a filter with a condition of its own, made of the list's columns and the bound value."""

    condition: Callable[[Columns, Any], ColumnElement[bool]]


def _reference(value: Any, parse: Callable[[Any], Any]) -> Any:
    try:
        return parse(value)
    except ValidationError as error:  # each part of the union reports its own error: one sentence is enough
        words = sorted({part for each in error.errors() for part in re.findall(r"'(\w+)'", each["msg"])})
        raise ValueError(f"an id, or {' or '.join(words)}") from None


#: any of several values
OneOf = Annotated[list[T] | None, Field(max_length=50)]
#: an id, or `none` for records without one
Reference = Annotated[UUID | Literal["none"], WrapValidator(_reference)]
#: an id, `none`, or `me` for the person who calls
PersonReference = Annotated[UUID | Literal["none", "me"], WrapValidator(_reference)]


class ListQuery(BaseModel):
    """What every list takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    limit: Annotated[int, Field(ge=1, le=LONGEST, description="Items per page.")] = 50
    cursor: Annotated[str | None, Field(max_length=2000, description="`next` or `previous` of another page.")] = None
    count: Annotated[bool, Field(description="Also count all items.")] = False
    sort: str = "-created_at"
    id: Annotated[list[UUID] | None, Field(max_length=LONGEST, description="Only these records.")] = None
    include: Annotated[
        list[Literal["names"]] | None, Field(max_length=1, description="names: adds the names of the ids in each item.")
    ] = None


class Page(NamedTuple):
    """The rows of one page, each a JSON text, and the cursors of the pages around it."""

    rows: Sequence[str]
    next: str | None
    previous: str | None
    total: int | None


class Prepared(NamedTuple):
    """The statements behind a page, and whether its order is one of instants."""

    page: Statement
    total: Statement
    by_time: bool


class Listing:
    """A list by its name: `source` makes its query for each key; values come later, as named parameters."""

    def __init__(self, name: str, source: Callable[[Any], Select[Any]]) -> None:
        self.name, self._source = name, source
        self._prepared = lru_cache(REMEMBERED)(self._prepare)

    async def page(self, work: Work, query: ListQuery, key: Hashable, values: Mapping[str, object]) -> Page:
        """The page of the query; `BadRequest` for a cursor that is not one of this list."""
        place = decode(query.cursor, self.name, query.sort) if query.cursor else None
        given = _given(work, query)
        shape = tuple(sorted((name, with_none) for name, (_, with_none) in given.items()))
        prepared = self._prepared(key, type(query), shape, query.sort, place.kind if place else None)
        bound = {**values, "page_limit": query.limit + 1}
        bound |= {f"filter_{name}": value for name, (value, _) in given.items()}
        with forged_as_broken(query.cursor):
            if place:
                by_time = prepared.by_time and place.value is not None
                value = datetime.fromisoformat(place.value) if by_time else place.value
                bound |= {"place_value": value, "place_id": place.id}
            found = list(await work.query(prepared.page, bound))
        total = (await work.query(prepared.total, bound))[0][0] if query.count else None
        return self._around(found, query, place, total)

    def _around(self, found: list[Any], query: ListQuery, place: Place | None, total: int | None) -> Page:
        further = len(found) > query.limit
        found = found[: query.limit]
        backwards = place is not None and place.before
        if backwards:
            found.reverse()
        has_next, has_previous = backwards or further, further if backwards else place is not None
        return Page(
            [row[0] for row in found],
            self._cursor(query, found[-1], before=False) if found and has_next else None,
            self._cursor(query, found[0], before=True) if found and has_previous else None,
            total,
        )

    def _cursor(self, query: ListQuery, row: Any, *, before: bool) -> str:
        return encode(self.name, query.sort, Place(before, row[1], row[2]))

    def _prepare(
        self, key: Any, model: type[ListQuery], given: tuple[tuple[str, bool], ...], sort: str, place: str | None
    ) -> Prepared:
        query = self._source(key)
        fields, columns = [str(column.key) for column in query.selected_columns], columns_of(query)
        for name, with_none in given:
            query = query.where(_condition(model, name, columns, with_none=with_none))
        total = Statement(select(func.count()).select_from(query.subquery()))
        column, identity, descending = columns[sort.removeprefix("-")], columns["id"], sort.startswith("-")
        backwards = place is not None and place.startswith("before")
        if place:
            query = query.where(_beyond(column, identity, place, descending=descending))
        query = query.order_by(*_order(column, identity, descending=descending != backwards, backwards=backwards))
        query = query.limit(bindparam("page_limit", type_=Integer))
        query = query.add_columns(column.label("sort_value"), identity.label("sort_id"))
        page = Statement(as_json(query, "sort_value", "sort_id", fields=fields))
        return Prepared(page, total, isinstance(column.type, DateTime))


def columns_of(query: Select[Any]) -> Columns:
    """The columns that filters and orders may name: those of the tables behind a query, and those that it computes."""
    found: dict[str, ColumnElement[Any]] = {}
    for source in query.get_final_froms():
        for part in _parts(source):
            for column in part.columns:
                found.setdefault(column.key, column)
    computed = {column.key: getattr(column, "element", column) for column in query.selected_columns if column.key}
    return {**found, **computed}


def _parts(source: Any) -> Iterator[Any]:
    if hasattr(source, "left"):
        yield from _parts(source.left)
        yield from _parts(source.right)
    else:
        yield source


@cache
def takes_several(model: type[BaseModel], name: str) -> bool:
    """Whether a filter takes several values."""
    return "list[" in str(model.model_fields[name].annotation).lower()


@cache
def _mark(model: type[BaseModel], name: str) -> From | Until | Where | None:
    return next((mark for mark in model.model_fields[name].metadata if isinstance(mark, From | Until | Where)), None)


def _condition(model: type[ListQuery], name: str, columns: Columns, *, with_none: bool) -> ColumnElement[bool]:
    mark = _mark(model, name)
    if isinstance(mark, Where):
        return mark.condition(columns, bindparam(f"filter_{name}"))
    column = columns[mark.column if mark else name]
    if takes_several(model, name) or (mark is None and isinstance(column.type, String)):
        among = column == any_(bindparam(f"filter_{name}", type_=ARRAY(column.type)))
        return or_(among, column.is_(None)) if with_none else among
    bound = bindparam(f"filter_{name}", type_=column.type)
    if mark:
        return (ge if isinstance(mark, From) else lt)(column, bound)  # type: ignore[no-any-return]
    return column == bound


def _given(work: Work, query: ListQuery) -> dict[str, tuple[object, bool]]:
    """The filters that were given, each with its value, and whether records without one are wanted too."""
    found: dict[str, tuple[object, bool]] = {}
    for name in query.model_fields_set - _EVERYWHERE:
        value = getattr(query, name)
        if isinstance(value, list):
            person = work.caller.person if work.caller else None
            values = [person if one == "me" else one for one in value if one != "none"]
            found[name] = ([form for one in values if one is not None for form in _forms(one)], "none" in value)
        elif isinstance(value, str) and _mark(type(query), name) is None:
            found[name] = (list(_forms(value)), False)
        elif value is not None:
            found[name] = (value, False)
    return found


def _forms(value: Any) -> tuple[Any, ...]:
    """A value of a filter; a text also in the form in which it may have been stored earlier."""
    return stored_forms(value) if isinstance(value, str) else (value,)


_EVERYWHERE = frozenset(ListQuery.model_fields) - {"id"}


def _beyond(column: ColumnElement[Any], identity: ColumnElement[Any], place: str, *, descending: bool) -> Any:
    """The rows after (or before) a place; nulls are last in every order."""
    at, at_id = bindparam("place_value", type_=column.type), bindparam("place_id", type_=identity.type)
    before, among_nulls = place.startswith("before"), place.endswith("null")
    rising = descending == before
    if among_nulls:
        nulls = and_(column.is_(None), identity > at_id if rising else identity < at_id)
        return or_(column.is_not(None), nulls) if before else nulls
    here, there = tuple_(column, identity), tuple_(at, at_id)
    beyond = here > there if rising else here < there
    return or_(beyond, column.is_(None)) if _nullable(column) and not before else beyond


def _order(column: ColumnElement[Any], identity: ColumnElement[Any], *, descending: bool, backwards: bool) -> Any:
    first = column.desc() if descending else column.asc()
    if _nullable(column):  # an index serves the plain order, so nulls are named only where there can be any
        first = first.nulls_first() if backwards else first.nulls_last()
    return first, identity.desc() if descending else identity.asc()


def _nullable(column: ColumnElement[Any]) -> bool:
    return bool(getattr(column, "nullable", True))
