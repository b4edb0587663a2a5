"""Changes as clients see, correct and move them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field
from typing_extensions import TypeAliasType

from services.change.lifecycles import CHANGE_STATES
from services.change.schemas import ChangeLine, Items, RecordQuery, State
from shared.contracts.change import ChangeType, Level, ValueStream
from shared.fields import Among, Instant, Line, MoveModel, RequestModel, ResponseModel, ServiceId, StrictBool, Text
from shared.records import From, OneOf, Reference, Until


class ConflictView(ResponseModel):
    """Another change of the same service whose window overlaps; while one is blocking, this change cannot be authorised."""

    id: UUID
    number: str
    state: State
    planned_start: datetime
    planned_end: datetime
    blocking: bool


class PublicChangeView(ChangeLine):
    """A change as the client's side sees it: what it needs to decide, and how it ended."""

    description: str
    plan_round: int
    goal_reached: bool | None
    conflicts: list[ConflictView]


class ChangeView(PublicChangeView):
    """A change as the provider sees it, with its plans and its evaluation."""

    build_plan: str | None
    test_plan: str | None
    implementation_plan: str | None
    back_out_plan: str | None
    means_confirmed: bool | None
    test_round: int
    evaluation: str | None


class ChangeQuery(RecordQuery):
    """Which changes, in which order."""

    sort: Literal[
        "created_at", "-created_at", "updated_at", "-updated_at", "number", "-number", "planned_start", "-planned_start"
    ] = "-created_at"
    state: OneOf[Annotated[str, Among(CHANGE_STATES)]] = None
    change_type: OneOf[ChangeType | Literal["none"]] = None
    risk: OneOf[Level | Literal["none"]] = None
    value_stream: OneOf[ValueStream | Literal["none"]] = None
    rfc_id: OneOf[UUID] = None
    parent_id: OneOf[Reference] = None
    planned_from: Annotated[Instant | None, From("planned_start")] = None
    planned_until: Annotated[Instant | None, Until("planned_start")] = None


class CorrectChange(RequestModel):
    """Fields to correct; what is absent stays. A planned change that is corrected must be approved again.

    Once it was authorised, use `replan` first.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"planned_start": "2036-12-05T20:00:00Z", "planned_end": "2036-12-05T22:00:00Z"}]
        }
    )
    title: Line | MISSING = MISSING
    description: Text | MISSING = MISSING
    ki_ids: Items | MISSING = MISSING
    requester_id: Annotated[UUID | MISSING, Field(description="Who wants it, in place of the one before.")] = MISSING
    parent_id: Annotated[UUID | MISSING | None, Field(description="The release that it is part of.")] = MISSING
    party_id: Annotated[
        UUID | MISSING, Field(description="The party that it is for; the client of this party approves.")
    ] = MISSING
    service_id: UUID | MISSING | None = MISSING
    build_plan: Text | MISSING | None = MISSING
    test_plan: Text | MISSING | None = MISSING
    implementation_plan: Text | MISSING | None = MISSING
    back_out_plan: Text | MISSING | None = MISSING
    planned_start: Instant | MISSING | None = MISSING
    planned_end: Instant | MISSING | None = MISSING
    means_confirmed: StrictBool | MISSING | None = MISSING


class _Reasoned(MoveModel):
    reason: Annotated[
        Text | None, Field(examples=["The new disk is late."], description="Everybody who sees the change reads it.")
    ] = None


class _Planning(MoveModel):
    build_plan: Annotated[Text | None, Field(examples=["Order two disks, format them."])] = None
    test_plan: Annotated[Text | None, Field(examples=["Copy 100 GB and back."])] = None
    implementation_plan: Annotated[Text | None, Field(examples=["Mount them after closing time."])] = None
    back_out_plan: Annotated[Text | None, Field(examples=["Unmount them."])] = None
    planned_start: Annotated[Instant | None, Field(examples=["2036-12-04T20:00:00Z"])] = None
    planned_end: Annotated[Instant | None, Field(examples=["2036-12-04T22:00:00Z"])] = None
    means_confirmed: Annotated[
        StrictBool | None, Field(examples=[True], description="People and means are promised.")
    ] = None


class Classify(MoveModel):
    """Establish type, risk (impact and likelihood of failure), value stream, service and knowledge items."""

    trigger: Literal["classify"]
    change_type: Annotated[ChangeType | None, Field(examples=["normal"])] = None
    impact: Annotated[Level | None, Field(examples=["medium"])] = None
    likelihood: Annotated[Level | None, Field(examples=["low"])] = None
    value_stream: Annotated[ValueStream | None, Field(examples=["renewal"])] = None
    service_id: ServiceId | None = None
    ki_ids: Items | None = None


class Plan(_Planning):
    """Plan how and when; then the plan must be approved."""

    trigger: Literal["plan"]


class Authorise(MoveModel):
    """Let work begin (needed only when a window became free after the last approval)."""

    trigger: Literal["authorise"]


class Prepare(MoveModel):
    """Begin to build."""

    trigger: Literal["prepare"]


class Test(MoveModel):
    """Offer the result for testing."""

    trigger: Literal["test"]


class FailTest(_Reasoned):
    """Send it back to be built again."""

    trigger: Literal["fail_test"]


class Release(MoveModel):
    """All mandatory tests passed: it may be implemented."""

    trigger: Literal["release"]


class Implement(MoveModel):
    """Begin to implement."""

    trigger: Literal["implement"]


class Complete(MoveModel):
    """It was implemented and works as planned."""

    trigger: Literal["complete"]


class RollBack(_Reasoned):
    """It failed and was rolled back."""

    trigger: Literal["roll_back"]


class Replan(_Planning, _Reasoned):
    """Plan again; then the plan must be approved again."""

    trigger: Literal["replan"]


class Rework(_Reasoned):
    """Build again after a roll-back, on the plan that was authorised."""

    trigger: Literal["rework"]


class Evaluate(MoveModel):
    """Compare the result with the goal."""

    trigger: Literal["evaluate"]
    goal_reached: Annotated[StrictBool | None, Field(examples=[True])] = None
    evaluation: Annotated[Text | None, Field(examples=["Room for two years."])] = None


class Close(MoveModel):
    """All work on it is done."""

    trigger: Literal["close"]


class Hold(_Reasoned):
    """Stop work on it until it is resumed."""

    trigger: Literal["hold"]


class Resume(MoveModel):
    """Resume it in the state in which it was put on hold."""

    trigger: Literal["resume"]


class Reject(_Reasoned):
    """Decide that it will not be done."""

    trigger: Literal["reject"]


class Cancel(_Reasoned):
    """Stop it for good."""

    trigger: Literal["cancel"]


_Before = Classify | Plan | Authorise | Hold | Resume | Reject | Cancel
_During = Prepare | Test | FailTest | Release | Implement | Complete | RollBack | Replan | Rework
ChangeMove = TypeAliasType(
    "ChangeMove", Annotated[_Before | _During | Evaluate | Close, Field(discriminator="trigger")]
)
