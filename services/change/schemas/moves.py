"""The moves of a change as clients fire them: one small model per trigger; what is known already may be left out."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

from services.change.domain.risk import Level
from services.change.schemas.records import KiIds, ValueStream
from shared.contracts.change import ChangeType
from shared.fields import Instant, RequestModel, StrictBool, Text

_PLAN = {
    "build_plan": "Order two disks, format them.",
    "test_plan": "Copy 100 GB and back.",
    "implementation_plan": "Mount them after closing time.",
    "back_out_plan": "Unmount them.",
    "planned_start": "2036-12-04T20:00:00Z",
    "planned_end": "2036-12-04T22:00:00Z",
    "means_confirmed": True,
}


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class _Planning(RequestModel):
    build_plan: Text | None = None
    test_plan: Text | None = None
    implementation_plan: Text | None = None
    back_out_plan: Text | None = None
    planned_start: Instant | None = None
    planned_end: Instant | None = None
    means_confirmed: Annotated[StrictBool | None, Field(description="People and means are promised.")] = None


class _Reasoned(RequestModel):
    reason: Text | None = None


class Classify(RequestModel):
    """Establish type, risk (impact and likelihood of failure), value stream, service and knowledge items."""

    model_config = _example(
        trigger="classify",
        change_type="normal",
        impact="medium",
        likelihood="low",
        value_stream="renewal",
        service_id="00000000-0000-7000-8000-000000000003",
    )
    trigger: Literal["classify"]
    change_type: ChangeType | None = None
    impact: Level | None = None
    likelihood: Level | None = None
    value_stream: ValueStream | None = None
    service_id: UUID | None = None
    ki_ids: KiIds | None = None


class Plan(_Planning):
    """Say how and when; approvals are asked for it."""

    model_config = _example(trigger="plan", **_PLAN)
    trigger: Literal["plan"]


class Authorise(RequestModel):
    """Let work begin (needed only when a window became free after the last approval)."""

    model_config = _example(trigger="authorise")
    trigger: Literal["authorise"]


class Prepare(RequestModel):
    """Begin to build."""

    model_config = _example(trigger="prepare")
    trigger: Literal["prepare"]


class Test(RequestModel):
    """Offer what was built for testing."""

    model_config = _example(trigger="test")
    trigger: Literal["test"]


class FailTest(_Reasoned):
    """Send it back to be built better."""

    model_config = _example(trigger="fail_test", reason="The second disk is not seen.")
    trigger: Literal["fail_test"]


class Release(RequestModel):
    """All mandatory tests passed: it may be implemented."""

    model_config = _example(trigger="release")
    trigger: Literal["release"]


class Implement(RequestModel):
    """Begin to implement."""

    model_config = _example(trigger="implement")
    trigger: Literal["implement"]


class Complete(RequestModel):
    """It was implemented and works as planned."""

    model_config = _example(trigger="complete")
    trigger: Literal["complete"]


class RollBack(_Reasoned):
    """It failed and was taken back."""

    model_config = _example(trigger="roll_back", reason="The controller does not start.")
    trigger: Literal["roll_back"]


class Replan(_Planning, _Reasoned):
    """Plan anew; all approvals are asked for again."""

    model_config = _example(
        trigger="replan",
        reason="The disks arrive later.",
        planned_start="2036-12-11T20:00:00Z",
        planned_end="2036-12-11T22:00:00Z",
    )
    trigger: Literal["replan"]


class PrepareAnew(_Reasoned):
    """Build anew after a roll-back, on the plan as it was authorised."""

    model_config = _example(trigger="prepare_anew", reason="A new controller is needed.")
    trigger: Literal["prepare_anew"]


class Evaluate(RequestModel):
    """Compare the result with the goal."""

    model_config = _example(trigger="evaluate", goal_reached=True, evaluation="Room for two years.")
    trigger: Literal["evaluate"]
    goal_reached: StrictBool | None = None
    evaluation: Text | None = None


class Close(RequestModel):
    """Everything about it is done."""

    model_config = _example(trigger="close")
    trigger: Literal["close"]


class Hold(_Reasoned):
    """Let it rest."""

    model_config = _example(trigger="hold", reason="No changes in the last week of the year.")
    trigger: Literal["hold"]


class Resume(RequestModel):
    """Go on where it rested."""

    model_config = _example(trigger="resume")
    trigger: Literal["resume"]


class Reject(_Reasoned):
    """Decide that it will not be done."""

    model_config = _example(trigger="reject", reason="The risk is too high.")
    trigger: Literal["reject"]


class Cancel(_Reasoned):
    """Give it up."""

    model_config = _example(trigger="cancel", reason="The mailbox is not needed any more.")
    trigger: Literal["cancel"]


_Before = Classify | Plan | Authorise | Hold | Resume | Reject | Cancel
_During = Prepare | Test | FailTest | Release | Implement | Complete | RollBack | Replan | PrepareAnew
ChangeMove = TypeAliasType(
    "ChangeMove", Annotated[_Before | _During | Evaluate | Close, Field(discriminator="trigger")]
)
