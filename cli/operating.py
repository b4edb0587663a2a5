"""`zeven status`: the condition of the services."""

import json
from collections.abc import Callable

import typer
from rich.text import Text

from cli.client import Client
from cli.options import Json, Url, environment
from cli.platform import Health, detailed_health
from cli.terminal import complain, say, table

#: what needs attention, and the sentence about it
COMPLAINTS: tuple[tuple[Callable[[Health], bool], str], ...] = (
    (lambda one: not one.ready, "not ready: {services}."),
    (
        lambda one: one.ready and one.without_bus,
        "{services}: the bus is away; calls are answered, and events wait for it.",
    ),
    (lambda one: one.figure("failing") > 0, "events fail in {services}: `zeven dead-letters list` shows why."),
    (lambda one: one.figure("dead_letters") > 0, "dead letters in {services}: `zeven dead-letters list` shows why."),
    (
        lambda one: one.figure("quarantine") > 0,
        "deliveries were set apart in {services}: `zeven quarantine list` shows why.",
    ),
    (lambda one: one.held > 0, "{services}: deliveries have arrived and cannot be stored; the log says why."),
    (
        lambda one: one.late,
        f"{{services}}: an event has waited for more than {Health.LATE_SECONDS // 60} minutes.",
    ),
    (
        lambda one: not one.shows_details,
        (
            "{services}: only administrators and operators see waiting events and dead letters; "
            "set ZEVEN_PASSWORD or ZEVEN_TOKEN."
        ),
    ),
)


def status(context: typer.Context, as_json: Json = False, url: Url = None) -> None:
    """Show health, waiting events and dead letters of every service; ends with 1 when something needs attention."""
    with Client(url, environment(context)) as client:
        found = detailed_health(client)
    if as_json:
        services = {one.service: one.readiness or {"status": one.trouble} for one in found}
        say(json.dumps({"url": client.url, "services": services}, indent=2))
    else:
        columns = ("#to publish", "#to handle", "#oldest", "#failing", "#dead letters", "#set apart", "version")
        rows = table("service", "health", *columns)
        for one in found:
            rows.add_row(one.service, _condition(one), *_figures(one), _version(one))
        say(rows)
    complaints = [
        sentence.format(services=", ".join(troubled))
        for applies, sentence in COMPLAINTS
        if (troubled := [one.service for one in found if applies(one)])
    ]
    for complaint in complaints:
        complain(complaint)
    if complaints:
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
        return ["?"] * 6
    waiting: list[str | Text] = [f"{lane['live'] + lane['historical']:,}" for lane in one.lanes]
    troubles = [one.figure(name) for name in ("failing", "dead_letters", "quarantine")]
    return [
        *waiting,
        f"{one.oldest_seconds:,.1f} s",
        *(Text(f"{count:,}", style="bold red" if count else "") for count in troubles),
    ]
