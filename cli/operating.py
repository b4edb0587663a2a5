"""`zeven status` and `zeven dead-letters`: the condition of the services, and the events that they could not handle."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.text import Text

from cli.client import Client
from cli.errors import Refused, Unable
from cli.options import Json, OneService, Url, environment
from cli.platform import Health, detailed_health, prefix, service_named, services_of
from cli.terminal import complain, say, table

REASON_LENGTH = 100
DeadLetter = dict[str, Any]
dead_letters = typer.Typer(no_args_is_help=True, help="Events that a service could not handle for a day.")


def status(context: typer.Context, as_json: Json = False, url: Url = None) -> None:
    """Show health, waiting events and dead letters of every service; ends with 1 when something needs attention."""
    with Client(url, environment(context)) as client:
        found = detailed_health(client)
    if as_json:
        services = {one.service: one.readiness or {"status": one.trouble} for one in found}
        say(json.dumps({"url": client.url, "services": services}, indent=2))
    else:
        rows = table("service", "health", "#to publish", "#to handle", "#oldest", "#dead letters", "version")
        for one in found:
            rows.add_row(one.service, _condition(one), *_figures(one), _version(one))
        say(rows)
    if unready := [one.service for one in found if not one.ready]:
        complain(f"not ready: {', '.join(unready)}.")
    if cut_off := [one.service for one in found if one.ready and one.without_bus]:
        complain(f"{', '.join(cut_off)}: the bus is away; calls are answered, and events wait for it.")
    if dead := [one.service for one in found if one.dead_letters]:
        complain(f"dead letters in {', '.join(dead)}: `zeven dead-letters list` shows why.")
    if hidden := [one.service for one in found if not one.shows_details]:
        complain(
            f"{', '.join(hidden)}: only administrators and operators see waiting events and dead letters; "
            "set ZEVEN_PASSWORD or ZEVEN_TOKEN."
        )
    if unready or cut_off or dead or hidden:
        raise typer.Exit(1)


def _version(one: Health) -> str:
    """What runs: the version, and the commit where that is known."""
    readiness = one.readiness or {}
    commit = (readiness.get("commit") or "")[:12]
    return " ".join(part for part in (readiness.get("version", "?"), commit) if part)


def _condition(one: Health) -> Text:
    if one.ready:
        return Text("ready, bus away", style="yellow") if one.without_bus else Text("ready", style="green")
    readiness = one.readiness or {}
    parts = [
        f"{part} {readiness[part]}"
        for part in ("database", "migrations")
        if readiness.get(part, "ok") not in ("ok", "at head", "beyond")
    ]
    return Text(one.trouble or f"not ready ({', '.join(parts) or 'no reason given'})", style="red")


def _figures(one: Health) -> list[str | Text]:
    if not one.delivery:
        return ["?"] * 4
    lanes = [one.delivery["outbox"], one.delivery["inbox"]]
    oldest = max(lane["oldest_live_seconds"] for lane in lanes)
    waiting: list[str | Text] = [f"{lane['live'] + lane['historical']:,}" for lane in lanes]
    return [*waiting, f"{oldest:,.1f} s", Text(f"{one.dead_letters:,}", style="bold red" if one.dead_letters else "")]


@dead_letters.command("list")
def list_dead_letters(
    context: typer.Context, service: OneService = None, as_json: Json = False, url: Url = None
) -> None:
    """List them, the oldest first in each service."""
    with Client(url, environment(context)) as client:
        found = list(_dead(client, service))
    if as_json:
        say(json.dumps([{"service": name, **letter} for name, letter in found], indent=2))
        return
    if not found:
        say("No dead letters.")
        return
    rows = table("service", "event", "type", "dead since", "#attempts", "why")
    for name, letter in found:
        why = (letter["last_error"] or "").strip().splitlines()
        rows.add_row(
            name,
            letter["event_id"],
            letter["type"],
            _time(letter["dead_at"]),
            str(letter["attempts"]),
            Text(why[-1][:REASON_LENGTH] if why else ""),
        )
    say(rows)


@dead_letters.command("show")
def show_dead_letter(
    context: typer.Context, event_id: Annotated[UUID, typer.Argument(help="The event.")], url: Url = None
) -> None:
    """Show one with its event and the full reason, for every service where it is dead."""
    with Client(url, environment(context)) as client:
        client.token()
        known = [(name, _letter(client, name, event_id)) for name in services_of(client)]
    found = [{"service": name, **letter} for name, letter in known if letter]
    if not found:
        raise Unable(f"No service has a dead letter {event_id}.")
    say(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))


@dead_letters.command("retry")
def retry_dead_letters(
    context: typer.Context,
    event_id: Annotated[UUID | None, typer.Argument(help="The event.")] = None,
    every: Annotated[
        str | None, typer.Option("--all", parser=service_named, metavar="SERVICE", help="All of this service instead.")
    ] = None,
    url: Url = None,
) -> None:
    """Handle one again, or all of a service, as if they had just arrived; each is retried for another day."""
    if (event_id is None) == (every is None):
        raise typer.BadParameter("give either the id of an event or --all SERVICE")
    with Client(url, environment(context)) as client:
        client.token()
        if every is not None:
            retried = _retry_all(client, every)
            say(f"{retried} dead letter{'' if retried == 1 else 's'} of {every} will be handled again.")
            return
        where = [service for service in services_of(client) if _retry(client, service, str(event_id))]
    if not where:
        raise Unable(f"No service has a dead letter {event_id}.")
    say(f"{event_id} will be handled again by {', '.join(where)}.")


def _dead(client: Client, service: str | None = None) -> Iterator[tuple[str, DeadLetter]]:
    client.token()
    for name in [service] if service else services_of(client):
        cursor = None
        while True:
            found = client.get(f"{prefix(name)}/v1/dead-letters", limit=200, cursor=cursor)
            for letter in found["items"]:
                yield name, letter
            if (cursor := found["next"]) is None:
                break


def _letter(client: Client, service: str, event_id: UUID) -> DeadLetter | None:
    """The dead letter of this event in the service; `None` when there is none."""
    try:
        letter: DeadLetter = client.get(f"{prefix(service)}/v1/dead-letters/{event_id}")
    except Refused as refusal:
        if refusal.status == httpx2.codes.NOT_FOUND:
            return None
        raise
    return letter


def _retry(client: Client, service: str, event_id: str) -> bool:
    """Retry the event in the service; False when it has no such dead letter."""
    try:
        client.post(f"{prefix(service)}/v1/dead-letters/{event_id}/retry")
    except Refused as refusal:
        if refusal.status == httpx2.codes.NOT_FOUND:
            return False
        raise
    return True


def _retry_all(client: Client, service: str) -> int:
    """The number of dead letters that are handled again, without those that died in the meantime."""
    return sum(_retry(client, service, letter["event_id"]) for _, letter in list(_dead(client, service)))


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%SZ")
