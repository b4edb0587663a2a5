"""The post office in its own process, to be killed: by a signal, or by itself at a named step of delivery."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any

from shared import observability
from shared.access import Issuer
from shared.bus.memory import MemoryBus
from shared.bus.rabbit import RabbitBus
from shared.database import Databases
from shared.events import Relay
from shared.hosting import hosted
from shared.inbox import Inbox, handling
from shared.serve import bound, listen
from shared.settings import Settings
from tests.shared.post_office import KILLED
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS

Step = Callable[..., Awaitable[Any]]


def killed(*_: object) -> None:
    os._exit(KILLED)


def killed_before(step: Step) -> Step:
    @wraps(step)
    async def dies(*given: Any, **named: Any) -> Any:
        if given[-1]:  # publishing nothing is no step
            killed()
        return await step(*given, **named)

    return dies


def killed_after(step: Step) -> Step:
    @wraps(step)
    async def dies(*given: Any, **named: Any) -> Any:
        answer = await step(*given, **named)
        if given[-1]:
            killed()
        return answer

    return dies


#: a name for every gap between two steps → what is to be replaced there, and by what
CRASHES: dict[str, list[tuple[Any, str, Callable[[Any], Any]]]] = {
    "after the commit, before the relay is woken": [(Relay, "wake", lambda _: killed)],
    "after numbering, before publishing": [(bus, "publish", killed_before) for bus in (MemoryBus, RabbitBus)],
    "after publishing, before marking": [(bus, "publish", killed_after) for bus in (MemoryBus, RabbitBus)],
    "after storing, before the bus hears of it": [(Inbox, "deliver", killed_after)],
    "after claiming, before handling": [(Inbox, "_handle", killed_before)],
    "after handling, before the commit": [(handling, "dispatch", killed_after)],
    "after the commit of what was handled": [(Inbox, "_handle", killed_after)],
}


async def serve(told: dict[str, Any]) -> None:
    config = Settings(data=Path(told["data"]), port=told["port"], bus_url=told["bus"], log_level="ERROR")

    async def keys() -> dict[str, Any]:
        return {"keys": [told["key"]]}

    urls, owners = told["urls"], told["owners"]
    databases = Databases(urls.__getitem__, owners.__getitem__) if urls else None
    for place, name, change in CRASHES.get(told["crash"], ()):
        setattr(place, name, change(getattr(place, name)))
    with bound(config) as address:
        async with hosted(
            (COUNTER, ROUNDS), config, everything=True, databases=databases, issuer=Issuer(told["issuer"], keys)
        ) as host:
            await listen(host, config, address, name="The post office")


if __name__ == "__main__":
    observability.configure(level="ERROR", form="text")
    asyncio.run(serve(json.loads(sys.argv[1])))
