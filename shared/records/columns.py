"""The columns of records and of copies, as typed constructors: a value that is not given is null."""

from datetime import datetime
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, Sequence, Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, MappedColumn, mapped_column
from uuid_utils.compat import uuid7

from shared import clock
from shared.contracts import Event
from shared.unit_of_work import Work

TYPES = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB, list[str]: JSONB, int: Integer}


def null(*arguments: Any, **options: Any) -> Any:
    """A column that is null unless the constructor is given a value."""
    return mapped_column(*arguments, default=None, **options)


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column, MappedColumn))
class Model(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """A row of a service; each service derives a base with its own `metadata` from it."""

    __abstract__ = True
    type_annotation_map = TYPES
    #: the names of the ids in a record; filled when a list or a read includes them
    names: ClassVar[dict[str, str] | None] = None


class Record(MappedAsDataclass, kw_only=True):
    """The columns of every record; `version` is its `ETag`, and the `sequence` of its last event.

    A new record begins its own chain of events, now, unless it gets another `correlation_id` or time.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid7)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    correlation_id: Mapped[UUID] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=None)

    def __post_init__(self) -> None:
        """Fill in what follows from the rest."""
        self.correlation_id = self.correlation_id or self.id
        self.updated_at = self.updated_at or self.created_at


class Copy(MappedAsDataclass, kw_only=True):
    """The columns of a copy of another service's record: `class KnownParty(Copy, Model, of=PartyEvent)`.

    Every other column is filled from the event's attribute of that name. `sequence` is the version of the original that the
    copy shows; older events do not change the copy. `within` names the column with the id of another copy, and that copy:
    once that one is retired, this one is not in use either.
    """

    of: ClassVar[type[Event]]
    within: ClassVar[tuple[str, type["Copy"]] | None]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)

    def __init_subclass__(
        cls, *, of: type[Event] | None = None, within: tuple[str, type["Copy"]] | None = None, **options: Any
    ) -> None:
        """Store which events the copy is made from, and what it is part of."""
        if of is not None:
            cls.of, cls.within = of, within
        super().__init_subclass__(**options)


def table_of(model: type[Any]) -> Table:
    """The table of a model."""
    table: Table = model.__table__
    return table


class Number:
    """The numbers that people see, from a sequence of the database: unique and rising, gaps allowed; e.g. `INC-000042`."""

    def __init__(self, prefix: str, name: str, tables: MetaData) -> None:
        self.prefix, self.sequence = prefix, Sequence(name, metadata=tables)
        self._many = text("SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :many)")

    def of(self, value: int) -> str:
        """The number that people see for a value of the sequence."""
        return f"{self.prefix}-{value:06d}"

    async def next(self, work: Work) -> str:
        """The next number."""
        return (await self.several(work, 1))[0]

    async def several(self, work: Work, many: int) -> list[str]:
        """The next `many` numbers."""
        return [
            self.of(value)
            for value in (await work.session.execute(self._many, {"name": self.sequence.name, "many": many})).scalars()
        ]
