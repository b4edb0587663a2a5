"""`zeven erase`: a retired person is erased in every service, and which erasures a restored service has lost."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.client import MINUTE, Client
from cli.errors import Unable
from cli.options import Url, environment
from cli.platform import prefix, services_of
from cli.terminal import say, table

POLL_SECONDS = 1.0
#: services that run have answered by then, unless the person wrote a great deal
PATIENCE_SECONDS = 60.0
ERASURES = "/governance/v1/erasures"
Erasure = dict[str, Any]

app = typer.Typer(no_args_is_help=True, help="Erase retired people: names, addresses and the texts that they wrote.")
Person = Annotated[UUID, typer.Argument(help="The person's id.")]


@app.command("person")
def erase_person(
    context: typer.Context,
    person_id: Person,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded. Do not name the person.")],
    url: Url = None,
) -> None:
    """Erase a retired person for good, and wait for a minute until every service has done its part."""
    with Client(url, environment(context), retry=MINUTE) as client:
        client.token()
        client.post(_address(person_id), {"reason": reason})
        _show(_answered(client, person_id))


@app.command("show")
def show_erasure(context: typer.Context, person_id: Person, url: Url = None) -> None:
    """Show who asked for an erasure, why, and what each service has erased."""
    with Client(url, environment(context)) as client:
        client.token()
        _show(client.get(_address(person_id)))


@app.command("repeat")
def repeat_erasure(context: typer.Context, person_id: Person, url: Url = None) -> None:
    """Have an erasure carried out again by every service, after a restore."""
    with Client(url, environment(context), retry=MINUTE) as client:
        client.token()
        client.post(f"{_address(person_id)}/repeat")
        _show(_answered(client, person_id))


@app.command("list")
def list_erasures(context: typer.Context, url: Url = None) -> None:
    """List the erasures, the newest first; ends with 1 when one must be repeated, because a service was restored."""
    with Client(url, environment(context)) as client:
        client.token()
        known = list(_all(client, ERASURES))
        there = {
            service: {task["person_id"] for task in _all(client, f"{prefix(service)}/v1/erasure-tasks")}
            for service in services_of(client)
        }
    people = {erasure["person_id"] for erasure in known}
    if not known and not any(there.values()):
        say("Nobody has been erased.")
        return
    rows = table("person", "asked for", "by", "complete", "awaited", "lost by")
    for erasure in known:
        lost = _lost(erasure, there)
        cells = (_time(erasure["created_at"]), erasure["requested_by"], "yes" if erasure["complete"] else "no")
        rows.add_row(erasure["person_id"], *cells, ", ".join(erasure["awaited"]), ", ".join(lost))
    say(rows)
    repeated = sorted(erasure["person_id"] for erasure in known if _lost(erasure, there))
    forgotten = sorted(set().union(*there.values()) - people)
    advice = [f"zeven erase repeat {person}" for person in repeated]
    advice += [f"zeven erase person {person} --reason … (governance has lost it; retire first)" for person in forgotten]
    if advice:
        raise Unable("A database is older than these erasures; run: " + "; ".join(advice))


def _lost(erasure: Erasure, there: dict[str, set[str]]) -> list[str]:
    """The services that have answered once, and do not know of it now."""
    answered = {answer["service"] for answer in erasure["answers"]}
    return sorted(
        service for service, people in there.items() if service in answered and erasure["person_id"] not in people
    )


def _all(client: Client, address: str) -> Iterator[Erasure]:
    cursor = None
    while True:
        page = client.get(address, limit=200, cursor=cursor)
        yield from page["items"]
        if (cursor := page["next"]) is None:
            return


def _answered(client: Client, person_id: UUID) -> Erasure:
    """The erasure once it is complete, or as it is after a minute."""
    until = client.environment.now() + PATIENCE_SECONDS
    while True:
        erasure: Erasure = client.get(_address(person_id))
        if erasure["complete"] or client.environment.now() > until:
            return erasure
        client.environment.sleep(POLL_SECONDS)


def _show(erasure: Erasure) -> None:
    say(f"Asked for by {erasure['requested_by']}, {_time(erasure['created_at'])}: {erasure['reason']}")
    rows = table("service", "answered", "#records", "#events", "kinds")
    for answer in erasure["answers"]:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(answer["records"].items()))
        records = f"{sum(answer['records'].values()):,}"
        rows.add_row(answer["service"], _time(answer["answered_at"]), records, f"{answer['events']:,}", kinds)
    for service in erasure["awaited"]:
        rows.add_row(service, "not yet", "", "", "")
    say(rows)
    if not erasure["complete"]:
        awaited = ", ".join(erasure["awaited"])
        say(f"{awaited} will answer once running; `zeven erase show {erasure['person_id']}` shows it.")


def _address(person_id: UUID) -> str:
    return f"/governance/v1/people/{person_id}/erasure"


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%SZ")
