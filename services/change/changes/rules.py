"""How risky a change is: a table of impact and likelihood (domain reference 8.2, step 2)."""

from shared.contracts.change import Level

#: (impact when it goes wrong, likelihood that it goes wrong) → risk
MATRIX: dict[tuple[str, str], Level] = {
    ("high", "high"): "high",
    ("high", "medium"): "high",
    ("high", "low"): "medium",
    ("medium", "high"): "high",
    ("medium", "medium"): "medium",
    ("medium", "low"): "low",
    ("low", "high"): "medium",
    ("low", "medium"): "low",
    ("low", "low"): "low",
}


def risk_of(impact: str | None, likelihood: str | None) -> Level | None:
    """The risk that impact and likelihood give; `None` until both are known."""
    return MATRIX[impact, likelihood] if impact and likelihood else None
