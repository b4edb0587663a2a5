"""`zeven import`: another system's history goes in as fact, and every service has handled it when the command returns."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.client import MINUTE, Client
from cli.errors import Unable
from cli.history import Mapping, load_mapping
from cli.importing.checking import checked, counted, told
from cli.importing.report import report
from cli.importing.sending import send
from cli.importing.settling import settle
from cli.importing.tally import Tally
from cli.options import Url, surroundings
from cli.platform import present
from cli.terminal import progress, say, warn

BATCH = 200

app = typer.Typer(no_args_is_help=True, help="Bring another system's history in.")


@app.command("incidents")
def import_incidents(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file, plain or compressed with gzip or xz.")],
    mapping: Annotated[str, typer.Option(help="How the columns map: a supplied name (uci) or a .toml file.")],
    source: Annotated[
        str | None, typer.Option(help="Keep the foreign numbers under this name instead of the mapping's.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Incidents in one request.")] = BATCH,
    allow_skips: Annotated[
        bool, typer.Option("--allow-skips", help="End with 0 although incidents were skipped.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Read and map the whole file, say what would be skipped, send nothing.")
    ] = False,
    url: Url = None,
) -> None:
    """Import a history of incidents, wait until all services have handled it, and report.

    What is imported stays: try a new mapping with --check first. Doing it again changes nothing, so a broken import is
    simply repeated. Ends with 0 when every incident is held.
    """
    chosen = load_mapping(mapping)
    if source:
        chosen = replace(chosen, source=source)
    if check:
        tally = checked(file, chosen, batch)
        say(*told(tally))
        judge(tally, {}, allow_skips)
        return
    with Client(url, surroundings(context), patience=MINUTE) as client:
        tally, dead = bring_in(client, file, chosen, batch)
    say(*report(tally))
    judge(tally, dead, allow_skips)


def bring_in(client: Client, file: Path, mapping: Mapping, batch: int = BATCH) -> tuple[Tally, dict[str, int]]:
    """Send the whole history and wait until it is handled: what was done, and dead letters by service.

    Raises `HistoryUnreadable` before anything is sent when the file is damaged; `Unable` as the client does.
    """
    tally = Tally(mapping.source, counted(file, mapping))
    client.token()
    services = present(client)
    with progress(f"importing {file.name} (rows)", tally.rows) as reach:
        completed = send(client, file, mapping, tally, batch, reach)
    return tally, _wait(client, services, completed)


def judge(tally: Tally, dead: dict[str, int], allow_skips: bool) -> None:
    """Return when all went well; raises `Unable` with what did not."""
    if dead:
        where = ", ".join(f"{service} ({count})" for service, count in dead.items())
        raise Unable(f"There are dead letters in {where}; `zeven dead-letters list` shows why.")
    if tally.row_balance or tally.incident_balance:
        raise Unable("The balance is not zero: the file changed meanwhile, or the server counts otherwise.")
    if tally.skipped and not allow_skips:
        raise Unable(f"{_skipped(tally)}; --allow-skips accepts that.")
    if tally.skipped:
        warn(f"{_skipped(tally)}.")


def _skipped(tally: Tally) -> str:
    count = len(tally.skipped)
    return "1 incident was skipped" if count == 1 else f"{count:,} incidents were skipped"


def _wait(client: Client, services: list[str], completed: UUID) -> dict[str, int]:
    most = 0
    with progress("handled by all services (events)", 0) as reach:

        def told(left: int) -> None:
            nonlocal most
            most = max(most, left)
            reach(most - left, most)

        return settle(client, services, completed, told)
