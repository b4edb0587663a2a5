"""How risky a change is: a table of impact and likelihood (domain model 8.2, step 2)."""

from typing import Literal

Level = Literal["high", "medium", "low"]

#: (impact when it goes wrong, likelihood that it goes wrong) → risk
MATRIX: dict[tuple[Level, Level], Level] = {
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
