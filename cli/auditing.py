"""`zeven audit`: proof that the event logs are as they were written, and anchors of them to be stored elsewhere."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from cli.client import MINUTE, Client
from cli.errors import Unable
from cli.options import Json, Url, environment
from cli.platform import prefix, service_named, services_of
from cli.terminal import complain, say, table, warn

BROKEN = 3
"""The exit status of `verify` when a log is not as it was written; 1 means that it could not be verified."""

app = typer.Typer(no_args_is_help=True, help="Prove that nobody has changed the history of events.")
Anchor = dict[str, Any]
OneOrAll = Annotated[
    str | None,
    typer.Argument(parser=service_named, metavar="[SERVICE]", help="Only this service; all of them when absent."),
]


@dataclass(frozen=True)
class Audited:
    """The result for the log of one service: how many events are intact, how many have erased data, where it ends or breaks."""

    service: str
    verified: int
    erased: int
    position: int
    hash: str
    broken: dict[str, Any] | None
    protected: bool


@app.command()
def verify(
    context: typer.Context,
    service: OneOrAll = None,
    anchor: Annotated[
        Path | None,
        typer.Option(
            help="Anchors that were written earlier: also finds events removed from the end, or a log rewritten since."
        ),
    ] = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Verify every event of the services, and name the first that was altered, removed or inserted.

    Ends with 0 when every log is as it was written, with 3 when one is not, with 1 when a log could not be verified.
    """
    anchors = _anchors(anchor) if anchor else {}
    with Client(url, environment(context), retry=MINUTE) as client:
        client.token()
        services = _chosen(client, service)
        if anchor and service and service not in anchors:
            raise Unable(f"{anchor} holds no anchor of {service}.")
        if unknown := sorted(set(anchors).difference(services)) if service is None else None:
            raise Unable(f"{anchor} holds an anchor of {', '.join(unknown)}, which this platform does not have.")
        found = [_verified(client, name, anchors.get(name)) for name in services]
    if as_json:
        say(json.dumps([vars(one) for one in found], indent=2))
    else:
        logs = table("service", "history", "#events", "#erased", "#last", "hash")
        for one in found:
            logs.add_row(one.service, _state(one), f"{one.verified:,}", f"{one.erased:,}", str(one.position), one.hash)
        say(logs)
    for one in found:
        if anchor and one.service not in anchors:
            warn(
                f"{one.service}: {anchor} holds no anchor of it, so missing last events or a rewritten log would not be found."
            )
        if not one.protected:
            warn(
                f"{one.service}: its own login can change the log; docs/operations.md says how to separate the two logins."
            )
        if one.broken:
            complain(f"{one.service}: event {one.broken['position']} {_what(one.broken)}")
    if any(one.broken for one in found):
        raise typer.Exit(BROKEN)


@app.command("anchor")
def write_anchors(context: typer.Context, service: OneOrAll = None, url: Url = None) -> None:
    """Print position and hash of the last event of each service, as JSON to be stored where the platform cannot write."""
    with Client(url, environment(context), retry=MINUTE) as client:
        client.token()
        say(json.dumps([client.get(f"{prefix(name)}/v1/audit/anchor") for name in _chosen(client, service)], indent=2))


def _chosen(client: Client, service: str | None) -> list[str]:
    services = services_of(client)
    if service is not None and service not in services:
        raise Unable(f"This platform has no {service}; it has {', '.join(services)}.")
    return [service] if service else services


def _verified(client: Client, service: str, anchor: Anchor | None) -> Audited:
    """Verify the whole log of a service, part by part; each part must follow from the one before, and the anchor must be there."""
    verified = erased = 0
    after: str | None = None
    while True:
        found = client.get(f"{prefix(service)}/v1/audit", after=after)
        verified, erased, after = verified + found["verified"], erased + found["erased"], found["next"]
        if after is None:
            break
    broken = found["broken"]
    if anchor and broken is None:
        known = f"{anchor['position']}-{anchor['hash']}"
        broken = client.get(f"{prefix(service)}/v1/audit", after=known, limit=1)["broken"]
    return Audited(service, verified, erased, found["position"], found["hash"], broken, found["protected"])


def _state(one: Audited) -> Text:
    return Text("broken", style="bold red") if one.broken else Text("as written", style="green")


def _what(broken: dict[str, Any]) -> str:
    event = f" ({broken['event_id']})" if broken["event_id"] else ""
    return f"was {broken['fault']}{event}. {broken['why']}"


def _anchors(file: Path) -> dict[str, Anchor]:
    """The anchors of a file, by service."""
    try:
        read = json.loads(file.read_text("utf-8"))
        found = {service_named(each["service"]): each for each in (read if isinstance(read, list) else [read])}
        for each in found.values():
            int(each["position"]), bytes.fromhex(each["hash"])
    except OSError as error:
        raise Unable(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, typer.BadParameter):
        raise Unable(f"{file} holds no anchors as `zeven audit anchor` prints them.") from None
    return found
