"""The report of an import: what was read, what was imported or skipped, and whether anything is missing."""

from rich.console import RenderableType
from rich.table import Table

from cli.importing.tally import Tally
from cli.terminal import heading, table

MOST_SKIPS = 20
MOST_VALUES = 100
MOST_TRANSITIONS = 20


def report(tally: Tally) -> list[RenderableType]:
    """The tables to print."""
    tables: list[RenderableType] = [heading(f"Import of {tally.source}"), _counts(tally), *findings(tally)]
    if tally.outside:
        tables += [heading("Steps outside today's lifecycle (recorded all the same)"), _outside(tally)]
    return tables


def findings(tally: Tally) -> list[RenderableType]:
    """What is wrong with the file or its mapping: warnings, values that the mapping lacks, and skipped incidents."""
    tables: list[RenderableType] = [heading(f"Warning: {warning}") for warning in tally.warnings]
    if tally.unmapped:
        tables += [heading("Not in the mapping"), *_unmapped(tally)]
    if tally.skipped:
        tables += [heading("Skipped"), *_skips(tally)]
    return tables


def _counts(tally: Tally) -> Table:
    counts = table("", "#incidents", "#rows")
    counts.add_row("read", f"{tally.incidents:,}", f"{tally.rows:,}")
    counts.add_row("imported", f"{tally.imported:,}", "")
    counts.add_row("unchanged (imported before)", f"{tally.unchanged:,}", "")
    counts.add_row("imported and unchanged", f"{tally.imported + tally.unchanged:,}", f"{tally.rows_imported:,}")
    counts.add_row("skipped", f"{tally.skipped:,}", f"{tally.rows_skipped:,}")
    counts.add_row("balance", f"{tally.incident_balance:,}", f"{tally.row_balance:,}", style="bold")
    counts.add_section()
    counts.add_row("imported before, more steps now", f"{tally.extended:,}", "")
    counts.add_row("steps recorded", f"{tally.steps:,}", "")
    counts.add_row("steps outside today's lifecycle", f"{tally.outside:,}", "")
    return counts


def _unmapped(tally: Tally) -> list[RenderableType]:
    values = table("column", "value", "#rows")
    for column, value, rows in tally.unmapped[:MOST_VALUES]:
        values.add_row(column, value, f"{rows:,}")
    more = len(tally.unmapped) - MOST_VALUES
    return [values, f"… and {more:,} more values"] if more > 0 else [values]


def _skips(tally: Tally) -> list[RenderableType]:
    reasons = table("why", "#incidents", "for example")
    for why, count, example in tally.reasons()[:MOST_SKIPS]:
        reasons.add_row(why, f"{count:,}", ", ".join(part for part in (example.key, example.why) if part))
    more = len(tally.reasons()) - MOST_SKIPS
    return [reasons, f"… and {more:,} more reasons"] if more > 0 else [reasons]


def _outside(tally: Tally) -> Table:
    steps = table("step", "#count", "the first", "at")
    for step, count, first in tally.transitions()[:MOST_TRANSITIONS]:
        steps.add_row(step, f"{count:,}", first["key"], str(first["at"]))
    return steps
