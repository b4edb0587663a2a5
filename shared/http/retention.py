"""Rules of retention over HTTP: administrators set them, and see first what they would delete."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import ConfigDict, Field

from shared.fields import Line, RequestModel, ResponseModel
from shared.http.callers import AllowAdministrators
from shared.http.requests import WorkFor, router
from shared.retention import Retained
from shared.retention import rules as retention
from shared.retention.stored import Rule
from shared.unit_of_work import Work

routes = router()
LONGEST_DAYS = 36_500
Kind = Annotated[str, Path(max_length=100, description="A kind of record that this service can delete.")]


class AdministratorsWork(AllowAdministrators, WorkFor):
    """The unit of work of a route for administrators only."""


Administering = Annotated[Work, Depends(AdministratorsWork())]


class SetRule(RequestModel):
    """After how many days records of a kind are deleted, and why; null: never."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 2555, "reason": "Seven years, policy 12."}]})
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] | None
    reason: Line


class RetentionRule(ResponseModel):
    """A kind of record, and the rule that deletes it, if one has been set."""

    kind: str
    meaning: str
    days: int | None = Field(description="Days after the last change of a record that has ended; null: never deleted.")
    reason: str | None
    set_by: str | None
    set_at: datetime | None


class RetentionRules(ResponseModel):
    """Every kind of record that this service can delete."""

    items: list[RetentionRule]
    next: None


class RetentionPreview(ResponseModel):
    """What a rule would delete now."""

    kind: str
    days: int
    records: int


@routes.get("/retention")
async def list_retention_rules(request: Request, work: Administering) -> RetentionRules:
    """The kinds of records that this service can delete, with their rules; without a rule nothing is deleted."""
    known = await retention.rules(work)
    return RetentionRules(items=[_shown(each, known.get(each.kind)) for each in _kinds(request)], next=None)


@routes.put("/retention/{kind}")
async def set_retention_rule(kind: Kind, body: SetRule, request: Request, work: Administering) -> RetentionRule:
    """Delete records of this kind so many days after their last change in a final state, from now on; null: never.

    They are deleted for good, with everything that belongs to them and the data of all their events. See the preview first.
    """
    named = retention.kind_named(_kinds(request), kind)
    return _shown(named, await retention.set_rule(work, named, body.days, body.reason))


@routes.get("/retention/{kind}/preview")
async def preview_retention(
    kind: Kind,
    request: Request,
    work: Administering,
    days: Annotated[int, Query(ge=1, le=LONGEST_DAYS, description="The days of the rule.")],
) -> RetentionPreview:
    """How many records a rule would delete now; nothing is deleted."""
    named = retention.kind_named(_kinds(request), kind)
    return RetentionPreview(kind=kind, days=days, records=await retention.how_many(work, named, days))


def _kinds(request: Request) -> tuple[Retained, ...]:
    kinds: tuple[Retained, ...] = request.app.state.running.service.retained
    return kinds


def _shown(kind: Retained, rule: Rule | None) -> RetentionRule:
    return RetentionRule(
        kind=kind.kind,
        meaning=kind.meaning,
        days=rule.days if rule else None,
        reason=rule.reason if rule else None,
        set_by=rule.set_by if rule else None,
        set_at=rule.updated_at if rule else None,
    )
