"""The report of a comparison of two checkouts."""

from datetime import date
from pathlib import Path

import pytest

from tests.bench.report import AFTER, BEFORE, MARKERS, NEIGHBOURS, Figures, number


@pytest.fixture
def figures() -> Figures:
    return Figures("a machine", date(2026, 11, 28))


def compared(figures: Figures, before: list[float], after: list[float], better: str) -> None:
    for side, values in ((BEFORE, before), (AFTER, after)):
        for value in values:
            figures.add("Table: of figures", "row", side, p99_ms=(value, better))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "better", "worse"),
    [
        ([100.0], [109.0], "less", False),
        ([100.0], [111.0], "less", True),
        ([100.0], [91.0], "more", False),
        ([100.0], [89.0], "more", True),
        ([100.0], [500.0], "neither", False),
        ([0.0], [5.0], "less", False),
        # one bad round of three is noise of the machine
        ([100.0, 100.0, 100.0], [100.0, 300.0, 101.0], "less", False),
        ([100.0, 200.0], [120.0, 240.0], "less", True),
    ],
)
def test_what_got_worse_by_more_than_a_tenth_is_named(
    figures: Figures, before: list[float], after: list[float], better: str, worse: bool
) -> None:
    compared(figures, before, after, better)
    assert bool(figures.worse()) == worse
    named = [line for line in figures.summary() if line.startswith("* Table: row, p99 ms")]
    assert bool(named) == worse


def test_waiting_times_beyond_what_either_sustained_are_not_compared(figures: Figures) -> None:
    for side, waited, answered in ((BEFORE, 100.0, 400), (AFTER, 900.0, 300)):
        for row in ("embedded, 300 calls/s", "embedded, 600 calls/s"):
            figures.add("Table: of rates", row, side, p50_ms=(waited, "less"), answered_per_s=(answered, "more"))
    figures.beyond.add("embedded, 600 calls/s")
    named = {(change.measure.row, change.measure.column) for change in figures.worse()}
    assert named == {
        ("embedded, 300 calls/s", "p50 ms"),
        ("embedded, 300 calls/s", "answered/s"),
        ("embedded, 600 calls/s", "answered/s"),
    }


def test_a_table_shows_both_checkouts_and_their_ratio(figures: Figures) -> None:
    compared(figures, [100.0, 110.0], [50.0, 55.0], "less")
    assert "| row | 105 → 52.5 (0.50) |" in next(figures.tables())


def test_one_checkout_alone_has_figures_and_no_comparison(figures: Figures) -> None:
    figures.add("Table: of figures", "row", "now", p99_ms=(12.345, "less"))
    assert "| row | 12.3 |" in next(figures.tables())
    assert figures.summary() == []


def test_a_caller_that_slows_another_one_down_is_named(figures: Figures) -> None:
    for kind, times in (("lists", 1.4), ("passwords", 2.5)):
        figures.add(NEIGHBOURS, kind, "now", times=(times, "less"), p95_with_ms=(100.0, "less"))
    assert [line for line in figures.summary() if line.startswith("*")] == ["* passwords: 2.50 times"]


def test_figures_are_written_between_their_markers_alone(figures: Figures, tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"above\n{MARKERS[0]}\nold\n{MARKERS[1]}\nbelow\n", "utf-8")
    compared(figures, [100.0], [150.0], "less")
    figures.write(page)
    text = page.read_text("utf-8")
    assert text.startswith(f"above\n{MARKERS[0]}\nMeasured on 2026-11-28")
    assert text.endswith(f"{MARKERS[1]}\nbelow\n")
    assert "old" not in text
    assert "100 → 150 (1.50)" in text


def test_a_document_that_is_not_there_is_made(figures: Figures, tmp_path: Path) -> None:
    compared(figures, [100.0], [150.0], "less")
    figures.write(tmp_path / "new.md")
    assert "100 → 150 (1.50)" in (tmp_path / "new.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (3, "3"), (0.567, "0.57"), (12.345, "12.3"), (1234.5, "1,234"), (2.0, "2")]
)
def test_numbers_have_three_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text
