"""Queries about passwords."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.governance.models import Credential, Person
from shared.unit_of_work import Work


async def credential(work: Work, person_id: UUID, *, lock: bool = False) -> Credential | None:
    """A person's password, if there is one."""
    query = select(Credential).where(Credential.person_id == person_id)
    return (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def who_signs_in(work: Work, username: str) -> Any:
    """Id and password hash of the person, also a retired one, with this username and a password; `None` otherwise."""
    query = select(Person.id, Credential.password_hash).join(Credential, Credential.person_id == Person.id)
    return (await work.session.execute(query.where(Person.username == username))).first()
