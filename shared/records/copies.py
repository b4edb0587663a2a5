"""Copies of other services' records: declared by their columns, updated by the owner's events, checked when a request names one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from shared.errors import invalid
from shared.inbox import Handler, Handlers, ReceivedEvent
from shared.records.columns import Copy, Model, table_of
from shared.unit_of_work import Work


def copies_of(base: type[Model]) -> tuple[type[Copy], ...]:
    """Every copy that a service declares among its models."""
    classes = (mapper.class_ for mapper in base.registry.mappers)  # those of all services in this process
    return tuple(sorted((one for one in classes if issubclass(one, Copy) and issubclass(one, base)), key=_name))


def _name(copy: type[Copy]) -> str:
    return copy.__name__


def handlers_of(copies: Iterable[type[Copy]]) -> list[Handlers]:
    """For each copy a table with the handler that updates it from its events."""
    return [{copy.of: _updater(copy)} for copy in copies]


def _updater(copy: type[Copy]) -> Handler:
    names = [column.name for column in table_of(copy).columns if column.name not in ("id", "sequence")]

    async def update(work: Work, events: Sequence[ReceivedEvent]) -> None:
        rows = [
            {"id": each.envelope.subject, "sequence": each.envelope.sequence}
            | {name: getattr(each.event, name) for name in names}
            for each in events
        ]
        async with work:
            await upsert(work, copy, rows)

    return update


async def upsert(work: Work, copy: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Insert or update copies in one statement; of several versions the latest counts, in any order of arrival."""
    latest: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in latest or row["sequence"] > latest[row["id"]]["sequence"]:
            latest[row["id"]] = row
    if not latest:
        return
    new = insert(copy)
    changed = {name: new.excluded[name] for name in next(iter(latest.values())) if name != "id"}
    await work.session.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=changed, where=copy.sequence < new.excluded.sequence),
        # in the order of their ids, so that two replicas cannot wait for each other
        sorted(latest.values(), key=lambda row: row["id"]),
    )


async def check_references(
    work: Work, given: Mapping[str, Any], references: Mapping[str, type[Copy]], *, before: object | None = None
) -> None:
    """Refuse the first of the `given` ids (one, or a list of them) that is not known here, or not active any more.

    `references` gives the kind of copy by field. What the record named `before` may stay, though it was retired since. The
    refusal points at the field.
    """
    for name, copy in references.items():
        value = given.get(name)
        if value is None or value == []:
            continue
        ids = _ids(value)
        new = set(ids) - set(_ids(getattr(before, name, None)))
        missing = new - await active(work, copy, new)
        for place, identity in enumerate(ids):
            if identity in missing:
                pointer = f"/{name}/{place}" if isinstance(value, list | tuple) else f"/{name}"
                raise invalid(pointer, f"no active {_word(copy)} with this id is known here")


async def active(work: Work, copy: type[Copy], ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids whose records are known here and active."""
    if not ids:
        return set()
    table = table_of(copy).c
    query = select(table.id).where(table.id.in_(ids), table.active)
    if copy.within is not None:
        column, whole = copy.within[0], table_of(copy.within[1]).c
        query = query.where(~exists().where(whole.id == table[column], ~whole.active))
    return set((await work.session.scalars(query)).all())


def _ids(value: Any) -> list[UUID]:
    if value is None:
        return []
    return [UUID(str(one)) for one in value] if isinstance(value, list | tuple) else [UUID(str(value))]


def _word(copy: type[Copy]) -> str:
    return copy.__name__.removeprefix("Known").lower()
