"""Feeds of services that do not run in a test: they answer as the services would, with the events that the test publishes."""

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.contracts import Envelope
from shared.feed import Feed, FeedItem

Interruption = Callable[[int], Response | None]


class PretendedFeed:
    """One service's feed; `interrupt` gets the position asked for and may answer in its place."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.events: list[Envelope] = []
        self.interrupt: Interruption = lambda _: None
        self.tokens: list[str] = []

    def publish(self, events: Iterable[Envelope]) -> None:
        """Have these events and no others."""
        self.events, self.interrupt = list(events), lambda _: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        assert request.url.path == f"/{self.service.replace('_', '-')}/v1/events"
        self.tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        after, limit = int(request.query_params["after"]), int(request.query_params["limit"])
        answer = self.interrupt(after) or Response(
            self._page(after, limit).model_dump_json(), media_type="application/json"
        )
        await answer(scope, receive, send)

    def _page(self, after: int, limit: int) -> Feed:
        items = [FeedItem(**event.model_dump(), position=place) for place, event in enumerate(self.events, 1)]
        found = items[after : after + limit]
        more = after + limit < len(items)
        return Feed(items=found, next=found[-1].position if more else None, last=len(items))
