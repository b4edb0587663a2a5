"""What every service publishes about records that are deleted when they are old enough."""

from uuid import UUID

from shared.contracts.envelope import EVERY_SERVICE, Event


class RetentionRuleSet(Event, type="retention_rule.set.v1", publisher=EVERY_SERVICE):
    """Records of a kind are deleted this many days after their last change in a final state, or (`days` is null) never."""

    kind: str
    days: int | None
    before: int | None
    reason: str


class RecordsRetired(Event, type="records.retired.v1", publisher=EVERY_SERVICE):
    """Records of a kind were deleted by its rule; these events, everything about them, lost their data.

    What other services derived from the records stays with them.
    """

    kind: str
    days: int
    records: list[UUID]
    events: list[UUID]
