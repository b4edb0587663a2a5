"""Queries about signing keys."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from services.governance.models import SigningKey
from shared.unit_of_work import Work


async def signing_keys(work: Work) -> Sequence[SigningKey]:
    """Every signing key, oldest first."""
    return (await work.session.scalars(select(SigningKey).order_by(SigningKey.signs_from, SigningKey.kid))).all()


async def delete_keys(work: Work, kids: Sequence[str]) -> None:
    """Delete these signing keys."""
    await work.session.execute(delete(SigningKey).where(SigningKey.kid.in_(kids)))
