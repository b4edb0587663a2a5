"""People over HTTP, and their passwords on the way in."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.governance.api.attempts import Counted, address
from services.governance.api.callers import Administering, Asking
from services.governance.commands import people as commands
from services.governance.commands.activity import options_for
from services.governance.commands.passwords import set_password
from services.governance.domain.lifecycles import ActivityState
from services.governance.domain.names import username_of
from services.governance.repository import people as repository
from services.governance.schemas.moves import ActivityMove
from services.governance.schemas.people import ChangePerson, PersonPage, PersonView, RegisterPerson, SetPassword
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.paging import Pages, link_next

router = strict(tags=["people"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name", "number", "-number"] | None, Query()]


@router.post("/people", status_code=201)
async def register_person(body: RegisterPerson, response: Response, work: Administering) -> PersonView:
    """Make a person known; a password is set afterwards."""
    person = await commands.register_person(
        work, name=body.name, party_id=body.party_id, username=body.username, email=body.email
    )
    etag(response, person.version)
    return PersonView.model_validate(person)


@router.get("/people")
async def list_people(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: ActivityState | None = None,
    party_id: UUID | None = None,
    username: Annotated[str | None, Query(max_length=100)] = None,
    sort: Order = None,
) -> PersonPage:
    """The people that the caller may see."""
    filters = {"state": state, "party_id": party_id, "username": username_of(username) if username else None}
    async with work:
        found = await repository.people(work, paging, sort, filters)
    link_next(request, response, found.next)
    return PersonPage(items=[PersonView.model_validate(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/people/{person_id}")
async def read_person(person_id: UUID, response: Response, work: Asking) -> PersonView:
    """One person."""
    async with work:
        person = await repository.person(work, person_id)
    etag(response, person.version)
    return PersonView.model_validate(person)


@router.patch("/people/{person_id}")
async def change_person(
    person_id: UUID, body: ChangePerson, expected: ExpectedVersion, response: Response, work: Administering
) -> PersonView:
    """Correct what is known about a person."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    person = await commands.change_person(work, person_id, expected, changes)
    etag(response, person.version)
    return PersonView.model_validate(person)


@router.delete("/people/{person_id}", status_code=204, response_class=Response)
async def retire_person(person_id: UUID, expected: ExpectedVersion, work: Administering) -> None:
    """Retire a person, as its move `retire` does; nothing is deleted."""
    await commands.move_person(work, person_id, expected, "retire")


@router.get("/people/{person_id}/moves")
async def list_person_moves(person_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the person now."""
    async with work:
        person = await repository.person(work, person_id)
    etag(response, person.version)
    return PermittedMoves.of(options_for(work, person))


@router.post("/people/{person_id}/moves")
async def move_person(
    person_id: UUID,
    body: Annotated[ActivityMove, Body(discriminator="trigger")],
    expected: ExpectedVersion,
    response: Response,
    work: Administering,
) -> PersonView:
    """Retire or reactivate a person."""
    person = await commands.move_person(work, person_id, expected, body.trigger)
    etag(response, person.version)
    return PersonView.model_validate(person)


@router.put("/people/{person_id}/password", status_code=204, response_class=Response)
async def replace_password(
    person_id: UUID, body: SetPassword, request: Request, work: Asking, attempts: Counted
) -> None:
    """Set a password: an administrator anybody's, a person the own one with the old. Ends every sign-in of the person."""
    name = f"password of {person_id}"
    if body.old_password is not None:
        await attempts.count(name, address(request))
    await set_password(work, person_id, new=body.new_password, old=body.old_password)
    await attempts.succeeded(name)
