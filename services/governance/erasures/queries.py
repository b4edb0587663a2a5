"""Queries about erasures, and what a person's erasure removes here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, bindparam, delete, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.governance import access
from services.governance.models import Credential, Erasure, ErasureAnswer, ProviderAccount, RefreshToken
from shared.contracts.defaults import SERVICES
from shared.records import Noun, table_of
from shared.unit_of_work import Work

_ANSWERS = """(
  SELECT coalesce(jsonb_agg(to_jsonb(answer) - '{person_id,sequence}'::text[] ORDER BY answer.service), '[]'::jsonb)
  FROM erasure_answer AS answer WHERE answer.person_id = erasure.person_id
)"""
_AWAITED = f"""(
  SELECT coalesce(jsonb_agg(service ORDER BY service), '[]'::jsonb)
  FROM unnest(ARRAY[{", ".join(f"'{service}'" for service in SERVICES)}]) AS service
  WHERE NOT EXISTS (
    SELECT FROM erasure_answer AS answer WHERE answer.person_id = erasure.person_id AND answer.service = service.service
  )
)"""  # noqa: S608 - names of ours
_SOURCE = select(
    table_of(Erasure),
    literal_column(_ANSWERS, JSONB).label("answers"),
    literal_column(_AWAITED, JSONB).label("awaited"),
    literal_column(f"({_AWAITED} = '[]'::jsonb)", Boolean).label("complete"),
)
ERASURES = Noun(Erasure, "erasure", access.ADMINISTER, source=_SOURCE)


async def erasure_of(work: Work, person_id: UUID) -> Erasure | None:
    """The erasure of a person, if there is one."""
    return (await work.session.scalars(select(Erasure).where(Erasure.person_id == person_id))).first()


async def delete_sign_ins(work: Work, person_id: UUID) -> None:
    """Delete the password and the refresh tokens of a person."""
    for model in (Credential, RefreshToken):
        await work.session.execute(delete(model).where(model.person_id == bindparam("person")), {"person": person_id})


async def accounts_of(work: Work, person_id: UUID) -> Sequence[ProviderAccount]:
    """The accounts at a provider that belong to a person, or did."""
    query = select(ProviderAccount).where(ProviderAccount.person_id == person_id).order_by(ProviderAccount.id)
    return (await work.session.scalars(query.with_for_update())).all()


async def store_answer(work: Work, values: dict[str, Any]) -> None:
    """Store what a service has erased; of several answers the latest counts."""
    new = insert(ErasureAnswer).values(values)
    changed = {name: new.excluded[name] for name in ("answered_at", "sequence", "records", "events")}
    later = ErasureAnswer.sequence < new.excluded.sequence
    await work.session.execute(
        new.on_conflict_do_update(index_elements=["person_id", "service"], set_=changed, where=later)
    )


async def forget_answers(work: Work, person_id: UUID) -> None:
    """Await the answer of every service again."""
    await work.session.execute(delete(ErasureAnswer).where(ErasureAnswer.person_id == person_id))
