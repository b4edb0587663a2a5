"""What every service publishes of whatever belongs to its own records: notes and links; `about` names the record."""

from shared.contracts.envelope import EVERY_SERVICE, Event
from shared.contracts.origin import Origin


class NoteAdded(Event, type="note.added.v1", publisher=EVERY_SERVICE):
    """Somebody wrote a note at a record; `text` is there when the note is public and the record is not confidential."""

    record: Origin
    public: bool
    by_provider: bool
    text: str | None = None


class LinkAdded(Event, type="link.added.v1", publisher=EVERY_SERVICE):
    """A record was linked to a record of another process or system; a confidential one does not say to which (`confidential`)."""

    record: Origin
    kind: str
    reference: str


class LinkChanged(Event, type="link.changed.v1", publisher=EVERY_SERVICE):
    """The record that a record is linked to is in another state; `reference` and `reason` of a confidential record stay with it."""

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
