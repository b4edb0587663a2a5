"""How far the agreed targets were attained, in groups."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from services.service_level.clocks.rules.measurement import KINDS
from services.service_level.schemas import Selection
from shared.business_time import CalendarInvalid, time_zone
from shared.fields import Among, Known, ResponseModel

Dimension = Literal["month", "service", "priority", "client", "team"]


def _known_zone(name: str) -> str:
    try:
        time_zone(name)
    except CalendarInvalid:
        raise ValueError("a time zone of the IANA database, such as Europe/Amsterdam") from None
    return name


class AttainmentQuery(Selection):
    """Which records, how their figures are grouped, and the zone whose months count."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)
    group_by: Annotated[
        list[Dimension] | None,
        Field(max_length=5, description="An item for each combination that occurs; without it, one for each target."),
    ] = None
    target: Annotated[
        list[Annotated[str, Among(KINDS)]] | None, Field(max_length=5, description="Only these targets.")
    ] = None
    zone: Annotated[
        str,
        Field(max_length=100, pattern="^[A-Za-z][A-Za-z0-9_+/-]*$", description="A month begins at its midnight."),
        AfterValidator(_known_zone),
    ] = "UTC"
    include: Annotated[
        list[Literal["names"]] | None, Field(max_length=1, description="names: adds the names of services and clients.")
    ] = None


class Attained(ResponseModel):
    """The records of a group by the verdict of their clock for one target; the five counts add up to `records`."""

    target: Annotated[str, Known(KINDS)]
    group: Annotated[
        dict[Dimension, str | None],
        Field(
            description="The value of each dimension of group_by; null: it has none. A month is that of registration, "
            "such as 2026-03; service and client are ids; a team is its id, or its name in another system."
        ),
    ]
    records: int
    met: int
    breached: Annotated[int, Field(description="Ended too late, or running and late already.")]
    running: Annotated[int, Field(description="Running or paused, and not late.")]
    not_measured: Annotated[int, Field(description="No clock: nothing was agreed, or the record has no priority yet.")]
    cancelled: Annotated[int, Field(description="Withdrawn or sent elsewhere before there was a verdict.")]
    attained_percent: Annotated[
        float | None,
        Field(description="met of met and breached, cut after two decimals; null when none has a verdict."),
    ]


class Attainment(ResponseModel):
    """How far targets were attained, in the order of group_by; verdicts are those of the clocks at this moment."""

    items: list[Attained]
    next: None
    names: Annotated[
        dict[str, str] | None,
        Field(description="The names of services and clients, by id; null without include=names."),
    ]
