"""Queries about accounts of the OpenID Connect provider, and about the roles that its groups give."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from services.governance import access
from services.governance.models import Person, ProviderAccount, RoleAssignment
from shared.records import Noun
from shared.unit_of_work import Work

ACCOUNTS = Noun(ProviderAccount, "provider account", access.ADMINISTER)


async def links_of(work: Work, issuer: str, subject: str) -> Sequence[ProviderAccount]:
    """Whom an account belongs to and has belonged to, the present one first."""
    query = select(ProviderAccount).where(ProviderAccount.issuer == issuer, ProviderAccount.subject == subject)
    newest = query.order_by(ProviderAccount.unlinked_at.desc().nulls_first())
    return (await work.session.scalars(newest)).all()


async def lock_link(work: Work, identity: UUID) -> ProviderAccount:
    """A link as it is now, locked until the commit."""
    query = select(ProviderAccount).where(ProviderAccount.id == identity).with_for_update()
    return (await work.session.scalars(query.execution_options(populate_existing=True))).one()


async def is_linked(work: Work, issuer: str, person_id: UUID) -> bool:
    """Whether a person has an account of this provider."""
    query = select(ProviderAccount.id).where(
        ProviderAccount.issuer == issuer, ProviderAccount.person_id == person_id, ProviderAccount.unlinked_at.is_(None)
    )
    return (await work.session.execute(query)).first() is not None


async def person_named(work: Work, username: str) -> Person | None:
    """The person who signs in with this username, active or not."""
    return (await work.session.scalars(select(Person).where(Person.username == username))).first()


async def roles_held(work: Work, person_id: UUID) -> Sequence[RoleAssignment]:
    """The roles of a person."""
    query = select(RoleAssignment).where(RoleAssignment.person_id == person_id, RoleAssignment.withdrawn_at.is_(None))
    return (await work.session.scalars(query)).all()
