"""`zeven import`: import another system's history, and wait until every service has handled it."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.client import MINUTE, Client
from cli.errors import Unable
from cli.history import MappedFile, Mapping, load_mapping
from cli.importing.checking import check_tables, checked, mapped, tally_of
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
        bool,
        typer.Option(
            "--allow-skips", help="Import the rest, and end with 0, although some incidents cannot be imported."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read and map the whole file, report what would be skipped, and send nothing."),
    ] = False,
    url: Url = None,
) -> None:
    """Import a history of incidents, wait until all services have handled it, and report.

    An import cannot be undone: try a new mapping with --check first. The rows may be in any order. The whole file is
    read and mapped first: when an incident of it cannot be imported, nothing is sent. Importing the same file again
    changes nothing, so repeat an import that was interrupted; a later export with more steps adds these. Ends with 0 when
    the platform has every incident of the file. docs/importing.md describes mappings.
    """
    chosen = load_mapping(mapping)
    if source:
        chosen = replace(chosen, source=source)
    with mapped(file, chosen) as found:
        expected = checked(found, chosen.source)
        if check:
            say(*check_tables(expected))
            raise_for_problems(expected, {}, allow_skips)
            return
        if expected.skipped and not allow_skips:
            say(*check_tables(expected))
            raise Unable(f"{_skipped(expected)}, so nothing was sent; --allow-skips imports the others.")
        with Client(url, environment(context), retry=MINUTE) as client:
            tally, dead = send_file(client, found, chosen.source, batch)
    say(*report(tally))
    raise_for_problems(tally, dead, allow_skips)


def import_file(client: Client, file: Path, mapping: Mapping) -> tuple[Tally, dict[str, int]]:
    """Send a whole file and wait until it is handled; returns the counts, and dead letters by service.

    Raises `HistoryUnreadable` before anything is sent when the file is damaged; `Unable` as the client does.
    """
    with mapped(file, mapping) as found:
        return send_file(client, found, mapping.source, BATCH)


def send_file(client: Client, found: MappedFile, source: str, batch: int) -> tuple[Tally, dict[str, int]]:
    """Send a mapped file and wait until it is handled; returns the counts, and dead letters by service."""
    tally = tally_of(found, source)
    client.token()
    services = services_of(client)
    with progress("importing (rows)", tally.rows) as advance:
        completed = send(client, found, tally, batch, advance)
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
    return "1 incident was skipped" if tally.skipped == 1 else f"{tally.skipped:,} incidents were skipped"


def _wait(client: Client, services: list[str], completed: UUID) -> dict[str, int]:
    most = 0
    with progress("handled by all services (events)", 0) as advance:

        def show(left: int) -> None:
            nonlocal most
            most = max(most, left)
            advance(most - left, most)

        return wait_for_completion(client, services, completed, show)
