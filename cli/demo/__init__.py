"""`zeven demo` and `zeven demo-data`: an invented organisation's history, written to a file, or imported and reported."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli import service_report
from cli.client import MINUTE, Client
from cli.errors import Unable
from cli.history import load_mapping
from cli.importing import import_file, raise_for_problems
from cli.options import Url, environment
from cli.terminal import heading, say

SOURCE = "demo"
"""Not the source of the mapping, so that invented numbers never clash with those of a real log."""

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


def demo(context: typer.Context, seed: Seed = 7, incidents: Incidents = 1000, url: Url = None) -> None:
    """Import an invented history into a running platform and report on it; a second time changes nothing."""
    with Client(url, environment(context), retry=MINUTE) as client, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.csv"
        _write(file, seed, incidents)
        tally, dead = import_file(client, file, replace(load_mapping("uci"), source=SOURCE))
        say(f"{tally.imported:,} incidents imported ({tally.rows:,} rows), {tally.unchanged:,} were imported before.")
        raise_for_problems(tally, dead, allow_skips=False)
        say(*service_report.report(client), *_links(client.url))


def _write(path: Path, seed: int, incidents: int) -> int:
    from cli.demo_data import write  # its calendar is slow to load, and no other command needs it

    try:
        return write(path, seed, incidents)
    except OSError as refusal:
        raise Unable(f"{path} cannot be written: {refusal.strerror or refusal}.") from None


def _links(url: str) -> list[str]:
    pages = {
        f"{url}/": "the services and their condition",
        f"{url}/incident/docs": "incidents, calls, timelines: try the API",
        f"{url}/service-level/docs": "clocks, agreements, performance, simulations",
        "zeven status": "health, lag and dead letters of every service",
        "zeven events tail": "the events of all services",
    }
    widest = max(map(len, pages))
    return [heading("More").plain, *(f"{place:<{widest}}  {what}" for place, what in pages.items())]
