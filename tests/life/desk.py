"""A client of the whole platform for scenarios: records are created, moved and awaited in one line each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

Json = dict[str, Any]
PATIENCE = 60.0


class Desk:
    """What one person does, waiting for effects as long as `patience` lasts; a refusal ends the story with what was said."""

    def __init__(self, client: httpx2.AsyncClient, patience: float = PATIENCE) -> None:
        self.client, self.patience = client, patience

    async def get(self, path: str, **query: Any) -> Any:
        """What `path` says."""
        return json_of(await self.client.get(path, params=query))

    async def make(self, path: str, **fields: Any) -> Json:
        """The record that was made."""
        return json_of(await self.client.post(path, json=fields))

    async def make_once_known(self, path: str, **fields: Any) -> Json:
        """The created record, as soon as the service knows the records that `fields` name."""

        async def answer() -> httpx2.Response | None:
            reply = await self.client.post(path, json=fields)
            return None if reply.status_code == httpx2.codes.UNPROCESSABLE_CONTENT else reply

        record: Json = json_of(await eventually(answer, f"{path} to know what {fields} names", self.patience))
        return record

    async def move(self, path: str, trigger: str, **fields: Any) -> Json:
        """The record at `path` after the move, whatever others did to it meanwhile."""
        while True:
            etag = {"If-Match": (await self.client.get(path)).headers["ETag"]}
            answer = await self.client.post(f"{path}/moves", json={"trigger": trigger, **fields}, headers=etag)
            if answer.status_code != httpx2.codes.PRECONDITION_FAILED:
                return json_of(answer)

    async def first(self, path: str, holds: Callable[[Json], bool] = bool, **query: Any) -> Json:
        """The first item of the list at `path` for which `holds`, as soon as there is one."""

        async def found() -> Json | None:
            items = (await self.get(path, **query))["items"]
            return next((item for item in items if holds(item)), None)

        return await eventually(found, f"an item of {path} {query or ''}", self.patience)


def json_of(answer: httpx2.Response) -> Any:
    """The JSON of an answer that grants."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()


async def eventually(ask: Callable[[], Awaitable[Any]], what: str, patience: float = PATIENCE) -> Any:
    """What `ask` answers once it is neither `None` nor false."""
    try:
        async with asyncio.timeout(patience):
            while not (found := await ask()):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited {patience:.0f} s in vain for {what}") from None
    return found
