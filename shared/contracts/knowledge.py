"""What knowledge publishes: knowledge items that became current or retired, and suggestions for incidents."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts.envelope import Event, FieldChange

KiType = Literal["known_error", "solution_article", "work_instruction", "configuration_item"]


class KiEvent(Event, family="ki"):
    """A knowledge item as it is after the change; `current_version` is what readers see now.

    `draft_version` is the one that is being written or reviewed; null when there is no such version.
    """

    number: str
    ki_type: KiType
    title: str
    current_version: int | None
    draft_version: int | None = None

    @property
    def active(self) -> bool:
        """Whether the item is not retired."""
        return not isinstance(self, KiRetired)

    @property
    def current(self) -> bool:
        """Whether readers see a version, and no other one is being written or reviewed."""
        return self.current_version is not None and self.draft_version is None


class KiRegistered(KiEvent, type="ki.registered.v1"):
    """A knowledge item was drafted."""


class KiEdited(KiEvent, type="ki.edited.v1"):
    """Its draft or its owner changed, but not what readers see; `changes` names long texts without their values."""

    changes: Sequence[FieldChange] = ()


class KiSubmitted(KiEvent, type="ki.submitted.v1"):
    """A draft was offered for review."""


class KiReturned(KiEvent, type="ki.returned.v1"):
    """A reviewer sent a draft back."""

    reason: str | None = None


class KiChanged(KiEvent, type="ki.changed.v1"):
    """A version became current, in place of the one before."""


class KiRetired(KiEvent, type="ki.retired.v1"):
    """A knowledge item was retired: it is not valid any more."""

    reason: str | None = None


class Suggestion(BaseModel):
    """One knowledge item that may help, with its rank between 0 and 1; one that is not `public` is only for the provider."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    ki_id: UUID
    number: str
    ki_type: KiType
    title: str
    rank: float
    public: bool = False


class SuggestionsFound(Event, type="suggestions.found.v1"):
    """Knowledge items that may help with an incident, known errors first; `about` names the incident."""

    incident_id: UUID
    suggestions: list[Suggestion]
