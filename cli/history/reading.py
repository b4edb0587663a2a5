"""The rows of a CSV file, plain or compressed, one at a time, with clear errors for a damaged file."""

import codecs
import csv
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast
from unicodedata import normalize

from cli.history.errors import HistoryUnreadable

LONGEST_LINE = 1024 * 1024
"""Bytes; a file with a longer line is not a table of updates, and would fill the memory."""

GZIP, XZ, ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
UTF_8 = "utf-8"
REMEDY = "save it as UTF-8, or name its encoding in the mapping"
BYTE_ORDER_MARK = "\ufeff"
_EXCELS_DELIMITER = re.compile(r"sep=.\s*", re.IGNORECASE)
"""A line above the header, by which Excel names the delimiter."""


class Row(NamedTuple):
    """One row: the line on which it ends, its cells by column, and its fault if it has too few or too many cells."""

    line: int
    cells: dict[str, str]
    fault: str | None


def read_rows(
    path: Path | str, *, required: Iterable[str] = (), delimiter: str = ",", encoding: str = UTF_8
) -> Iterator[Row]:
    """Every data row of `path` in file order; plain, gzip or xz, recognised by content and not by name.

    Texts are in NFC. Rows without any value are skipped. A row with too many or too few cells has a `fault`, and the cells
    that fit a column; cells without a column do no harm when they are empty. Of columns with the same name, or with none,
    the last one has the cell. Raises `HistoryUnreadable` for a file that is missing, empty, damaged, cut short, in another
    encoding, or that lacks one of the `required` columns or has it twice; what was yielded before stays valid.
    """
    path = Path(path)
    line = 0
    try:
        with _opened(path) as stream:
            reader = csv.reader(_lines(stream, path, encoding), delimiter=delimiter, strict=True)
            header = next((cells for cells in reader if any(map(str.strip, cells))), None)
            if header is None:
                raise HistoryUnreadable(path, None, "the file is empty")
            header = [name.strip() for name in _composed(header)]
            _check_header(path, reader.line_num, header, required, delimiter)
            line, width = reader.line_num, len(header)
            # a row may end before the columns that have no name
            least = max(place for place, name in enumerate(header, 1) if name)
            for cells in reader:
                line = reader.line_num
                if not any(map(str.strip, cells)):
                    continue
                fault = None
                if len(cells) != width and (len(cells) < least or any(map(str.strip, cells[width:]))):
                    fault = f"{len(cells)} columns where the header has {width}"
                yield Row(line, dict(zip(header, _composed(cells), strict=False)), fault)
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


def _lines(stream: BinaryIO, path: Path, encoding: str) -> Iterator[str]:
    """The file's lines without a byte order mark; a line that names Excel's delimiter is blank."""
    lines = _decoded(stream, path) if encoding == UTF_8 else _decoded_as(encoding, stream, path)
    first = next(lines, "").removeprefix(BYTE_ORDER_MARK)
    yield "\n" if _EXCELS_DELIMITER.fullmatch(first) else first
    yield from lines


def _decoded(stream: BinaryIO, path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, decoded one by one so that a wrong byte is reported with its line."""
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise HistoryUnreadable(path, 1, f"the text is UTF-16; {REMEDY}")
        try:
            text = raw.decode(UTF_8)
        except UnicodeDecodeError as fault:
            if len(raw) == LONGEST_LINE:
                raise _too_long(path, number) from None
            found = f"byte 0x{raw[fault.start]:02x} at position {fault.start + 1}"
            raise HistoryUnreadable(path, number, f"the text is not UTF-8 ({found}); {REMEDY}") from None
        if len(raw) == LONGEST_LINE:
            raise _too_long(path, number)
        yield text


def _decoded_as(encoding: str, stream: BinaryIO, path: Path) -> Iterator[str]:
    """The lines of a file in the encoding that its mapping names."""
    number = 0
    with io.TextIOWrapper(stream, encoding, newline="") as decoded:
        while True:
            number += 1
            try:
                text = decoded.readline(LONGEST_LINE)
            except UnicodeError as fault:
                raise HistoryUnreadable(path, number, f"the text is not {encoding} ({fault}); {REMEDY}") from None
            if len(text) == LONGEST_LINE:
                raise _too_long(path, number)
            if not text:
                return
            yield text


def _too_long(path: Path, line: int) -> HistoryUnreadable:
    return HistoryUnreadable(path, line, "a line of more than 1 MiB: this is not a table of updates")


def _composed(cells: list[str]) -> list[str]:
    """The cells in NFC, so that a name is the same text in the file and in the mapping."""
    if "".join(cells).isascii():
        return cells
    return [normalize("NFC", cell) for cell in cells]


def _check_header(path: Path, line: int, header: list[str], required: Iterable[str], delimiter: str) -> None:
    needed = set(required)
    twice = {name for name, following in pairwise(sorted(header)) if name == following and name in needed}
    if twice:
        raise HistoryUnreadable(path, line, f"the header names a column twice: {', '.join(sorted(twice))}")
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
