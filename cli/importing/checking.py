"""What an import would do, found without sending anything."""

from pathlib import Path

from rich.console import RenderableType
from rich.table import Table

from cli.errors import Unable
from cli.history import MappedFile, Mapping, batches, map_file
from cli.importing.report import findings
from cli.importing.tally import Tally
from cli.terminal import heading, table


def mapped(file: Path, mapping: Mapping) -> MappedFile:
    """The whole file, mapped; `HistoryUnreadable` when it is damaged, `Unable` when it has no rows."""
    found = map_file(file, mapping)
    if found.rows == 0:
        found.close()
        raise Unable(f"{file} has no rows below its header.")
    return found


def tally_of(found: MappedFile, source: str) -> Tally:
    """A tally of nothing yet, with what is known of the file."""
    return Tally(source, found.rows, unmapped=found.unmapped, warnings=found.warnings)


def checked(found: MappedFile, source: str) -> Tally:
    """The tally of an import in which the platform accepts everything that can be sent."""
    tally = tally_of(found, source)
    for batch in batches(found, 1000):
        answer = {
            "imported": len(batch.histories),
            "unchanged": 0,
            "skipped": [],
            "steps": sum(history.steps for history in batch.histories),
            "outside_lifecycle": [],
        }
        tally.add(batch, [answer], {})
    return tally


def check_tables(tally: Tally) -> list[RenderableType]:
    """The tables to print."""
    counts: Table = table("", "#incidents", "#rows")
    counts.add_row("read", f"{tally.incidents:,}", f"{tally.rows:,}")
    counts.add_row("would be sent", f"{tally.imported:,}", f"{tally.rows_imported:,}")
    counts.add_row("would be skipped", f"{tally.skipped:,}", f"{tally.rows_skipped:,}")
    counts.add_section()
    counts.add_row("steps", f"{tally.steps:,}", "")
    return [heading(f"Check of {tally.source}: nothing was sent"), counts, *findings(tally)]
