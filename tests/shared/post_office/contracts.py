"""The events of the two invented services."""

from uuid import UUID

from shared.contracts import Event


class ParcelRegistered(Event, type="parcel.registered.v1", publisher="counter"):
    number: str
    weight: int


class ParcelCollected(Event, type="parcel.collected.v1", publisher="counter"):
    collector: str


class StopPlanned(Event, type="stop.planned.v1", publisher="rounds"):
    parcel_id: UUID
