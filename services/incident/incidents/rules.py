"""Priority from impact and urgency (domain reference 12.1, default matrix)."""

from collections.abc import Mapping

from shared.contracts.incident import Priority

MATRIX: Mapping[tuple[str, str], Priority] = {
    ("high", "high"): "P1",
    ("high", "medium"): "P2",
    ("medium", "high"): "P2",
    ("medium", "medium"): "P3",
    ("high", "low"): "P3",
    ("low", "high"): "P3",
    ("medium", "low"): "P4",
    ("low", "medium"): "P4",
    ("low", "low"): "P4",
}


def priority_of(impact: str | None, urgency: str | None) -> Priority | None:
    """The priority that impact and urgency give; `None` until both are known."""
    return MATRIX[impact, urgency] if impact and urgency else None
