"""Creates the first records of a fresh platform: two parties, the person admin, and a key that signs tokens."""

import secrets

import structlog

from services.governance.models import Party, Person
from services.governance.parties.commands import register_party
from services.governance.passwords.commands import hashed, store_password
from services.governance.people.commands import register_person
from services.governance.retirement.queries import advisory_lock
from services.governance.roles.commands import assign_role
from services.governance.settings import GovernanceSettings
from services.governance.signing_keys.commands import rotate_keys
from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from shared.contracts.roles import ADMINISTRATOR
from shared.secret_files import secret_file
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)
PARTIES = (
    {"id": PROVIDER_ID, "name": "Own organisation", "kind": "provider"},
    {"id": CLIENT_ID, "name": "Client organisation", "kind": "client"},
)


async def seed(work: Work) -> None:
    """Create the first records that are missing; those that were renamed or retired stay as they are."""
    async with work:
        await advisory_lock(work, "seed")
        for party in PARTIES:
            if await work.session.get(Party, party["id"]) is None:
                await register_party(work, party)
        await work.flush()
        if await work.session.get(Person, ADMIN_ID) is None:
            await _register_admin(work)
        await rotate_keys(work)


async def _register_admin(work: Work) -> None:
    set_password, file = GovernanceSettings.of(work.config).admin_password, work.config.folder / "admin-password"
    password = set_password.get_secret_value() if set_password else secret_file(file, lambda: secrets.token_urlsafe(18))
    given = {"id": ADMIN_ID, "name": "Administrator", "party_id": PROVIDER_ID, "username": "admin"}
    await register_person(work, given)
    await assign_role(work, person_id=ADMIN_ID, role=ADMINISTRATOR, scope=None)
    await store_password(work, ADMIN_ID, await hashed(password))
    if set_password is None:
        log.info("the password of admin was generated", file=str(file))
