"""What a service does when another one has deleted records: it keeps what it derived from them, also in a rebuild."""

from collections.abc import Sequence
from typing import Any

from shared.contracts.retention import RecordsRetired
from shared.inbox import Handlers, ReceivedEvent
from shared.retention import stored


async def remember(work: Any, events: Sequence[ReceivedEvent]) -> None:
    """Remember the records: their events have no data any more, so what rests on them cannot be built again."""
    async with work:
        for each in events:
            if each.envelope.source != work.service:
                await stored.remember_retired(work.session, each.event.records, here=False)


HANDLERS: Handlers = {RecordsRetired: remember}
