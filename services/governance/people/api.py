"""People over HTTP, and setting their passwords."""

from uuid import UUID

from fastapi import Request, Response

from services.governance import access
from services.governance.lifecycles import RETIREMENT
from services.governance.passwords.commands import set_password
from services.governance.people import commands
from services.governance.people.queries import PEOPLE
from services.governance.people.schemas import (
    ChangePerson,
    PersonPage,
    PersonQuery,
    PersonView,
    RegisterPerson,
    SetPassword,
)
from services.governance.sign_in_limits.commands import SignInLimits
from shared.http import SignedInWork, address_of
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.http.writing import mount_correcting, mount_registering

router = strict(tags=["people"])
ADDRESS, ACT = "/people/{person_id}", access.ADMINISTER

mount_registering(router, ADDRESS, PEOPLE, RegisterPerson, PersonView, commands.register_person, act=ACT)
mount_reading(router, ADDRESS, PEOPLE, PersonView, PersonPage, PersonQuery, personal=True)
mount_correcting(router, ADDRESS, PEOPLE, ChangePerson, PersonView, commands.change_person, act=ACT)
mount_retirement(router, ADDRESS, PEOPLE, PersonView, commands.move_person, lifecycle=RETIREMENT, act=ACT)


@router.put("/people/{person_id}/password", status_code=204, response_class=Response)
async def replace_password(person_id: UUID, body: SetPassword, request: Request, work: SignedInWork) -> None:
    """Set somebody else's password as an administrator, or your own with the old one; every sign-in of the person ends."""
    limits = SignInLimits.of(request.app.state)
    with limits.attempt(f"password of {person_id}", address_of(request), counts=body.old_password is not None):
        await set_password(work, person_id, new=body.new_password, old=body.old_password)
