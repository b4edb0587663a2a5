"""The rules of restoring as clients see them: data, never code of their own."""

from shared.contracts.incident import IncidentState, Level, Priority
from shared.fields import ResponseModel


class MoveRule(ResponseModel):
    """A move: from where to where, what it needs first, who may fire it, and what may speak against it."""

    trigger: str
    sources: list[IncidentState]
    target: IncidentState
    requires: list[str]
    roles: list[str]
    guards: list[str]


class LifecycleView(ResponseModel):
    """The whole lifecycle of an incident; nothing leaves a final state."""

    initial: IncidentState
    states: list[IncidentState]
    final: list[IncidentState]
    moves: list[MoveRule]


class PriorityRule(ResponseModel):
    """What an impact and an urgency give."""

    impact: Level
    urgency: Level
    priority: Priority


class PriorityMatrix(ResponseModel):
    """The priority for every impact and urgency, the most pressing first."""

    items: list[PriorityRule]
    next: None
