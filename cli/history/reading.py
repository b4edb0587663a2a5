"""The rows of a CSV file, plain or compressed, one at a time, with clear errors for a damaged file."""

import codecs
import csv
import gzip
import lzma
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from cli.history.errors import HistoryUnreadable

LONGEST_LINE = 1024 * 1024
"""Bytes; a file with a longer line is not a table of updates, and would fill the memory."""

GZIP, XZ, ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}


class Row(NamedTuple):
    """One row: the line on which it ends, its cells by column, and its fault if it has too few or too many cells."""

    line: int
    cells: dict[str, str]
    fault: str | None


def read_rows(path: Path | str, *, required: Iterable[str] = (), delimiter: str = ",") -> Iterator[Row]:
    """Every data row of `path` in file order; plain, gzip or xz, recognised by content and not by name.

    Blank lines are skipped. A row with too many or too few cells has a `fault`, and the cells that fit a column.
    Raises `HistoryUnreadable` for a file that is missing, empty, damaged, cut short, not UTF-8, or that lacks one of
    the `required` columns; what was yielded before stays valid.
    """
    path = Path(path)
    line = 0
    try:
        with _opened(path) as stream:
            reader = csv.reader(_decoded(stream, path), delimiter=delimiter, strict=True)
            header = next((cells for cells in reader if cells), None)
            if header is None:
                raise HistoryUnreadable(path, None, "the file is empty")
            header = [name.strip() for name in header]
            _check_header(path, reader.line_num, header, required, delimiter)
            line = reader.line_num
            width = len(header)
            for cells in reader:
                line = reader.line_num
                if len(cells) == width:
                    yield Row(line, dict(zip(header, cells, strict=True)), None)
                elif cells:
                    fault = f"{len(cells)} columns where the header has {width}"
                    yield Row(line, dict(zip(header, cells, strict=False)), fault)
    except EOFError:
        raise HistoryUnreadable(
            path, line + 1, "the compressed file ends too early; download or copy it again"
        ) from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as damage:
        raise HistoryUnreadable(path, line + 1, f"the compressed file is damaged ({damage})") from None
    except csv.Error as fault:
        raise HistoryUnreadable(path, line + 1, f"not readable as CSV from here on ({fault})") from None
    except OSError as refusal:
        raise HistoryUnreadable(path, None, refusal.strerror or str(refusal)) from None


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        start = file.read(len(XZ))
    if start.startswith(ZIP):
        raise HistoryUnreadable(path, None, "this is a zip archive; unpack it and give the CSV file inside")
    if start.startswith(GZIP):
        return cast("BinaryIO", gzip.open(path, "rb"))
    if start == XZ:
        return cast("BinaryIO", lzma.open(path, "rb"))
    return path.open("rb")


def _decoded(stream: BinaryIO, path: Path) -> Iterator[str]:
    """The file's lines as text, decoded one by one so that a wrong byte is reported with its line."""
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE:
            raise HistoryUnreadable(path, number, "a line of more than 1 MiB: this is not a table of updates")
        if number == 1:
            if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise HistoryUnreadable(path, 1, "the text is UTF-16; save it as UTF-8")
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as fault:
            found = f"byte 0x{raw[fault.start]:02x} at position {fault.start + 1}"
            raise HistoryUnreadable(path, number, f"the text is not UTF-8 ({found}); save it as UTF-8") from None


def _check_header(path: Path, line: int, header: list[str], required: Iterable[str], delimiter: str) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise HistoryUnreadable(path, line, f"the header names a column twice: {', '.join(twice)}")
    lacking = [name for name in required if name not in header]
    if not lacking:
        return
    if len(header) == 1:
        for other, word in OTHER_DELIMITERS.items():
            if other != delimiter and other in header[0]:
                raise HistoryUnreadable(
                    path, line, f"the columns seem to be separated by {word}; the mapping says {delimiter!r}"
                )
    raise HistoryUnreadable(path, line, f"columns missing: {', '.join(lacking)}")
