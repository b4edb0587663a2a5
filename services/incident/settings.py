"""The settings of incident beside those of every process."""

from pydantic import Field

from shared.settings import Settings


class IncidentSettings(Settings):
    """How long an incident waits for its end."""

    close_after_days: float = Field(
        5, gt=0, le=365, description="Days after recovery when an undisputed incident closes."
    )
