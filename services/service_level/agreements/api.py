"""Agreements over HTTP: created, amended by new versions, ended."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from services.service_level import access
from services.service_level.agreements import commands
from services.service_level.agreements.queries import AGREEMENTS, versions
from services.service_level.agreements.schemas import (
    Agree,
    AgreementPage,
    AgreementQuery,
    AgreementView,
    Amend,
    ChangeAgreement,
    End,
    VersionHolidays,
    VersionPage,
    VersionView,
)
from services.service_level.calendars.queries import frozen_holidays
from services.service_level.calendars.rules import public_holidays
from services.service_level.models import Agreement
from shared.errors import NotFound
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.http.reading import mount_reading
from shared.unit_of_work import Work

router = strict(tags=["agreements"])
Reading = Annotated[Work, Allowed(access.READ_AGREEMENTS)]
Managing = Annotated[Work, Allowed(access.MANAGE_AGREEMENTS)]


@router.post("/agreements", summary="Make an Agreement", status_code=201)
async def agree(body: Agree, response: Response, work: Managing) -> AgreementView:
    """Make an agreement. Records registered since `valid_from` fall under it where no more specific one applies."""
    agreement = await commands.agree(work, body.given())
    created(response, agreement, "/service-level/v1/agreements")
    return AgreementView.model_validate(agreement)


@router.patch("/agreements/{agreement_id}")
async def change_agreement(
    agreement_id: UUID, body: ChangeAgreement, expected: ExpectedVersion, response: Response, work: Managing
) -> AgreementView:
    """Rename an agreement, or set until when it is valid."""
    return _view(response, await commands.change(work, agreement_id, expected, body.model_dump(exclude_unset=True)))


@router.get("/agreements/{agreement_id}/versions")
async def list_agreement_versions(agreement_id: UUID, work: Reading) -> VersionPage:
    """All versions of the agreement, oldest first."""
    async with work:
        await AGREEMENTS.one(work, agreement_id)
        found = (await versions(work, [agreement_id]))[agreement_id]
    items = [VersionView.model_validate(version) for version in found]
    return VersionPage(items=items, next=None, previous=None, total=None)


@router.get("/agreements/{agreement_id}/versions/{number}/holidays")
async def list_agreement_version_holidays(
    agreement_id: UUID, number: Annotated[int, Path(ge=1, le=2**31 - 1)], work: Reading
) -> VersionHolidays:
    """The public holidays that this version knows: those that were known when it was made, whatever became known later."""
    async with work:
        await AGREEMENTS.one(work, agreement_id)
        found = {each.number: each for each in (await versions(work, [agreement_id]))[agreement_id]}.get(number)
        if found is None:
            raise NotFound("The agreement has no such version.")
        frozen = (await frozen_holidays(work, [found.holidays_digest])).get(found.holidays_digest)
    form = found.calendar
    days = frozen.days if frozen else public_holidays(form.get("country"), form.get("subdivision"))
    return VersionHolidays(items=list(days), next=None)


@router.post("/agreements/{agreement_id}/versions", status_code=201)
async def amend_agreement(
    agreement_id: UUID, body: Amend, expected: ExpectedVersion, response: Response, work: Managing
) -> AgreementView:
    """Change what the agreement says for records registered from now on, or from a later moment on."""
    return _view(response, await commands.amend(work, agreement_id, expected, body.given()))


@router.get("/agreements/{agreement_id}/moves")
async def list_agreement_moves(agreement_id: UUID, response: Response, work: Reading) -> PermittedMoves:
    """What the caller may do with the agreement now."""
    async with work:
        agreement = await AGREEMENTS.one(work, agreement_id)
    etag(response, agreement.version)
    return PermittedMoves.of(commands.options_for(work, agreement), End)


@router.post("/agreements/{agreement_id}/moves")
async def move_agreement(
    agreement_id: UUID, body: End, expected: ExpectedVersion, response: Response, work: Managing
) -> AgreementView:
    """End an agreement: records registered from now on fall under another one."""
    return _view(response, await commands.end(work, agreement_id, expected, body.trigger))


def _view(response: Response, agreement: Agreement) -> AgreementView:
    etag(response, agreement.version)
    return AgreementView.model_validate(agreement)


mount_reading(router, "/agreements/{agreement_id}", AGREEMENTS, AgreementView, AgreementPage, AgreementQuery)
