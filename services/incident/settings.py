"""The settings of incident, besides those of every process."""

from pydantic import Field

from shared.settings import Settings


class IncidentSettings(Settings):
    """How long a recovered incident waits before it is closed, and what a user's "it still fails" does meanwhile."""

    close_after_days: float = Field(
        5, gt=0, le=365, description="Days after recovery when an undisputed incident closes."
    )
    reopen_disputed: bool = Field(
        False,
        description="true: an incident is reopened at once when its user writes that it still fails; else the desk decides.",
    )
