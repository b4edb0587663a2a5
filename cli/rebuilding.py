"""`zeven rebuild`: what a service derived from events is thrown away and folded again from every feed."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import typer

from cli import feeds
from cli.client import MINUTE, Client
from cli.errors import Refused, Unable
from cli.options import ServiceArgument, Url, environment
from cli.platform import prefix, services_of
from cli.terminal import progress, say, table

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes; a service takes twice as much, and as many events as a page of a feed holds."""


def rebuild(context: typer.Context, service: ServiceArgument, url: Url = None) -> None:
    """Throw away what SERVICE derived from events and build it again from the feeds of all services.

    What a person entered stays, and nothing is sent to anybody. Stopped half-way, the same command begins anew.
    """
    with Client(url, environment(context), retry=MINUTE) as client:
        client.token()
        sources = services_of(client)
        ends = {source: feeds.end_of(client, source) for source in sources}
        _forget(client, service, sources)
        counts = table("feed", "#events", "#for this service")
        try:
            with progress(f"rebuilding {service}", sum(ends.values())) as reach:
                done = 0
                for source in sources:
                    read = folded = 0
                    for some in feeds.events(client, source):
                        folded += sum(_fold(client, service, body) for body in bodies(some))
                        read += len(some)
                        reach(done + min(some[-1]["position"], ends[source]))
                    done += ends[source]
                    counts.add_row(source, f"{read:,}", f"{folded:,}")
        except (Unable, KeyboardInterrupt):
            typer.echo(f"{service} is built half: run `zeven rebuild {service}` again.", err=True)
            raise
        say(counts, f"{service} is built again.")


def bodies(events: list[feeds.Event]) -> Iterator[bytes]:
    """Requests that hold a page's `events` in order, none larger than the service takes."""
    waiting: list[bytes] = []
    size = 0
    for event in events:
        told = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        if waiting and size + len(told) > LARGEST_BODY:
            yield _body(waiting)
            waiting, size = [], 0
        waiting.append(told)
        size += len(told) + 1
    if waiting:
        yield _body(waiting)


def _body(events: list[bytes]) -> bytes:
    return b'{"events":[' + b",".join(events) + b"]}"


def _fold(client: Client, service: str, body: bytes) -> int:
    answer: dict[str, Any] = client.post(f"{prefix(service)}/v1/rebuild/events", body)
    return int(answer["folded"])


def _forget(client: Client, service: str, sources: list[str]) -> None:
    if service not in sources:
        raise Unable(f"This platform has no {service}; it has {', '.join(sources)}.")
    try:
        client.post(f"{prefix(service)}/v1/rebuild")
    except Refused as refusal:
        if refusal.status != httpx2.codes.NOT_FOUND:
            raise
        raise Unable(f"{service} derives nothing from events; there is nothing to build again.") from None
