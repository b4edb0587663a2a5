"""What waits for a person, over HTTP, as routes that a service mounts with its table of duties."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from shared.access.policies import Policy
from shared.errors import invalid
from shared.fields import PersonId, RequestModel, ResponseModel
from shared.http.mounted import add_route
from shared.http.requests import Allowed
from shared.records.duties import AT_ONCE, Duty, duties_of, hand_over
from shared.unit_of_work import Work

#: raises a refusal that points at `/to` unless this person may be given something
CheckPerson = Callable[[Work, UUID], Awaitable[None]]


class WaitingRecord(ResponseModel):
    """A record that waits for the person."""

    id: UUID
    number: str | None
    title: str
    state: str
    updated_at: datetime


class OfferedPerson(ResponseModel):
    """Somebody to whom it may be given."""

    id: UUID
    name: str


class DutyView(ResponseModel):
    """What waits for the person in one way; `offered` are the people to whom it may be given, the most suitable first."""

    kind: str
    meaning: str
    total: Annotated[int, Field(description="How many records wait in this way.")]
    records: Annotated[list[WaitingRecord], Field(description=f"The oldest of them, at most {AT_ONCE}.")]
    offered: list[OfferedPerson]
    can_be_given: Annotated[bool, Field(description="Whether a handover gives it, or others must act.")]


class DutyList(ResponseModel):
    """Everything in this service that waits for the person, as far as the caller may see it."""

    items: list[DutyView]
    next: None


class HandOver(RequestModel):
    """Give what waits for the person to somebody else."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "019acd5e-2c00-7000-8000-000000000007"}]})
    to: PersonId
    kinds: Annotated[
        list[Annotated[str, Field(max_length=40)]] | None,
        Field(max_length=20, description="Only these duties; absent: all that can be given."),
    ] = None


class OutcomeView(ResponseModel):
    """What became of one record."""

    kind: str
    record: WaitingRecord
    outcome: Literal["given", "refused"]
    reason: Annotated[str | None, Field(description="Why it was refused; the record stays as it was.")]


class Outcomes(ResponseModel):
    """What became of each record; `left` says how many still wait, those that were refused included."""

    items: list[OutcomeView]
    left: int
    next: None


def mount_duties(
    router: APIRouter, duties: Sequence[Duty], *, read: Policy, give: Policy, check_person: CheckPerson
) -> None:
    """Add the routes that show what waits for a person and give it to somebody else.

    The policies say who may ask and who may give; which records they see and change, the records' own policies decide.
    """
    reading, giving = Allowed(read), Allowed(give)

    async def list_duties(person_id: UUID, work: Work = reading) -> DutyList:
        return DutyList(items=await _views(work, person_id, duties), next=None)

    async def hand_over_duties(person_id: UUID, body: HandOver, work: Work = giving) -> Outcomes:
        unknown = set(body.kinds or ()) - {duty.kind for duty in duties}
        if unknown:
            kinds = ", ".join(duty.kind for duty in duties)
            raise invalid("/kinds", f"{', '.join(sorted(unknown))} is no duty here; use {kinds}")
        if body.to == person_id:
            raise invalid("/to", "name somebody else")
        async with work:
            await check_person(work, body.to)
        outcomes = await hand_over(work, person_id, body.to, duties, body.kinds)
        left = sum(view.total for view in await _views(work, person_id, duties) if view.can_be_given)
        return Outcomes(items=[OutcomeView.model_validate(each) for each in outcomes], left=left, next=None)

    path = "/people/{person_id}/duties"
    described = "What waits for a person in this service: open work, approvals, ownerships; ask it before the person is retired."
    add_route(router, "GET", path, list_duties, "list_duties", described, DutyList)
    described = (
        "Give what waits for a person to somebody else, each record by its own rules; what they forbid is refused and stays. "
        f"At most {AT_ONCE} records of each duty are given at once."
    )
    add_route(router, "POST", f"{path}/handover", hand_over_duties, "hand_over_duties", described, Outcomes)


async def _views(work: Work, person_id: UUID, duties: Sequence[Duty]) -> list[DutyView]:
    found: list[Any] = await duties_of(work, person_id, duties)
    return [
        DutyView(
            kind=each.duty.kind,
            meaning=each.duty.meaning,
            total=each.total,
            records=[WaitingRecord.model_validate(record) for record in each.records],
            offered=[OfferedPerson.model_validate(person) for person in each.offered],
            can_be_given=each.duty.give is not None,
        )
        for each in found
    ]
