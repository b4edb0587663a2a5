"""What an import would do, found without sending anything."""

from pathlib import Path

from rich.console import RenderableType
from rich.table import Table

from cli.errors import Unable
from cli.history import Mapping, batches, count_rows, read_histories
from cli.importing.report import skips
from cli.importing.tally import Tally
from cli.terminal import heading, table


def counted(file: Path, mapping: Mapping) -> int:
    """The number of rows; `HistoryUnreadable` when the file is damaged, `Unable` when it has none."""
    rows = count_rows(file, mapping)
    if rows == 0:
        raise Unable(f"{file} has no rows below its header.")
    return rows


def checked(file: Path, mapping: Mapping, size: int) -> Tally:
    """The tally of an import in which the platform accepts everything that can be sent."""
    tally = Tally(mapping.source, counted(file, mapping))
    for batch in batches(read_histories(file, mapping), size):
        steps = sum(len(history.document["steps"]) for history in batch.histories)
        answer = {
            "imported": len(batch.histories),
            "unchanged": 0,
            "skipped": [],
            "steps": steps,
            "outside_lifecycle": [],
        }
        tally.add(batch, [answer], {})
    return tally


def check_tables(tally: Tally) -> list[RenderableType]:
    """The tables to print."""
    counts: Table = table("", "#incidents", "#rows")
    counts.add_row("read", f"{tally.incidents:,}", f"{tally.rows:,}")
    counts.add_row("would be sent", f"{tally.imported:,}", f"{tally.rows_imported:,}")
    counts.add_row("would be skipped", f"{len(tally.skipped):,}", f"{tally.rows_skipped:,}")
    counts.add_section()
    counts.add_row("steps", f"{tally.steps:,}", "")
    tables: list[RenderableType] = [heading(f"Check of {tally.source}: nothing was sent"), counts]
    return [*tables, heading("Skipped"), *skips(tally)] if tally.skipped else tables
