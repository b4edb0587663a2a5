"""What several nouns send and show: the fields of requests and of changes, changes as lists show them, and approvals."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.change.lifecycles import CHANGE_STATES
from shared.contracts import Origin
from shared.contracts.change import Approver, ChangeType, Decision, Level, ValueStream
from shared.fields import Instant, ItemId, Known, ResponseModel
from shared.http import Names, PageView
from shared.records import From, ListQuery, OneOf, PersonReference, Reference, Until, Where
from shared.records.watchers import watched_by

Items = Annotated[list[ItemId], Field(max_length=100, description="Knowledge items that are touched.")]
State = Annotated[str, Known(CHANGE_STATES)]


class RecordView(ResponseModel):
    """The fields that requests and changes share: what is wanted, who wants it, and for which party."""

    id: UUID
    number: str
    reason: Annotated[str | None, Field(description="Why it is in its state; everybody who sees the record reads it.")]
    title: str
    requester_id: UUID | None
    party_id: UUID | None
    service_id: UUID | None
    ki_ids: list[UUID]
    urgent: bool
    value_stream: ValueStream | None
    origin: Origin | None
    version: int
    correlation_id: UUID
    created_at: datetime
    updated_at: datetime
    names: Names


class RecordQuery(ListQuery):
    """The filters that lists of requests and of changes share."""

    number: Annotated[str | None, Field(max_length=40, description="E.g. RFC-000042 or CHG-000042.")] = None
    service_id: OneOf[Reference] = None
    party_id: OneOf[Reference] = None
    requester_id: OneOf[PersonReference] = None
    watcher_id: Annotated[OneOf[PersonReference], Where(watched_by)] = None
    origin_id: OneOf[UUID] = None
    urgent: bool | None = None
    created_from: Annotated[Instant | None, From("created_at")] = None
    created_until: Annotated[Instant | None, Until("created_at")] = None


class ChangeLine(RecordView):
    """A change as lists show it; `held_state` is the state in which a change on hold resumes."""

    state: State
    held_state: State | None
    change_type: ChangeType | None
    impact: Level | None
    likelihood: Level | None
    risk: Level | None
    rfc_id: UUID
    parent_id: UUID | None
    planned_start: datetime | None
    planned_end: datetime | None


class ChangePage(PageView):
    """A page of changes."""

    items: list[ChangeLine]


class ApprovalView(ResponseModel):
    """One person's answer to one plan, in one role."""

    id: UUID
    change_id: UUID
    plan_round: int
    role: Approver
    decision: Decision
    note: Annotated[str | None, Field(description="Shown to the provider and to its author.")]
    given_by: str
    version: int
    created_at: datetime
    updated_at: datetime


def answers_shown(approvals: Iterable[Any], *, internal: bool, reader: str) -> list[ApprovalView]:
    """Approvals as somebody sees them: whoever is not `internal` reads the note of his or her own only."""
    shown = [ApprovalView.model_validate(each) for each in approvals]
    for each in shown:
        if not internal and each.given_by != reader:
            each.note = None
    return shown
