"""What every service publishes about data that it has erased: which events lost theirs, and that it has done its part."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts.envelope import EVERY_SERVICE, Event


class ErasedEvent(BaseModel):
    """An event whose data lost the texts of these fields, and the SHA-256 of the data that is left, as PostgreSQL writes it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: UUID
    subject: UUID
    fields: list[str]
    digest: str


class ErasureRecorded(Event, type="erasure.recorded.v1", publisher=EVERY_SERVICE):
    """Texts of a person were erased from these events, which belong to these chains (`correlationid`).

    Services that have copies of the texts erase them too. Without this event no data of an event can be erased.
    """

    person_id: UUID
    chains: list[UUID]
    events: list[ErasedEvent]


class ErasureAnswered(Event, type="erasure.answered.v1", publisher=EVERY_SERVICE):
    """The service has erased what it had of a person: in how many records of each kind, and in how many events, in all."""

    person_id: UUID
    records: Mapping[str, int]
    events: int
