"""The first records of a fresh platform: two parties, the person admin, and a key to sign tokens with."""

import structlog

from services.governance.commands.hashing import hashed
from services.governance.commands.kept import admin_password
from services.governance.commands.keys import rotate_keys
from services.governance.commands.parties import register_party
from services.governance.commands.passwords import store_password
from services.governance.commands.people import register_person
from services.governance.commands.roles import assign_role
from services.governance.models import Party, Person
from services.governance.repository.writing import alone, write
from services.governance.settings import GovernanceSettings
from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from shared.contracts.roles import ADMINISTRATOR
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)


async def seed(work: Work) -> None:
    """Make what is missing of a fresh platform; what was renamed or retired since stays as it is."""
    async with work:
        await alone(work, "seed")
        if await work.session.get(Party, PROVIDER_ID) is None:
            await register_party(work, name="Own organisation", kind="provider", identity=PROVIDER_ID)
        if await work.session.get(Party, CLIENT_ID) is None:
            await register_party(work, name="Client organisation", kind="client", identity=CLIENT_ID)
        await write(work)
        if await work.session.get(Person, ADMIN_ID) is None:
            await _register_admin(work)
        await rotate_keys(work)


async def _register_admin(work: Work) -> None:
    password = admin_password(work.config)
    await register_person(work, name="Administrator", party_id=PROVIDER_ID, username="admin", identity=ADMIN_ID)
    await assign_role(work, person_id=ADMIN_ID, role=ADMINISTRATOR, scope=None)
    await store_password(work, ADMIN_ID, await hashed(password))
    if GovernanceSettings.of(work.config).admin_password is None:
        log.info("the password of admin was made", file=str(work.config.folder / "admin-password"))
