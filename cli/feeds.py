"""The feeds of services: their pages, their end, and their last events."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cli.client import Client
from cli.platform import prefix

PAGE = 1000
Event = dict[str, Any]
Wanted = Mapping[str, str | None]
"""A filter of events by `type`, `correlation_id` and `subject`."""

ALL: Wanted = MappingProxyType({})


def page(client: Client, service: str, after: int, limit: int = PAGE, wanted: Wanted = ALL) -> list[Event]:
    """Up to `limit` events of the service after a position, in order."""
    events: list[Event] = client.get(f"{prefix(service)}/v1/events", after=after, limit=limit, **wanted)["items"]
    return events


def events(client: Client, service: str, after: int = 0, wanted: Wanted = ALL) -> Iterator[list[Event]]:
    """Every event of the service after a position, page by page, until there are no more."""
    while found := page(client, service, after, wanted=wanted):
        yield found
        after = found[-1]["position"]


def end_of(client: Client, service: str, wanted: Wanted = ALL) -> int:
    """The position of the last wanted event, 0 when there is none.

    A feed can only be read from a position on, so the end is found by bisection: at most some forty short requests.
    """
    before, behind = 0, 1
    while page(client, service, behind - 1, 1, wanted):
        before, behind = behind, 2 * behind
    while behind - before > 1:
        middle = (before + behind) // 2
        if page(client, service, middle - 1, 1, wanted):
            before = middle
        else:
            behind = middle
    return before


def last(client: Client, service: str, count: int, wanted: Wanted = ALL) -> list[Event]:
    """The last `count` wanted events of the service, in order."""
    end, back = end_of(client, service, wanted), count
    while True:
        start = max(0, end - back)
        found = [event for some in events(client, service, start, wanted) for event in some]
        if len(found) >= count or start == 0:
            return found[len(found) - min(count, len(found)) :]
        back *= 8
