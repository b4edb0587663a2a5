"""How a service reaches the other services: inside this process when they run in it, otherwise over HTTP."""

import asyncio
from collections.abc import Callable

import httpx2
from pydantic import ValidationError

from shared.feed import Feed, FeedUnavailable, FeedUnusable, TokenRejected
from shared.settings import Settings

Here = Callable[[str], httpx2.AsyncBaseTransport | None]
ANSWER_WITHIN = httpx2.Timeout(60, connect=5)


class Neighbours:
    """Reads the feeds of other services with a given token; `here` gives the transport to a service in this process."""

    def __init__(self, config: Settings, here: Here, *, everything: bool) -> None:
        self._config, self._here, self._everything = config, here, everything
        self._clients: dict[str, httpx2.AsyncClient] = {}

    async def read_feed(self, service: str, after: int, limit: int, bearer: str) -> Feed:
        """A page of a service's feed, as `shared.feed.ReadFeed` describes it."""
        if self._everything and self._here(service) is None:
            raise FeedUnusable(f"{service} is not part of this platform")
        url = f"{self._config.service_url(service)}/v1/events"
        request = self._client(service).get(
            url, params={"after": after, "limit": limit}, headers={"Authorization": f"Bearer {bearer}"}
        )
        try:
            # a task of its own, because a service in this process begins each request with a clean log context
            answer = await asyncio.create_task(request)
        except httpx2.HTTPError as error:
            raise FeedUnavailable(f"{service} cannot be reached ({type(error).__name__})") from error
        return _feed(service, answer)

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()

    def _client(self, service: str) -> httpx2.AsyncClient:
        if service not in self._clients:
            # only the service may get the token: no proxy of the environment, no redirect
            self._clients[service] = httpx2.AsyncClient(
                transport=self._here(service),
                timeout=ANSWER_WITHIN,
                trust_env=False,
                follow_redirects=False,
            )
        return self._clients[service]


def _feed(service: str, answer: httpx2.Response) -> Feed:
    status = answer.status_code
    if status == httpx2.codes.UNAUTHORIZED:
        raise TokenRejected
    if status == httpx2.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        wait = answer.headers.get("Retry-After", "")
        raise FeedUnavailable(f"{service} answers {status}", float(wait) if wait.isdecimal() else 0.0)
    if status != httpx2.codes.OK:
        raise FeedUnusable(f"{service} answers {status} when its feed is read")
    try:
        return Feed.model_validate_json(answer.content)
    except ValidationError as error:
        raise FeedUnusable(f"the response of {service} is not a feed") from error
