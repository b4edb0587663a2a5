"""Reading: plain and compressed files give the same history, and a damaged file is reported with line and remedy."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.history import HistoryUnreadable, Skip, load_mapping, map_file, read_histories, read_rows
from tests.data.log import HEADER, row, write_log

UCI = load_mapping("uci")
OPENED = "29/2/2016 06:58"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rows = [
        row(f"INC{number:04}", OPENED, "1/3/2016 10:00", state, location="Café Noord")
        for number in range(2000)
        for state in ("New", "Active", "Resolved")
    ]
    return write_log(tmp_path / "log.csv", rows)


def compressed_with_gzip(content: bytes) -> bytes:
    return gzip.compress(content)


def with_a_mark(content: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content


def with_blank_lines(content: bytes) -> bytes:
    return content.replace(b"\n", b"\n\r\n", 3)


@pytest.mark.parametrize("wrapped", [compressed_with_gzip, lzma.compress, with_a_mark, with_blank_lines])
def test_the_same_rows_come_out_however_the_file_is_wrapped(log: Path, wrapped: Callable[[bytes], bytes]) -> None:
    plain = [one.cells for one in read_rows(log)]
    other = log.with_name("other")
    other.write_bytes(wrapped(log.read_bytes()))
    assert [one.cells for one in read_rows(other)] == plain
    assert len(plain) == 6000


def latin(content: bytes) -> bytes:
    lines = content.split(b"\r\n")
    lines[5] = lines[5].decode().encode("latin-1")
    return b"\r\n".join(lines)


def without_impact(content: bytes) -> bytes:
    return content.replace(b",impact,", b",weight,", 1)


def in_utf_16(content: bytes) -> bytes:
    return content.decode().encode("utf-16")


@pytest.mark.parametrize(
    ("damage", "line", "why"),
    [
        (latin, 6, "not UTF-8 (byte 0xe9"),
        (in_utf_16, 1, "UTF-16; save it as UTF-8"),
        (without_impact, 1, "columns missing: impact"),
        (lambda content: content.replace(b",", b";"), 1, "separated by semicolons"),
        (lambda content: content.replace(b"impact,urgency", b"impact,impact", 1), 1, "names a column twice: impact"),
        (lambda _: b"", None, "the file is empty"),
        (lambda _: b"\r\n\r\n", None, "the file is empty"),
        (lambda _: b"PK\x03\x04rest", None, "zip archive; unpack it"),
        (lambda content: content + b'"INC,', 6002, "not readable as CSV"),
        (lambda _: b"x" * 3_000_000, 1, "a line of more than 1 MiB"),
        (lambda content: b"\x1f\x8b" + content, 1, "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_line_and_reason(
    log: Path, damage: Callable[[bytes], bytes], line: int | None, why: str
) -> None:
    log.write_bytes(damage(log.read_bytes()))
    with pytest.raises(HistoryUnreadable) as refused:
        list(read_histories(log, UCI))
    assert refused.value.file == log
    assert refused.value.line == line
    assert why in refused.value.why
    assert str(log) in str(refused.value)


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_nothing_is_read_from_half_an_archive(log: Path, compress: Callable[[bytes], bytes]) -> None:
    packed = compress(log.read_bytes())
    log.write_bytes(packed[: len(packed) - len(packed) // 5])
    with pytest.raises(HistoryUnreadable, match="ends too early"):
        next(read_histories(log, UCI))


@pytest.mark.parametrize("kept", [2, 12, 80])
def test_a_plain_file_cut_within_a_row_costs_only_the_incident_of_that_row(log: Path, kept: int) -> None:
    whole = list(read_histories(log, UCI))
    content = log.read_bytes()
    last_row = content.rstrip().rfind(b"\n") + 1
    log.write_bytes(content[: last_row + kept])
    *before, last = read_histories(log, UCI)
    assert before == whole[:-1]
    assert isinstance(last, Skip)
    assert (last.key, last.rows, last.line) == ("INC1999", 3, 6001)
    assert f"columns where the header has {len(HEADER)}" in last.why


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_row_with_a_column_too_few_or_too_many_is_a_skip_of_its_incident(tmp_path: Path, line: int) -> None:
    rows = [row(key, OPENED, "1/3/2016 10:00", "New") for key in ("A", "B", "C")]
    log = write_log(tmp_path / "log.csv", rows)
    lines = log.read_text().splitlines()
    for damaged in (lines[line] + ",?", lines[line].removesuffix(",?")):
        log.write_text("\n".join([*lines[:line], damaged, *lines[line + 1 :]]))
        skips = [one for one in read_histories(log, UCI) if isinstance(one, Skip)]
        assert [(skip.key, skip.line) for skip in skips] == [("ABC"[line - 1], line + 1)]


def test_a_file_that_is_not_there_or_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryUnreadable, match="No such file"):
        map_file(tmp_path / "nowhere.csv", UCI)
    with pytest.raises(HistoryUnreadable, match="directory"):
        map_file(tmp_path, UCI)


def test_a_header_alone_is_a_history_of_nothing(tmp_path: Path) -> None:
    assert list(read_histories(write_log(tmp_path / "log.csv", []), UCI)) == []
