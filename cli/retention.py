"""`zeven retention`: the rules by which services delete what ended long ago, what a rule would delete, and what was deleted."""

from datetime import datetime
from typing import Annotated, Any

import httpx2
import typer

from cli.client import Client
from cli.errors import Refused
from cli.options import OneService, ServiceArgument, Url, environment
from cli.platform import prefix, services_of
from cli.terminal import say, table

READ_AT_ONCE = 1000
Rule = dict[str, Any]

app = typer.Typer(no_args_is_help=True, help="Rules by which records that ended long ago are deleted.")
Kind = Annotated[str, typer.Argument(help="A kind of record, as `zeven retention list` names it.")]
Days = Annotated[int, typer.Option("--days", min=1, help="Days after the last change of a record that has ended.")]


@app.command("list")
def list_rules(context: typer.Context, service: OneService = None, url: Url = None) -> None:
    """List what can be deleted, and the rules that have been set; without a rule nothing is deleted."""
    rows = table("service", "kind", "#days", "set by", "since", "why", "what it is")
    with Client(url, environment(context)) as client:
        client.token()
        for name in [service] if service else services_of(client):
            for rule in _rules(client, name):
                days = "never" if rule["days"] is None else f"{rule['days']:,}"
                since = _time(rule["set_at"]) if rule["set_at"] else ""
                by, why = rule["set_by"] or "", rule["reason"] or ""
                rows.add_row(name, rule["kind"], days, by, since, why, rule["meaning"])
    say(rows)


@app.command("set")
def set_rule(
    context: typer.Context,
    service: ServiceArgument,
    kind: Kind,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="Delete them after so many days.")] = None,
    never: Annotated[bool, typer.Option("--never", help="Delete them no more.")] = False,
    url: Url = None,
) -> None:
    """Delete records of a kind for good, so many days after their last change in a final state; see the preview first."""
    if (days is None) != never:
        raise typer.BadParameter("give either --days or --never")
    with Client(url, environment(context)) as client:
        client.token()
        client.put(f"{prefix(service)}/v1/retention/{kind}", {"days": days, "reason": reason})
    say(f"{kind} of {service}: " + ("never deleted." if days is None else f"deleted after {days:,} days, from now on."))


@app.command("preview")
def preview_rule(context: typer.Context, service: ServiceArgument, kind: Kind, days: Days, url: Url = None) -> None:
    """Show how many records a rule would delete now; nothing is deleted."""
    with Client(url, environment(context)) as client:
        client.token()
        found = client.get(f"{prefix(service)}/v1/retention/{kind}/preview", days=days)
    say(f"{found['records']:,} records of {service} would be deleted now.")


@app.command("receipts")
def list_receipts(context: typer.Context, service: ServiceArgument, url: Url = None) -> None:
    """List what was deleted: a line for each batch, with its position in the event log."""
    rows = table("#position", "when", "kind", "#days", "#records", "#events")
    after: int | None = 0
    with Client(url, environment(context)) as client:
        client.token()
        while after is not None:
            address = f"{prefix(service)}/v1/events"
            page = client.get(address, type="records.retired.v1", after=after, limit=READ_AT_ONCE)
            for event in page["items"]:
                data = event["data"]
                counts = (f"{len(data['records']):,}", f"{len(data['events']):,}")
                rows.add_row(f"{event['position']:,}", _time(event["time"]), data["kind"], f"{data['days']:,}", *counts)
            after = page["next"]
    say(rows)


def _rules(client: Client, service: str) -> list[Rule]:
    """The rules of a service; none where it deletes nothing."""
    try:
        rules: list[Rule] = client.get(f"{prefix(service)}/v1/retention")["items"]
    except Refused as refusal:
        if refusal.status != httpx2.codes.NOT_FOUND:
            raise
        return []
    return rules


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%SZ")
