"""A kind of record as its service reads it: one, several, locked, as JSON, in lists; always limited to what its policy opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, Table, Text, bindparam, func, literal_column, null, or_, select
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB

from shared.access.policies import Policy, Shape, rows
from shared.errors import NotAllowed, NotFound
from shared.records.columns import Model
from shared.records.lists import Listing, ListQuery, Page
from shared.statements import Statement, as_json
from shared.unit_of_work import Work
from shared.versions import Expected, check_version

M = TypeVar("M", bound=Model)
_NOTHING: ColumnElement[Any] = literal_column("'{}'::jsonb", JSONB)


@dataclass(frozen=True, eq=False)
class Noun(Generic[M]):
    """A kind of record: its table, its name for people, and the policy for who reads which records.

    `source` is the query behind reads and lists, where they need more than the table: they show, filter and sort by its
    columns, and `ETag` is its `version`. Its `id` and the columns of the policy are the table's own.
    `names` gives by field the records, or copies, that its ids belong to.
    """

    model: type[M]
    name: str
    read: Policy
    source: Select[Any] | None = None
    names: Mapping[str, type[Any]] = field(default_factory=dict)
    listing: Listing = field(init=False)

    def __post_init__(self) -> None:
        """Its list has the name of its table."""
        object.__setattr__(self, "listing", Listing(str(self.table.name), self._listed))

    @property
    def slug(self) -> str:
        """Its name as part of the names of operations: that of its table."""
        return str(self.table.name)

    @property
    def table(self) -> Table:
        """Its table."""
        return cast("Table", self.model.__table__)

    async def one(self, work: Work, identity: UUID, *, lock: bool = False) -> M:
        """The record, with `lock` locked for a change; `NotFound` when there is none that the caller may see."""
        reach = self.read.reach(work.caller)
        values = {**reach.values, "identity": identity}
        found: M | None = (await work.session.scalars(_record(self, reach.shape, lock), values)).one_or_none()
        if found is None:
            raise self.not_found()
        return found

    async def to_change(self, work: Work, identity: UUID, expected: Expected, act: Policy) -> M:
        """The record, locked, when the policy `act` opens it to the caller and it has the version that the caller saw.

        Raises `NotFound`, `NotAllowed` or `VersionConflict`.
        """
        record = await self.one(work, identity, lock=True)
        self.check(work, record, act)
        check_version(record.version, expected)  # type: ignore[attr-defined]
        return record

    def check(self, work: Work, record: M, act: Policy) -> None:
        """`NotAllowed` unless the policy `act` opens this record to the caller."""
        if not act.covers(work.caller, record):
            raise NotAllowed(
                f"None of your roles allows this for this {self.name}; "
                f"it needs one of: {', '.join(sorted(act.wanted))}, with a scope that includes the record."
            )

    async def several(self, work: Work, ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, M]:
        """Those of the records that exist, by id, for any caller; always locked in the same order."""
        wanted = list(ids)
        if not wanted:
            return {}
        query = select(self.model).where(self.table.c.id.in_(wanted)).order_by(self.table.c.id)
        found = (await work.session.scalars(query.with_for_update() if lock else query)).all()
        return {record.id: record for record in found}  # type: ignore[attr-defined]

    async def json(self, work: Work, identity: UUID, view: type[BaseModel], *, names: bool = False) -> tuple[str, int]:
        """The record as JSON text with the fields of `view`, and its version; `NotFound` when the caller may not see it.

        `names` adds the names of the ids in it.
        """
        reach = self.read.reach(work.caller)
        found = await work.query(_one(self, view, reach.shape, names), {**reach.values, "identity": identity})
        if not found:
            raise self.not_found()
        return found[0][0], found[0][1]

    async def names_of(self, work: Work, identity: UUID) -> dict[str, str]:
        """The names of the ids in a record, by id."""
        query = select(self._names()).where(self.table.c.id == identity)
        return cast("dict[str, str]", (await work.session.scalars(query)).one())

    async def page(
        self,
        work: Work,
        query: ListQuery,
        view: type[BaseModel],
        *,
        values: Mapping[str, object] | None = None,
        **where: object,
    ) -> Page:
        """A page of the records that the caller may see, each as JSON text with the fields of `view`.

        `where` bounds the list to rows whose columns have these values, `values` are those of the parameters of `source`.
        """
        reach = self.read.reach(work.caller)
        bound = {**reach.values, **(values or {}), **{f"where_{name}": value for name, value in where.items()}}
        return await self.listing.page(
            work, query, (view, reach.shape, tuple(sorted(where)), bool(query.include)), bound
        )

    def selected(self, view: type[BaseModel], shape: Shape, *, names: bool = False, etag: bool = False) -> Select[Any]:
        """The query behind reads and lists: the fields of `view` of every row that a reach of this shape opens."""
        source = self.source if self.source is not None else select(self.table)
        named: dict[Any, ColumnElement[Any]] = {column.key: column for column in source.selected_columns}
        if "names" in view.model_fields:
            named["names"] = (self._names() if names else null()).label("names")
        columns = [named[name] for name in view.model_fields]
        if etag:
            columns.append(named["version"].label("etag"))
        return source.with_only_columns(*columns).where(rows(self.read, self.table, shape))

    def _names(self) -> ColumnElement[Any]:
        """One JSON object of ids and names, from all the copies that have some."""
        found: ColumnElement[Any] = _NOTHING
        for copy in dict.fromkeys(self.names.values()):
            known = copy.__table__.c
            columns = [self.table.c[name] for name, of in self.names.items() if of is copy]
            conditions = (
                column.has_key(cast_to(known.id, Text)) if isinstance(column.type, JSONB) else column == known.id
                for column in columns
            )
            pairs = func.jsonb_object_agg(cast_to(known.id, Text), known.name if "name" in known else known.title)
            found = found.op("||")(func.coalesce(select(pairs).where(or_(*conditions)).scalar_subquery(), _NOTHING))
        return found

    def _listed(self, key: tuple[type[BaseModel], Shape, tuple[str, ...], bool]) -> Select[Any]:
        view, shape, where, names = key
        columns = ((name, self.table.c[name]) for name in where)
        conditions = (column == bindparam(f"where_{name}", type_=column.type) for name, column in columns)
        return self.selected(view, shape, names=names).where(*conditions)

    def not_found(self) -> NotFound:
        """The refusal for a record that does not exist or that the caller may not see."""
        return NotFound(f"There is no such {self.name}.")


@lru_cache(500)
def _record(noun: Noun[Any], shape: Shape, lock: bool) -> Select[Any]:
    query = select(noun.model).where(_is_named(noun), rows(noun.read, noun.table, shape))
    return query.with_for_update() if lock else query


@lru_cache(500)
def _one(noun: Noun[Any], view: type[BaseModel], shape: Shape, names: bool) -> Statement:
    query = noun.selected(view, shape, names=names, etag=True).where(_is_named(noun))
    return Statement(as_json(query, "etag", fields=list(view.model_fields)))


def _is_named(noun: Noun[Any]) -> ColumnElement[bool]:
    return noun.table.c.id == bindparam("identity", type_=noun.table.c.id.type)
