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
from cli.options import Json, OneService, Url, surroundings
from cli.platform import present
from cli.terminal import say

BETWEEN_LOOKS = 0.5
"""Seconds; an event is in its feed within a second of what it tells."""

app = typer.Typer(no_args_is_help=True, help="What happened, as the services told each other.")


@app.command()
def tail(
    context: typer.Context,
    service: OneService = None,
    event_type: Annotated[
        str | None, typer.Option("--type", help="Only this type, e.g. incident.recovered.v1.")
    ] = None,
    correlation_id: Annotated[UUID | None, typer.Option(help="Only what belongs to this chain of events.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of each service's last events.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Print the last events of all services, merged in order of time."""
    with Client(url, surroundings(context), patience=MINUTE if follow else 0.0) as client:
        client.token()
        services = [service] if service else present(client)
        correlation = str(correlation_id) if correlation_id else None
        wanted = {"type": event_type, "correlation_id": correlation}
        for event in stream(client, services, lines, follow, wanted):
            say(json.dumps(event, ensure_ascii=False) if as_json else line(event))


def stream(
    client: Client, services: list[str], lines: int, follow: bool, wanted: feeds.Wanted
) -> Iterator[feeds.Event]:
    """The last `lines` wanted events of each service in order of time; with `follow` also what comes, look by look."""
    seen: dict[str, int] = {}
    begun: list[feeds.Event] = []
    for service in services:
        found = feeds.last(client, service, lines, wanted) if lines else []
        seen[service] = found[-1]["position"] if found else feeds.end_of(client, service, wanted)
        begun += found
    yield from _in_order(begun)
    while follow:
        client.around.sleep(BETWEEN_LOOKS)
        news = [
            event
            for service in services
            for some in feeds.events(client, service, seen[service], wanted)
            for event in some
        ]
        for event in news:
            seen[event["source"]] = max(seen[event["source"]], event["position"])
        yield from _in_order(news)


def line(event: feeds.Event) -> Text:
    """An event on one line: when, who says what about which record, in which state, by whom, in which chain."""
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
