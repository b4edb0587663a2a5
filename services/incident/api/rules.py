"""The rules of restoring over HTTP: the lifecycle and the priority matrix, from the very tables that decide."""

from services.incident.domain.lifecycles import INCIDENT
from services.incident.domain.priority import MATRIX
from services.incident.schemas.rules import LifecycleView, MoveRule, PriorityMatrix, PriorityRule
from shared.http import router as strict
from shared.http import work_for

router = strict(tags=["rules"], dependencies=[work_for()])


@router.get("/lifecycle")
async def read_incident_lifecycle() -> LifecycleView:
    """Every state of an incident and every move between them."""
    moves = [
        MoveRule(
            trigger=move.trigger,
            sources=list(move.sources),
            target=move.target,
            requires=list(move.requires),
            roles=list(move.roles),
            guards=[str(guard.__doc__) for guard in move.guards],
        )
        for move in INCIDENT.moves
    ]
    return LifecycleView.model_validate(
        {"initial": INCIDENT.initial, "states": INCIDENT.states, "final": INCIDENT.final, "moves": moves}
    )


@router.get("/priority-matrix")
async def read_priority_matrix() -> PriorityMatrix:
    """Which priority an impact and an urgency give."""
    rules = [
        PriorityRule(impact=impact, urgency=urgency, priority=given) for (impact, urgency), given in MATRIX.items()
    ]
    return PriorityMatrix(items=sorted(rules, key=lambda rule: rule.priority), next=None)
