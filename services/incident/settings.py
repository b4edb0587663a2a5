"""The settings of incident, besides those of every process."""

from pydantic import Field

from shared.settings import Settings


class IncidentSettings(Settings):
    """How long a recovered incident waits before it is closed."""

    close_after_days: float = Field(
        5, gt=0, le=365, description="Days after recovery when an undisputed incident closes."
    )
