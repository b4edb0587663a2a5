"""Output: colour, tables and progress bars on a terminal, plain lines elsewhere."""

import codecs
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Protocol, TextIO

from rich import box
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 240
"""The width of output that does not go to a terminal: no cell is cut."""


#: how what a terminal or file cannot show is written there
ESCAPED = "zeven.escaped"


def escape_what_cannot_be_shown() -> None:
    """Write characters that an output's encoding lacks by their numbers, as JSON does: nothing fails, JSON stays the same."""
    codecs.register_error(ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


class Advance(Protocol):
    """Shows how much is done, and the new total when that has changed."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


def _console(stream: TextIO) -> Console:
    # texts of files and records may look like markup
    return Console(
        file=stream, width=None if stream.isatty() else PIPED_WIDTH, highlight=False, markup=False, emoji=False
    )


def say(*parts: RenderableType) -> None:
    """Print results to standard output; texts are printed unchanged."""
    console = _console(sys.stdout)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str | Text))


def warn(text: str) -> None:
    """Print a line that is not a result to standard error."""
    _console(sys.stderr).print(Text(text, style="yellow"), soft_wrap=True)


def complain(text: str) -> None:
    """Print why the command failed."""
    _console(sys.stderr).print(Text.assemble(("zeven: ", "bold red"), text), soft_wrap=True)


def heading(text: str) -> Text:
    """A line above a table."""
    return Text(f"\n{text}", style="bold")


def table(*columns: str) -> Table:
    """An empty table; a column whose name begins with `#` holds numbers and is set to the right."""
    result = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, header_style="bold", pad_edge=False)
    for name in columns:
        number = name.startswith("#")
        result.add_column(name.removeprefix("#"), justify="right" if number else "left", overflow="fold")
    return result


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """A progress bar on a terminal, otherwise a line at every tenth; the function it gives takes how much is done."""
    if not sys.stderr.isatty():
        yield _lines(what, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console(sys.stderr)) as bars:
        task = bars.add_task(what, total=total)

        def advance(done: int, total: int | None = None) -> None:
            bars.update(task, completed=done, total=total)

        yield advance


def _lines(what: str, whole: int) -> Advance:
    tenths = 0

    def advance(done: int, total: int | None = None) -> None:
        nonlocal tenths, whole
        whole = whole if total is None else total
        tenth = 10 * done // whole if whole else 0
        if tenth > tenths:
            tenths = tenth
            print(f"{what}: {done:,} of {whole:,}", file=sys.stderr, flush=True)

    return advance
