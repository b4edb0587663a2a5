"""Agreements over HTTP: made, amended by new versions, ended."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.service_level.api.callers import Asking, Keeping
from services.service_level.commands import agreements as commands
from services.service_level.commands.agreements import Terms
from services.service_level.domain.agreement_lifecycle import AGREEMENT
from services.service_level.models import AgreementRow
from services.service_level.repository import agreements
from services.service_level.schemas.agreements import (
    Agree,
    AgreementPage,
    AgreementState,
    AgreementView,
    Amend,
    ChangeAgreement,
    End,
    VersionPage,
    VersionView,
)
from services.service_level.schemas.calendars import CalendarForm
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.paging import Pages, link_next

router = strict(tags=["agreements"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name", "valid_from", "-valid_from"] | None, Query()]


@router.post("/agreements", summary="Make an Agreement", status_code=201)
async def agree(body: Agree, response: Response, work: Keeping) -> AgreementView:
    """Make an agreement. Records registered since `valid_from` fall under it where no more specific one applies."""
    row = await commands.agree(
        work,
        name=body.name,
        party_id=body.party_id,
        service_id=body.service_id,
        rank=body.rank,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        terms=_terms(body),
    )
    return _shown(row, response)


@router.get("/agreements")
async def list_agreements(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: AgreementState | None = None,
    party_id: UUID | None = None,
    service_id: UUID | None = None,
    sort: Order = None,
) -> AgreementPage:
    """The agreements that the caller may see: the provider all, others their own and those for everybody."""
    async with work:
        found = await agreements.agreements(
            work.session, work.caller, paging, sort, state=state, party_id=party_id, service_id=service_id
        )
    link_next(request, response, found.next)
    items = [AgreementView.model_validate(row) for row in found.rows]
    return AgreementPage(items=items, next=found.next, total=found.total)


@router.get("/agreements/{agreement_id}")
async def read_agreement(agreement_id: UUID, response: Response, work: Asking) -> AgreementView:
    """One agreement."""
    async with work:
        row = await agreements.agreement(work.session, agreement_id, work.caller)
    return _shown(row, response)


@router.patch("/agreements/{agreement_id}")
async def change_agreement(
    agreement_id: UUID, body: ChangeAgreement, expected: ExpectedVersion, response: Response, work: Keeping
) -> AgreementView:
    """Rename an agreement, or say until when it is valid."""
    row = await commands.change(work, agreement_id, expected, body.model_dump(exclude_unset=True))
    return _shown(row, response)


@router.get("/agreements/{agreement_id}/versions")
async def list_agreement_versions(agreement_id: UUID, work: Asking) -> VersionPage:
    """Everything that the agreement ever said, oldest first."""
    async with work:
        await agreements.agreement(work.session, agreement_id, work.caller)
        found = (await agreements.versions(work.session, [agreement_id]))[agreement_id]
    return VersionPage(items=[VersionView.model_validate(row) for row in found], next=None, total=None)


@router.post("/agreements/{agreement_id}/versions", status_code=201)
async def amend_agreement(
    agreement_id: UUID, body: Amend, expected: ExpectedVersion, response: Response, work: Keeping
) -> AgreementView:
    """Let the agreement say something else for records registered from now, or from a later moment, on."""
    row = await commands.amend(work, agreement_id, expected, in_force_from=body.in_force_from, terms=_terms(body))
    return _shown(row, response)


@router.get("/agreements/{agreement_id}/moves")
async def list_agreement_moves(agreement_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the agreement now."""
    async with work:
        row = await agreements.agreement(work.session, agreement_id, work.caller)
    etag(response, row.version)
    return PermittedMoves.of(AGREEMENT.options(row.state, {}, work.caller.roles if work.caller else ()))


@router.post("/agreements/{agreement_id}/moves")
async def move_agreement(
    agreement_id: UUID, body: End, expected: ExpectedVersion, response: Response, work: Keeping
) -> AgreementView:
    """End an agreement: records registered from now on fall under another one."""
    row = await commands.end(work, agreement_id, expected, body.trigger)
    return _shown(row, response)


def _terms(body: Agree | Amend) -> Terms:
    calendar = body.calendar.written() if isinstance(body.calendar, CalendarForm) else body.calendar
    return Terms(calendar, {name: told.model_dump() for name, told in body.targets.items()}, body.pause_reasons)


def _shown(row: AgreementRow, response: Response) -> AgreementView:
    etag(response, row.version)
    return AgreementView.model_validate(row)
