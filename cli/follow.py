"""`zeven events tail`: the feeds of all services as one stream in order of time."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from cli import feeds
from cli.client import MINUTE, Client
from cli.options import Json, OneService, Url, environment
from cli.platform import services_of
from cli.terminal import say

POLL_SECONDS = 0.5
"""An event is in its feed within a second after it happened."""

app = typer.Typer(no_args_is_help=True, help="The events of the services.")


@app.command()
def tail(
    context: typer.Context,
    service: OneService = None,
    event_type: Annotated[
        str | None, typer.Option("--type", help="Only this type, e.g. incident.recovered.v1.")
    ] = None,
    correlation_id: Annotated[UUID | None, typer.Option(help="Only events with this correlation id.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of each service's last events.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Also print new events, until Ctrl-C.")] = False,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Print the last events of all services, merged in order of time."""
    with Client(url, environment(context), retry=MINUTE if follow else 0.0) as client:
        client.token()
        services = [service] if service else services_of(client)
        correlation = str(correlation_id) if correlation_id else None
        wanted = {"type": event_type, "correlation_id": correlation}
        for event in stream(client, services, lines, follow, wanted):
            say(json.dumps(event, ensure_ascii=False) if as_json else line(event))


def stream(
    client: Client, services: list[str], lines: int, follow: bool, wanted: feeds.Wanted
) -> Iterator[feeds.Event]:
    """The last `lines` wanted events of each service in order of time; with `follow` also new ones, poll by poll."""
    seen: dict[str, int] = {}
    first: list[feeds.Event] = []
    for service in services:
        found = feeds.last(client, service, lines, wanted) if lines else []
        seen[service] = found[-1]["position"] if found else feeds.end_of(client, service, wanted)
        first += found
    yield from _in_order(first)
    while follow:
        client.environment.sleep(POLL_SECONDS)
        new = [
            event
            for service in services
            for some in feeds.events(client, service, seen[service], wanted)
            for event in some
        ]
        for event in new:
            seen[event["source"]] = max(seen[event["source"]], event["position"])
        yield from _in_order(new)


def line(event: feeds.Event) -> Text:
    """An event on one line: time, source, type, record, state, actor, correlation id."""
    data = event["data"]
    record = data.get("number") or (data.get("record") or {}).get("number") or event["subject"]
    state = " ".join(str(data[name]) for name in ("state", "priority") if data.get(name))
    when = datetime.fromisoformat(event["time"]).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", "Z")
    return Text("  ").join(
        Text(text, style=style)
        for text, style in (
            (when, "dim"),
            (f"{event['source']:<13}", "cyan"),
            (f"{event['type']:<31}", "bold"),
            (str(record), "green"),
            (state, ""),
            (f"by {event['actor']['id']}", "dim"),
            (event["correlationid"], "dim"),
            ("historical" if event["historical"] else "", "yellow"),
        )
        if text.strip()
    )


def _in_order(events: list[feeds.Event]) -> list[feeds.Event]:
    return sorted(events, key=lambda event: (datetime.fromisoformat(event["time"]), event["source"], event["position"]))
