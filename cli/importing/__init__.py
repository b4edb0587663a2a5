"""`zeven import`: import another system's history, and wait until every service has handled it."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.client import MINUTE, Client
from cli.errors import Unable
from cli.history import Mapping, load_mapping
from cli.importing.checking import check_tables, checked, counted
from cli.importing.completion import wait_for_completion
from cli.importing.report import report
from cli.importing.sending import send
from cli.importing.tally import Tally
from cli.options import Url, environment
from cli.platform import services_of
from cli.terminal import progress, say, warn

BATCH = 200

app = typer.Typer(no_args_is_help=True, help="Import another system's history.")


@app.command("incidents")
def import_incidents(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file, plain or compressed with gzip or xz.")],
    mapping: Annotated[
        str, typer.Option(help="How the columns map: the name of a supplied mapping (uci) or a .toml file.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Store the foreign numbers under this name instead of the mapping's.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Incidents in one request.")] = BATCH,
    allow_skips: Annotated[
        bool, typer.Option("--allow-skips", help="End with 0 although incidents were skipped.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read and map the whole file, report what would be skipped, and send nothing."),
    ] = False,
    url: Url = None,
) -> None:
    """Import a history of incidents, wait until all services have handled it, and report.

    An import cannot be undone: try a new mapping with --check first. Importing the same file again changes nothing, so
    repeat an import that was interrupted. Ends with 0 when the platform has every incident of the file.
    """
    chosen = load_mapping(mapping)
    if source:
        chosen = replace(chosen, source=source)
    if check:
        tally = checked(file, chosen, batch)
        say(*check_tables(tally))
        raise_for_problems(tally, {}, allow_skips)
        return
    with Client(url, environment(context), retry=MINUTE) as client:
        tally, dead = import_file(client, file, chosen, batch)
    say(*report(tally))
    raise_for_problems(tally, dead, allow_skips)


def import_file(client: Client, file: Path, mapping: Mapping, batch: int = BATCH) -> tuple[Tally, dict[str, int]]:
    """Send the whole history and wait until it is handled; returns the counts, and dead letters by service.

    Raises `HistoryUnreadable` before anything is sent when the file is damaged; `Unable` as the client does.
    """
    tally = Tally(mapping.source, counted(file, mapping))
    client.token()
    services = services_of(client)
    with progress(f"importing {file.name} (rows)", tally.rows) as advance:
        completed = send(client, file, mapping, tally, batch, advance)
    return tally, _wait(client, services, completed)


def raise_for_problems(tally: Tally, dead: dict[str, int], allow_skips: bool) -> None:
    """Raises `Unable` when something of the import failed, and says what."""
    if dead:
        where = ", ".join(f"{service} ({count})" for service, count in dead.items())
        raise Unable(f"There are dead letters in {where}; `zeven dead-letters list` shows why.")
    if tally.row_balance or tally.incident_balance:
        raise Unable(
            "The balance is not zero: the file changed during the import, or the platform counted differently."
        )
    if tally.skipped and not allow_skips:
        raise Unable(f"{_skipped(tally)}; --allow-skips accepts that.")
    if tally.skipped:
        warn(f"{_skipped(tally)}.")


def _skipped(tally: Tally) -> str:
    count = len(tally.skipped)
    return "1 incident was skipped" if count == 1 else f"{count:,} incidents were skipped"


def _wait(client: Client, services: list[str], completed: UUID) -> dict[str, int]:
    most = 0
    with progress("handled by all services (events)", 0) as advance:

        def show(left: int) -> None:
            nonlocal most
            most = max(most, left)
            advance(most - left, most)

        return wait_for_completion(client, services, completed, show)
