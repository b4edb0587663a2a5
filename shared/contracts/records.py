"""What every service publishes about notes and links of its own records; `about` names the record."""

from shared.contracts.envelope import EVERY_SERVICE, Event
from shared.contracts.origin import Origin


class NoteAdded(Event, type="note.added.v1", publisher=EVERY_SERVICE):
    """Somebody wrote a note at a record; `text` is there when the note is public and the record is not confidential."""

    record: Origin
    public: bool
    by_provider: bool
    text: str | None = None


class LinkAdded(Event, type="link.added.v1", publisher=EVERY_SERVICE):
    """A record was linked to a record of another process or system; for a confidential one `reference` is `confidential`."""

    record: Origin
    kind: str
    reference: str


class LinkChanged(Event, type="link.changed.v1", publisher=EVERY_SERVICE):
    """The linked record has another state; for a confidential record `reference` is `confidential` and `reason` null."""

    record: Origin
    kind: str
    reference: str
    state: str
    reason: str | None = None


class ConfidentialRecordOpened(Event, type="confidential_record.opened.v1", publisher=EVERY_SERVICE):
    """An administrator opened a confidential record of another team, for the reason given and for `minutes`."""

    record: Origin
    reason: str
    minutes: int
