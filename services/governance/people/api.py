"""People over HTTP, and their passwords on the way in."""

from typing import Annotated
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
from shared.http import Allowed, ExpectedVersion, address_of, created, etag, work_for
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.unit_of_work import Work

router = strict(tags=["people"])
Administering = Annotated[Work, Allowed(access.ADMINISTER)]


@router.post("/people", status_code=201)
async def register_person(body: RegisterPerson, response: Response, work: Administering) -> PersonView:
    """Make a person known; a password is set afterwards."""
    person = await commands.register_person(work, body.model_dump())
    created(response, person, "/governance/v1/people")
    return PersonView.model_validate(person)


@router.patch("/people/{person_id}")
async def change_person(
    person_id: UUID, body: ChangePerson, expected: ExpectedVersion, response: Response, work: Administering
) -> PersonView:
    """Correct what is known about a person."""
    person = await commands.change_person(work, person_id, expected, body.model_dump(exclude_unset=True))
    etag(response, person.version)
    return PersonView.model_validate(person)


@router.put("/people/{person_id}/password", status_code=204, response_class=Response)
async def replace_password(
    person_id: UUID, body: SetPassword, request: Request, work: Annotated[Work, work_for()]
) -> None:
    """Set somebody else's password as an administrator, or your own with the old one; every sign-in of the person ends."""
    limits = SignInLimits.of(request.app.state)
    with limits.attempt(f"password of {person_id}", address_of(request), counts=body.old_password is not None):
        await set_password(work, person_id, new=body.new_password, old=body.old_password)


address = "/people/{person_id}"
mount_reading(router, address, PEOPLE, PersonView, PersonPage, PersonQuery, personal=True)
mount_retirement(router, address, PEOPLE, PersonView, commands.move_person, lifecycle=RETIREMENT, act=access.ADMINISTER)
