"""The calculator is right: compared with figures computed by hand, and with the real sample's where that is available."""

import json
import os
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cli.demo_data import write
from tests.data.calculator import expected, half_up, office_hours, percentile
from tests.data.log import row, write_log

HOUR = 3600

if REAL := os.environ.get("ZEVEN_TEST_HISTORY"):
    KNOWN: dict[str, Any] = json.loads((Path(REAL) / "expected.json").read_text())

    @cache
    def calculated() -> dict[str, Any]:
        (history,) = Path(REAL or "").glob("*.csv.gz")
        return expected(history)

    @pytest.mark.parametrize("figure", KNOWN)
    def test_the_real_sample_gives_the_known_figure(figure: str) -> None:
        assert calculated()[figure] == KNOWN[figure]

    def test_the_real_sample_gives_no_other_figure() -> None:
        assert set(calculated()) == set(KNOWN)


def test_one_ordinary_incident_gives_the_figures_worked_out_by_hand(tmp_path: Path) -> None:
    # Monday 2 March 2026, 09:00 in Amsterdam is 08:00 UTC
    opened = "2/3/2026 08:00"
    figures = expected(
        write_log(
            tmp_path / "log.csv",
            [
                row("A", opened, "2/3/2026 08:00", "New", assignment_group="Desk"),
                row("A", opened, "2/3/2026 08:10", "Active", assignment_group="Network"),
                row("A", opened, "2/3/2026 09:00", "Awaiting User Info", assignment_group="?"),
                row("A", opened, "3/3/2026 09:00", "Active", assignment_group="Desk"),
                row("A", opened, "3/3/2026 18:00", "Resolved", assignment_group="Desk"),
                row("A", opened, "8/3/2026 18:00", "Closed", assignment_group="Desk"),
            ],
        )
    )
    ten_hours_on_three_march = 10 * HOUR
    assert figures["time_to_respond"]["sum_seconds"] == 600
    assert figures["time_to_restore"]["median_seconds"] == 34 * HOUR
    assert figures["time_to_close"]["p90_seconds"] == (6 * 24 + 10) * HOUR
    assert figures["handovers"] == 2
    assert figures["incidents_paused_for_user"] == 1
    assert figures["by_priority"] == {"P1": 0, "P2": 0, "P3": 1, "P4": 0}
    assert figures["restore_clock"]["24x7"]["elapsed_seconds_sum"] == ten_hours_on_three_march
    # one hour on Monday; on Tuesday from 10:00 to the close at 18:00 local time
    assert figures["restore_clock"]["office"]["elapsed_seconds_sum"] == 9 * HOUR
    assert figures["restore_clock"]["office"]["met_by_priority"] == {"P1": 0, "P2": 0, "P3": 1, "P4": 0}
    assert figures["state_changes"] == {
        "in_recovery -> pending:user": 1,
        "in_recovery -> recovered": 1,
        "pending:user -> in_recovery": 1,
        "recovered -> closed": 1,
        "registered -> in_recovery": 1,
    }


def test_a_reopened_incident_counts_to_its_last_recovery_and_the_standstill_between_is_free(tmp_path: Path) -> None:
    opened = "1/6/2026 08:00"
    figures = expected(
        write_log(
            tmp_path / "log.csv",
            [
                row("A", opened, "1/6/2026 09:00", "Resolved", impact="1 - High", urgency="1 - High"),
                row("A", opened, "2/6/2026 09:00", "Active", impact="1 - High", urgency="1 - High"),
                row("A", opened, "2/6/2026 12:00", "Resolved", impact="1 - High", urgency="1 - High"),
                row("A", opened, "2/6/2026 13:00", "Closed", impact="1 - High", urgency="1 - High"),
                row("A", opened, "2/6/2026 14:00", "Active", impact="1 - High", urgency="1 - High"),
                row("A", opened, "2/6/2026 14:00", "Closed", impact="1 - High", urgency="1 - High"),
            ],
        )
    )
    assert (figures["reopens"], figures["reopened_incidents"]) == (2, 1)
    assert figures["time_to_restore"]["sum_seconds"] == 28 * HOUR
    assert figures["time_to_close"]["sum_seconds"] == 30 * HOUR
    assert figures["restore_clock"]["24x7"] == {
        "elapsed_seconds_sum": 4 * HOUR,
        "met": 1,
        "met_by_priority": {"P1": 1, "P2": 0, "P3": 0, "P4": 0},
    }


def test_rows_count_at_their_own_time_and_none_before_the_registration(tmp_path: Path) -> None:
    figures = expected(
        write_log(
            tmp_path / "log.csv",
            [
                row("A", "1/6/2026 10:00", "1/6/2026 09:00", "Active"),
                row("A", "1/6/2026 10:00", "1/6/2026 12:00", "-100"),
                row("A", "1/6/2026 10:00", "1/6/2026 11:00", "Resolved"),
            ],
        )
    )
    assert figures["time_to_respond"]["sum_seconds"] == 0
    assert figures["time_to_restore"]["sum_seconds"] == HOUR
    assert figures["state_changes"] == {"in_recovery -> recovered": 1, "registered -> in_recovery": 1}


def test_the_backlog_holds_what_is_registered_and_not_yet_closed_through_empty_months(tmp_path: Path) -> None:
    figures = expected(
        write_log(
            tmp_path / "log.csv",
            [
                row("A", "30/1/2026 08:00", "30/1/2026 08:00", "New"),
                row("A", "30/1/2026 08:00", "31/1/2026 23:59", "Resolved"),
                row("A", "30/1/2026 08:00", "1/3/2026 00:00", "Closed"),
                row("B", "31/1/2026 08:00", "31/1/2026 08:00", "New"),
            ],
        )
    )
    assert figures["monthly"] == {
        "2026-01": {"registered": 2, "recovered": 1, "closed": 0, "backlog_end": 2},
        "2026-02": {"registered": 0, "recovered": 0, "closed": 0, "backlog_end": 2},
        "2026-03": {"registered": 0, "recovered": 0, "closed": 1, "backlog_end": 1},
    }


def test_an_incident_whose_clock_still_runs_has_no_verdict(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", [row("A", "1/6/2026 10:00", "1/6/2026 10:05", "Active")])
    assert expected(log)["restore_clock"]["24x7"]["elapsed_seconds_sum"] == 0
    assert expected(log)["restore_clock"]["24x7"]["met"] == 0


def test_percentiles_interpolate_and_halves_round_upwards() -> None:
    assert half_up(percentile([0, 60], Fraction(1, 2))) == 30
    assert percentile([0, 100, 200, 300], Fraction(9, 10)) == 270
    assert [half_up(Fraction(value, 2)) for value in (1, 2, 3, 5)] == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ((2026, 4, 24, 15), (2026, 4, 28, 7), 2),  # Friday 17:00 to Tuesday 09:00 local, Monday is King's Day
        ((2026, 3, 27, 16), (2026, 3, 30, 7), 2),  # over the night in which summer time begins
        ((2026, 10, 23, 15), (2026, 10, 26, 8), 2),  # and over the one in which it ends
        ((2026, 6, 6, 6), (2026, 6, 7, 22), 0),
    ],
)
def test_office_hours_know_weekends_holidays_and_both_clock_changes(
    start: tuple[int, int, int, int], end: tuple[int, int, int, int], hours: int
) -> None:
    assert office_hours(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC)) == hours * HOUR


def test_the_generated_history_adds_up(tmp_path: Path) -> None:
    log = tmp_path / "demo.csv.gz"
    rows = write(log)
    figures = expected(log)
    assert (figures["incidents"], figures["events"]) == (1000, rows)
    assert sum(figures["by_priority"].values()) == 1000
    assert sum(month["registered"] for month in figures["monthly"].values()) == 1000
    assert sum(month["closed"] for month in figures["monthly"].values()) == figures["time_to_close"]["count"]
    assert list(figures["monthly"].values())[-1]["backlog_end"] == 1000 - figures["time_to_close"]["count"]
    assert (
        figures["restore_clock"]["24x7"]["elapsed_seconds_sum"]
        > figures["restore_clock"]["office"]["elapsed_seconds_sum"]
    )
    assert figures["restore_clock"]["office"]["met"] > figures["restore_clock"]["24x7"]["met"]
    assert sum(count for change, count in figures["state_changes"].items() if change.startswith("registered ->")) >= 990
