"""Recognises people by tokens of the OpenID Connect provider, and links their accounts to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from services.governance import access
from services.governance.access_ends.commands import INSTANT, end_access
from services.governance.access_ends.queries import lock_person, lock_subjects
from services.governance.models import ProviderAccount, RoleAssignment
from services.governance.people.commands import UsernameTaken, register_person
from services.governance.people.queries import PEOPLE, flush_unique
from services.governance.provider_accounts import queries
from services.governance.provider_accounts.queries import ACCOUNTS
from services.governance.provider_accounts.rules import Account, Roles, UnusableClaims, account_in
from services.governance.retirement.queries import administrators, advisory_lock, check_active
from services.governance.roles.commands import checked_scope, withdraw_role
from services.governance.settings import GovernanceSettings
from services.governance.tokens.queries import claims_of
from shared import clock, security_log
from shared.access import CHALLENGE, Caller
from shared.access.tokens import caller_of
from shared.contracts.governance import ProviderAccountLinked, ProviderAccountUnlinked, RoleAssigned
from shared.contracts.roles import ADMINISTRATOR
from shared.errors import Conflict, Invalid, NotSignedIn
from shared.records import event_of, register
from shared.unit_of_work import Work
from shared.versions import Expected

log = structlog.get_logger(__name__)


class AccountLinked(Conflict):
    """The account belongs to somebody, or the person has an account of this provider."""

    slug, title = "account-linked", "One account belongs to one person"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class AccountUnlinked(Conflict):
    """The account was unlinked already."""

    slug, title = "account-unlinked", "The account was unlinked already"


_LINKED = {
    "uq_provider_account_subject": partial(AccountLinked, "This account belongs to somebody; unlink it there first."),
    "uq_provider_account_person": partial(
        AccountLinked, "This person has an account of this provider; unlink that one first."
    ),
}


_UNLINKED = "This account was unlinked; an administrator can link it again."


async def recognise(work: Work, claims: dict[str, Any]) -> Caller:
    """The person whose account a verified token of the provider names, with the roles that he or she has here now.

    At the first sign-in the account is linked to the person with its username, or to a new person where the settings allow
    it. Raises `NotSignedIn` with a sentence that says what an administrator has to do.
    """
    config = GovernanceSettings.of(work.config)
    try:
        account = account_in(claims, config)
        async with work:
            issuer = str(claims["iss"])
            link = await _link_of(work, issuer, account) or await _link_at_first_sign_in(work, issuer, account, config)
            return await _caller(work, issuer, link, account)
    except UnusableClaims as error:
        security_log.record("sign_in_refused", actor=None, grant="provider", reason=str(error))
        raise NotSignedIn(f"{error}", headers=CHALLENGE) from None


async def link_account(work: Work, given: Mapping[str, Any]) -> ProviderAccount:
    """The link of an account to an active person. Raises `AccountLinked`, or a refusal that points at the person."""
    async with work:
        if earlier := await work.earlier_result():
            return await ACCOUNTS.one(work, earlier)
        await advisory_lock(work, "provider accounts")
        await check_active(work, PEOPLE, [given["person_id"]], "/person_id")
        account = ProviderAccount(**given)
        register(work, account, ProviderAccountLinked, about=account.person_id)
        await flush_unique(work, _LINKED)
        return account


async def unlink_account(work: Work, identity: UUID, expected: Expected) -> None:
    """Unlink an account: it speaks for nobody, what its groups gave is withdrawn, and the person's tokens are refused.

    Raises `AccountUnlinked`, or `LastAdministrator`.
    """
    async with work:
        await advisory_lock(work, "administrators")
        account = await ACCOUNTS.to_change(work, identity, expected, access.ADMINISTER)
        if account.unlinked_at is not None:
            raise AccountUnlinked("This account was unlinked already; link it again where it is needed.")
        account.state, account.unlinked_at = "unlinked", clock.now()
        work.emit(account, event_of(ProviderAccountUnlinked, account), about=account.person_id)
        for held in await queries.roles_held(work, account.person_id):
            if held.provider == account.issuer:
                await withdraw_role(work, held.id, held.version)
        await end_access(work, account, [account.person_id], "account_unlinked")


async def _link_of(work: Work, issuer: str, account: Account) -> ProviderAccount | None:
    links = await queries.links_of(work, issuer, account.subject)
    if links and links[0].unlinked_at is not None:
        raise UnusableClaims(_UNLINKED)
    return links[0] if links else None


async def _link_at_first_sign_in(
    work: Work, issuer: str, account: Account, config: GovernanceSettings
) -> ProviderAccount:
    await advisory_lock(work, "provider accounts")
    await advisory_lock(work, "administrators")
    if link := await _link_of(work, issuer, account):
        return link
    if account.username is None:
        raise UnusableClaims(f"The token has no {config.claim_username} that can be a username here.")
    known = await queries.person_named(work, account.username)
    if known is None:
        person = await _new_person(work, account, config)
    elif not known.active:
        raise UnusableClaims(f"{account.username} is retired here.")
    elif await queries.is_linked(work, issuer, known.id):
        raise UnusableClaims(
            f"Another account of the provider belongs to {account.username}; an administrator can unlink it."
        )
    elif any(held.role == ADMINISTRATOR for held in await queries.roles_held(work, known.id)):
        # a name at the provider must not be enough to become administrator here
        raise UnusableClaims(f"{account.username} is an administrator here; another one has to link the account.")
    else:
        person = known.id
    link = ProviderAccount(person_id=person, issuer=issuer, subject=account.subject)
    register(work, link, ProviderAccountLinked, about=person)
    await work.flush()
    return link


async def _new_person(work: Work, account: Account, config: GovernanceSettings) -> UUID:
    if config.new_people_party is None:
        raise UnusableClaims(f"Nobody here has the username {account.username}; an administrator can register you.")
    given = {
        "name": account.name,
        "username": account.username,
        "email": account.email,
        "party_id": config.new_people_party,
    }
    try:
        return (await register_person(work, given)).id
    except UsernameTaken:
        raise UnusableClaims(f"Somebody else has a username that looks like {account.username}.") from None
    except Invalid:
        raise UnusableClaims(
            "ZEVEN_NEW_PEOPLE_PARTY names no active party; an administrator must correct it."
        ) from None


async def _caller(work: Work, issuer: str, link: ProviderAccount, account: Account) -> Caller:
    """The caller with the roles that he or she has now; an older token than the newest one changes nothing.

    Locks are taken in the order of every command here: administrators, accounts, people.
    """
    person, follows = link.person_id, await _follows(work, issuer, link.person_id, account.roles)
    if not follows:
        await advisory_lock(work, "administrators")
    if not follows or link.groups_at is None or link.groups_at < account.issued_at:
        link = await queries.lock_link(work, link.id)
        if link.unlinked_at is not None:
            raise UnusableClaims(_UNLINKED)
        if not follows and link.groups_at is not None and account.issued_at < link.groups_at:
            raise UnusableClaims("A newer token of yours names other groups; sign in again.")
        link.groups_at = max(link.groups_at or account.issued_at, account.issued_at)
    if follows:
        await lock_person(work, person)
    else:
        await lock_subjects(work, [person])
        await _follow_groups(work, issuer, person, account.roles)
    await work.flush()
    found = await claims_of(work, person, provider=issuer)
    if found is None:
        raise UnusableClaims("The person whose account this is, or his or her party, is retired here.")
    issued = max(clock.now(), found.ended_before + INSTANT) if found.ended_before else clock.now()
    return caller_of(
        {
            "sub": str(person),
            "party": str(found.party_id),
            "teams": [str(team) for team in found.team_ids],
            "roles": found.roles,
            "iat": issued.timestamp(),
        }
    )


async def _follows(work: Work, issuer: str, person: UUID, roles: Roles) -> bool:
    """Whether a person has the roles of the account's groups, and none of groups that it has left."""
    held = await queries.roles_held(work, person)
    given = {(each.role, each.scope) for each in held if each.provider == issuer}
    return given <= roles <= {(each.role, each.scope) for each in held}


async def _follow_groups(work: Work, issuer: str, person: UUID, roles: Roles) -> None:
    """Give the roles of the account's groups, and withdraw those that groups gave before; others stay as they are."""
    held = await queries.roles_held(work, person)
    for role, scope in sorted(roles - {(each.role, each.scope) for each in held}, key=str):
        try:
            await checked_scope(work, role, scope)
        except Invalid:
            log.warning("ZEVEN_GROUP_ROLES gives a role in a scope that is not active here", role=role, scope=scope)
            continue
        given = RoleAssignment(person_id=person, role=role, scope=scope, provider=issuer)
        register(work, given, RoleAssigned, about=person)
    await work.flush()
    for each in held:
        if each.provider != issuer or (each.role, each.scope) in roles:
            continue
        if each.role == ADMINISTRATOR and await administrators(work) == 1:
            log.warning(
                "the groups of the last administrator no longer make him or her one; the role stays", person=str(person)
            )
            continue
        await withdraw_role(work, each.id, each.version)
