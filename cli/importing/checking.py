"""What an import would do, found out without sending anything."""

from pathlib import Path

from rich.console import RenderableType
from rich.table import Table

from cli.errors import Unable
from cli.history import Mapping, batches, count_rows, read_histories
from cli.importing.report import skips
from cli.importing.tally import Tally
from cli.terminal import heading, table


def counted(file: Path, mapping: Mapping) -> int:
    """The rows of the file; `HistoryUnreadable` when it is damaged, `Unable` when it has none."""
    rows = count_rows(file, mapping)
    if rows == 0:
        raise Unable(f"{file} holds no row below its header.")
    return rows


def checked(file: Path, mapping: Mapping, size: int) -> Tally:
    """The tally of an import in which the server takes all that can be sent."""
    tally = Tally(mapping.source, counted(file, mapping))
    for batch in batches(read_histories(file, mapping), size):
        steps = sum(len(history.document["steps"]) for history in batch.histories)
        taken = {
            "imported": len(batch.histories),
            "unchanged": 0,
            "skipped": [],
            "steps": steps,
            "outside_lifecycle": [],
        }
        tally.add(batch, [taken], {})
    return tally


def told(tally: Tally) -> list[RenderableType]:
    """The tables to print."""
    counts: Table = table("", "#incidents", "#rows")
    counts.add_row("read", f"{tally.incidents:,}", f"{tally.rows:,}")
    counts.add_row("would be sent", f"{tally.imported:,}", f"{tally.rows_held:,}")
    counts.add_row("would be skipped", f"{len(tally.skipped):,}", f"{tally.rows_skipped:,}")
    counts.add_section()
    counts.add_row("steps", f"{tally.steps:,}", "")
    found: list[RenderableType] = [heading(f"Check of {tally.source}: nothing was sent"), counts]
    return [*found, heading("Skipped"), *skips(tally)] if tally.skipped else found
