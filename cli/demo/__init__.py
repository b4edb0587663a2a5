"""`zeven demo` and `zeven demo-data`: an invented hospital's IT department at work, or only its history as a file."""

import secrets
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from cli import service_report
from cli.client import MINUTE, Client
from cli.demo.organisation import Founder, Hospital
from cli.demo.present import begin_day
from cli.demo_data.hospital import AGENT, CALLERS, LEADER, USER
from cli.errors import Unable
from cli.history import Mapping, load_mapping
from cli.importing import import_file, raise_for_problems
from cli.options import Url, environment
from cli.terminal import heading, say, table

SOURCE = "demo"
"""Not the source of the mapping, so that invented numbers never clash with those of a real log."""

ACCOUNTS = {AGENT: "an agent of the service desk", USER: "a user of the hospital", LEADER: "the director of IT"}
Seed = Annotated[int, typer.Option(help="The same seed gives the same history.")]
Incidents = Annotated[int, typer.Option(min=1, max=1_000_000, help="The number of incidents in the same four months.")]


def write_demo_data(
    seed: Seed = 7,
    incidents: Incidents = 1000,
    out: Annotated[Path, typer.Option(help="The file to write; compressed when it ends in .gz.")] = Path("demo.csv.gz"),
) -> None:
    """Write an invented history in the layout of the public log (mapping uci)."""
    rows = _write(out, seed, incidents)
    say(f"{out}: {incidents:,} incidents in {rows:,} rows.")
    say(f"`zeven import incidents {out} --mapping uci --source {SOURCE}` imports them.")


def _write(path: Path, seed: int, incidents: int, **more: Any) -> int:
    """The number of rows that were written; `more` as for `write`."""
    from cli.demo_data import write  # its calendar is slow to load, and no other command needs it

    try:
        return write(path, seed, incidents, **more)
    except OSError as refusal:
        raise Unable(f"{path} cannot be written: {refusal.strerror or refusal}.") from None


def demo(context: typer.Context, seed: Seed = 7, incidents: Incidents = 1000, url: Url = None) -> None:
    """Fill a running platform with an invented hospital: people, services, knowledge, four months of history, and today.

    A second time it creates what is missing, and changes the passwords that it prints. A call or a change of today that was
    begun when it was interrupted stays as it is.
    """
    with Client(url, environment(context), retry=MINUTE) as client:
        hospital = Founder(client).create()
        say(f"{len(hospital.people)} people, {len(hospital.services)} services, {len(hospital.items)} knowledge items.")
        _import(client, hospital, seed, incidents)
        begin_day(client, hospital, datetime.now(UTC))
        say(*service_report.report(client), *_accounts(client, hospital), *_links(client.url))


def _import(client: Client, hospital: Hospital, seed: int, incidents: int) -> None:
    from cli.demo_data import COLUMNS, DAYS, TEXT_COLUMNS  # as above

    known = client.get("/incident/v1/incidents", source=SOURCE, sort="created_at", limit=1)
    start = datetime.now(UTC).date() - timedelta(days=DAYS)
    if known["items"]:
        start = _start(seed, incidents, known["items"][0]["created_at"]) or start
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.csv"
        _write(file, seed, incidents, start=start, columns=(*COLUMNS, *TEXT_COLUMNS))
        tally, dead = import_file(client, file, _mapping(hospital))
    say(f"{tally.imported:,} incidents imported ({tally.rows:,} rows), {tally.unchanged:,} were imported before.")
    raise_for_problems(tally, dead, allow_skips=False)


def _start(seed: int, incidents: int, first: str) -> date | None:
    """The first day of a history that was imported before, found by its first incident."""
    from cli.demo_data import generate  # as above

    moment = datetime.fromisoformat(first).astimezone(UTC)
    opened_at = f"{moment.day}/{moment.month}/{moment.year} {moment:%H:%M}"
    for back in range(7):
        start = moment.date() - timedelta(days=back)
        if next(generate(seed, incidents, start))["opened_at"] == opened_at:
            return start
    return None


def _mapping(hospital: Hospital) -> Mapping:
    """The supplied mapping, with the hospital's texts, and the ids of its services, teams and people."""
    mapping = load_mapping("uci")
    callers = {person.name: hospital.people[person.username] for person in CALLERS}
    named = {"title": "title", "description": "description", "service_id": "service", "team_id": "assignment_group"}
    tables = {"service_id": hospital.services, "team_id": hospital.teams, "caller_id": callers}
    return replace(
        mapping,
        source=SOURCE,
        values={**mapping.values, **{name: (column,) for name, column in {**named, "caller_id": "contact"}.items()}},
        tables={**mapping.tables, **tables},
    )


def _accounts(client: Client, hospital: Hospital) -> list[RenderableType]:
    """Accounts to sign in with; their passwords are new each time, so that nobody else knows them."""
    accounts = table("name", "password", "who")
    for username, who in ACCOUNTS.items():
        password = secrets.token_urlsafe(9) + "-7"
        client.put(f"/governance/v1/people/{hospital.people[username]}/password", {"new_password": password})
        accounts.add_row(username, password, who)
    return [heading("Sign in as"), accounts]


def _links(url: str) -> list[RenderableType]:
    pages = {
        f"{url}/": "the services and their condition",
        f"{url}/incident/docs": "incidents, calls, timelines: try the API",
        f"{url}/service-level/docs": "clocks, agreements, performance, attainment",
        "zeven status": "health, lag and dead letters of every service",
        "zeven events tail": "the events of all services",
    }
    widest = max(map(len, pages))
    return [heading("More").plain, *(f"{place:<{widest}}  {what}" for place, what in pages.items())]
