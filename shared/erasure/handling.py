"""How a service hears that a person is erased, and that another service has erased what this one may have copied."""

from collections.abc import Sequence
from typing import Any

from shared.contracts.erasure import ErasureRecorded
from shared.contracts.governance import PersonErased
from shared.erasure import stored
from shared.inbox import Handlers, ReceivedEvent, remember_erased
from shared.inbox.late import OF_A_PERSON
from shared.redaction import DESCRIBED


async def begin(work: Any, events: Sequence[ReceivedEvent]) -> None:
    """Let the job erase what there is of these people; what comes later of them comes without name and texts."""
    async with work:
        await remember_erased(work.session, {str(each.envelope.subject): OF_A_PERSON for each in events})
        for each in events:
            if not work.replaying:
                await stored.begin(work.session, each.envelope.subject, each.envelope.correlationid)


async def follow(work: Any, events: Sequence[ReceivedEvent]) -> None:
    """Let the job erase copies of what another service has erased."""
    async with work:
        for each in events:
            if each.envelope.source == work.service:
                continue
            recorded: ErasureRecorded = each.event
            fields = {str(event.id): set(event.fields) for event in recorded.events}
            for event in recorded.events:
                fields.setdefault(str(event.subject), set()).update(DESCRIBED.intersection(event.fields))
            await remember_erased(work.session, {key: names for key, names in fields.items() if names})
            if not work.replaying:
                await stored.read_again(work.session, recorded.person_id, recorded.chains)


HANDLERS: Handlers = {PersonErased: begin, ErasureRecorded: follow}
