"""Queries about service accounts."""

from sqlalchemy import select

from services.governance import access
from services.governance.models import ServiceAccount
from shared.records import Noun
from shared.unit_of_work import Work

ACCOUNTS = Noun(ServiceAccount, "service account", access.ADMINISTER)


async def account_of_client(work: Work, client_id: str) -> ServiceAccount | None:
    """The service account that signs in with this id; its access does not end before the commit."""
    query = select(ServiceAccount).where(ServiceAccount.client_id == client_id).with_for_update(read=True)
    return (await work.session.scalars(query)).first()
