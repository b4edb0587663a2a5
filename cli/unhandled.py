"""`zeven dead-letters` and `zeven quarantine`: what a service could not handle or store; shown, retried, discarded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.text import Text

from cli.client import Client
from cli.errors import Refused, Unable
from cli.options import Json, OneService, Url, environment
from cli.platform import prefix, service_named, services_of
from cli.terminal import say, table

REASON_LENGTH = 100
Item = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of what could not be handled: its address, the name of its id, and what it is called."""

    path: str
    key: str
    name: str
    several: str

    def all(self, client: Client, service: str | None = None) -> Iterator[tuple[str, Item]]:
        """All of them, with their service."""
        client.token()
        for name in [service] if service else services_of(client):
            cursor = None
            while True:
                found = client.get(f"{prefix(name)}/v1/{self.path}", limit=200, cursor=cursor)
                for item in found["items"]:
                    yield name, item
                if (cursor := found["next"]) is None:
                    break

    def shown(self, client: Client, identity: UUID) -> None:
        """Show one, for every service that has it."""
        client.token()
        found = []
        for service in services_of(client):
            try:
                item: Item = client.get(f"{prefix(service)}/v1/{self.path}/{identity}")
            except Refused as refusal:
                if refusal.status != httpx2.codes.NOT_FOUND:
                    raise
            else:
                found.append({"service": service, **item})
        if not found:
            raise Unable(f"No service has a {self.name} {identity}.")
        say(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))

    def done(self, client: Client, service: str, identity: str, act: str, body: Item | None = None) -> bool:
        """Retry or discard one of a service; False when it has no such."""
        try:
            client.post(f"{prefix(service)}/v1/{self.path}/{identity}/{act}", body)
        except Refused as refusal:
            if refusal.status == httpx2.codes.NOT_FOUND:
                return False
            raise
        return True

    def settled(
        self, client: Client, identity: UUID | None, every: str | None, act: str, what: str, body: Item | None = None
    ) -> None:
        """Retry or discard one wherever it is, or all of a service, and say so."""
        if (identity is None) == (every is None):
            raise typer.BadParameter("give either an id or --all SERVICE")
        client.token()
        if every is not None:
            # the list first: what is settled leaves it
            items = [item for _, item in list(self.all(client, every))]
            done = sum(self.done(client, every, item[self.key], act, body) for item in items)
            say(f"{done} {self.name if done == 1 else self.several} of {every} {what}.")
            return
        where = [service for service in services_of(client) if self.done(client, service, str(identity), act, body)]
        if not where:
            raise Unable(f"No service has a {self.name} {identity}.")
        say(f"{identity} {what} by {', '.join(where)}.")


LETTERS = Kind("dead-letters", "event_id", "dead letter", "dead letters")
MESSAGES = Kind("quarantine", "id", "message", "messages")

dead_letters = typer.Typer(
    no_args_is_help=True, help="Events that a service cannot handle: failing ones, and dead ones."
)
quarantine = typer.Typer(
    no_args_is_help=True, help="Deliveries that a service set apart, because it cannot store them."
)

Identity = Annotated[UUID, typer.Argument(help="Its id.")]
MaybeIdentity = Annotated[UUID | None, typer.Argument(help="Its id.")]
Every = Annotated[
    str | None, typer.Option("--all", parser=service_named, metavar="SERVICE", help="All of this service instead.")
]
Why = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


@dead_letters.command("list")
def list_dead_letters(
    context: typer.Context, service: OneService = None, as_json: Json = False, url: Url = None
) -> None:
    """List failing and dead events, those that arrived first first in each service."""
    with Client(url, environment(context)) as client:
        found = list(LETTERS.all(client, service))
    if _listed(found, as_json, "No dead letters."):
        return
    rows = table("service", "event", "type", "state", "since", "#attempts", "why")
    for name, letter in found:
        since = _time(letter["dead_at"] or letter["received_at"])
        cells = (letter["event_id"], letter["type"], letter["state"], since, str(letter["attempts"]))
        rows.add_row(name, *cells, _last_line(letter["last_error"]))
    say(rows)


@dead_letters.command("show")
def show_dead_letter(context: typer.Context, event_id: Identity, url: Url = None) -> None:
    """Show one with its event and the full reason, for every service where it fails."""
    with Client(url, environment(context)) as client:
        LETTERS.shown(client, event_id)


@dead_letters.command("retry")
def retry_dead_letters(
    context: typer.Context, event_id: MaybeIdentity = None, every: Every = None, url: Url = None
) -> None:
    """Handle one again, or all of a service, as if they had just arrived; each is retried for another day."""
    with Client(url, environment(context)) as client:
        LETTERS.settled(client, event_id, every, "retry", "will be handled again")


@dead_letters.command("discard")
def discard_dead_letters(
    context: typer.Context, reason: Why, event_id: MaybeIdentity = None, every: Every = None, url: Url = None
) -> None:
    """Never handle one, or all of a service, not in a rebuild either; who did it and why is recorded."""
    with Client(url, environment(context)) as client:
        LETTERS.settled(client, event_id, every, "discard", "discarded", {"reason": reason})


@quarantine.command("list")
def list_quarantine(context: typer.Context, service: OneService = None, as_json: Json = False, url: Url = None) -> None:
    """List what was set apart, the oldest first in each service."""
    with Client(url, environment(context)) as client:
        found = list(MESSAGES.all(client, service))
    if _listed(found, as_json, "Nothing is set apart."):
        return
    rows = table("service", "id", "reason", "from", "type", "#count", "last", "why")
    for name, message in found:
        cells = (message["id"], message["reason"], message["publisher"] or "", message["type"] or "")
        counted = (f"{message['count']:,}", _time(message["last_at"]))
        rows.add_row(name, *cells, *counted, _last_line(message["error"]))
    say(rows)


@quarantine.command("show")
def show_message(context: typer.Context, message_id: Identity, url: Url = None) -> None:
    """Show one with what was delivered and the full reason."""
    with Client(url, environment(context)) as client:
        MESSAGES.shown(client, message_id)


@quarantine.command("retry")
def retry_messages(
    context: typer.Context, message_id: MaybeIdentity = None, every: Every = None, url: Url = None
) -> None:
    """Handle one, or all of a service, as events that have just arrived: after an update that knows their version."""
    with Client(url, environment(context)) as client:
        MESSAGES.settled(client, message_id, every, "retry", "will be handled")


@quarantine.command("discard")
def discard_messages(
    context: typer.Context, reason: Why, message_id: MaybeIdentity = None, every: Every = None, url: Url = None
) -> None:
    """Remove one, or all of a service; who did it and why is recorded."""
    with Client(url, environment(context)) as client:
        MESSAGES.settled(client, message_id, every, "discard", "discarded", {"reason": reason})


def _listed(found: list[tuple[str, Item]], as_json: bool, none: str) -> bool:
    """Whether there is no table to show: JSON was wanted, or there is nothing."""
    if as_json:
        say(json.dumps([{"service": name, **item} for name, item in found], indent=2))
    elif not found:
        say(none)
    return as_json or not found


def _last_line(reason: str | None) -> Text:
    lines = (reason or "").strip().splitlines()
    return Text(lines[-1][:REASON_LENGTH] if lines else "")


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%SZ")
