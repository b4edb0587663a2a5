"""People who follow a record: they added themselves, or people of the provider added them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Uuid, any_, cast, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from shared.records.notes import KernelModel
from shared.unit_of_work import Work


class Watcher(KernelModel):
    """One person who follows one record."""

    __tablename__ = "watcher"
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


async def watchers(work: Work, record_id: UUID) -> Sequence[UUID]:
    """The people who follow a record."""
    query = select(Watcher.person_id).where(Watcher.record_id == record_id).order_by(Watcher.person_id)
    return (await work.session.scalars(query)).all()


async def add_watcher(work: Work, record_id: UUID, person_id: UUID) -> None:
    """Let a person follow a record; a second time changes nothing."""
    new = insert(Watcher).values(record_id=record_id, person_id=person_id)
    await work.session.execute(new.on_conflict_do_nothing())


async def remove_watcher(work: Work, record_id: UUID, person_id: UUID) -> None:
    """Stop a person from following a record; a second time changes nothing."""
    await work.session.execute(delete(Watcher).where(Watcher.record_id == record_id, Watcher.person_id == person_id))


def watched_by(columns: Mapping[str, ColumnElement[Any]], people: BindParameter[Any]) -> ColumnElement[bool]:
    """The condition of a filter for records that any of some people follow."""
    watcher = Watcher.__table__.c
    return exists().where(watcher.record_id == columns["id"], watcher.person_id == any_(cast(people, ARRAY(Uuid))))
