"""`zeven rebuild`: a service rebuilds what it derived from events from the feeds of the others."""

from typing import Any

import httpx2
import typer

from cli.client import MINUTE, Client
from cli.errors import Refused, Unable
from cli.options import ServiceArgument, Url, environment
from cli.platform import prefix, services_of
from cli.terminal import Advance, progress, say, table, warn

POLL_SECONDS = 0.5
Rebuild = dict[str, Any]


def rebuild(context: typer.Context, service: ServiceArgument, url: Url = None) -> None:
    """Rebuild what SERVICE derived from events from the feeds of all services.

    What is there is used until the end, what a person entered stays, and no events are sent. The rebuild continues when this
    command is stopped; the same command shows its progress.
    """
    with Client(url, environment(context), retry=MINUTE) as client:
        client.token()
        known = _start(client, service)
        try:
            with progress(f"rebuilding {service}", _total(known)) as advance:
                ended = _until_ended(client, service, known, advance)
        except KeyboardInterrupt:
            typer.echo(f"The rebuild of {service} continues; `zeven rebuild {service}` shows its progress.", err=True)
            raise
        if ended["state"] != "completed":
            raise Unable(_failure(service, ended))
        counts = table("feed", "#events", "#for this service")
        for feed in ended["feeds"]:
            counts.add_row(feed["service"], f"{feed['read']:,}", f"{feed['handled']:,}")
        say(counts, f"{service} is rebuilt.")
        if ended["dead_letters"]:
            raise Unable(f"{ended['dead_letters']:,} events could not be handled; `zeven dead-letters list` shows why.")


def _start(client: Client, service: str) -> Rebuild:
    """Start a rebuild, or find the one that is running."""
    services = services_of(client)
    if service not in services:
        raise Unable(f"This platform has no {service}; it has {', '.join(services)}.")
    address = f"{prefix(service)}/v1/rebuild"
    try:
        started: Rebuild = client.post(address)
    except Refused as refusal:
        if refusal.status == httpx2.codes.NOT_FOUND:
            raise Unable(f"{service} derives nothing from events; there is nothing to rebuild.") from None
        if refusal.status != httpx2.codes.CONFLICT:
            raise
        started = client.get(address)
        if started["state"] != "running":
            raise
        warn(f"{service} is being rebuilt already, since {started['created_at']} by {started['started_by']}.")
    return started


def _until_ended(client: Client, service: str, known: Rebuild, advance: Advance) -> Rebuild:
    """The rebuild once it has ended; when the token that it uses has expired, it continues with a new one."""
    address = f"{prefix(service)}/v1/rebuild/{known['id']}"
    stopped_at = -1
    while known["state"] in ("running", "waiting"):
        if known["state"] == "waiting":
            if _done(known) == stopped_at:
                break
            stopped_at = _done(known)
            known = client.post(f"{address}/continue")
        client.environment.sleep(POLL_SECONDS)
        known = client.get(address)
        advance(_done(known), _total(known))
    return known


def _total(known: Rebuild) -> int:
    return sum(feed["last"] for feed in known["feeds"])


def _done(known: Rebuild) -> int:
    return sum(feed["position"] for feed in known["feeds"])


def _failure(service: str, ended: Rebuild) -> str:
    return (
        f"{service} was not rebuilt, and keeps what it had: {ended['reason']}. When that is corrected, run this again."
    )
