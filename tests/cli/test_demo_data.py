"""The generated history: identical in every run, in the log's layout, and as irregular as a real organisation's."""

import gzip
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cli.demo_data import DAYS, START, generate, write
from cli.history import History, load_mapping, read_histories, read_rows
from tests.data.calculator import expected
from tests.data.log import HEADER

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def history() -> Rows:
    return list(generate())


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def registrations(history: Rows) -> list[datetime]:
    zone = ZoneInfo("Europe/Amsterdam")
    return [moment(one["opened_at"]).astimezone(zone) for one in history if one["sys_mod_count"] == "0"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name in ("one.csv.gz", "two.csv.gz"):
        write(tmp_path / name, incidents=50)
    write(tmp_path / "other.csv.gz", seed=8, incidents=50)
    one, two, other = ((tmp_path / name).read_bytes() for name in ("one.csv.gz", "two.csv.gz", "other.csv.gz"))
    assert one == two != other
    flags_and_time = one[3:8]
    assert flags_and_time == bytes(5), "no file name and no time of writing in the gzip header"


def test_plain_and_compressed_hold_the_same_text_under_the_logs_header(tmp_path: Path) -> None:
    rows = write(tmp_path / "log.csv", incidents=20)
    write(tmp_path / "log.csv.gz", incidents=20)
    plain = (tmp_path / "log.csv").read_bytes()
    assert gzip.decompress((tmp_path / "log.csv.gz").read_bytes()) == plain
    assert plain.splitlines()[0].decode() == ",".join(HEADER)
    assert rows == len(plain.splitlines()) - 1 == sum(1 for _ in read_rows(tmp_path / "log.csv"))


def test_rows_lie_together_and_time_runs_forward_within_the_four_months(history: Rows) -> None:
    keys = [key for key, _ in groupby(history, key=lambda one: one["number"])]
    assert len(keys) == len(set(keys)) == 1000
    opened = registrations(history)
    assert opened == sorted(opened)
    end = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=DAYS)
    for _, rows in groupby(history, key=lambda one: one["number"]):
        times = [moment(one["sys_updated_at"]) for one in rows]
        assert times == sorted(times)
        assert times[-1] < end


def test_calls_come_on_working_days_and_in_working_hours_and_hardly_on_holidays(history: Rows) -> None:
    opened = registrations(history)
    days = Counter(at.weekday() for at in opened)
    assert min(days[day] for day in range(5)) > 5 * max(days[5], days[6])
    assert sum(8 <= at.hour < 18 for at in opened) > 850
    kings_day = date(2026, 4, 27)
    a_week_later = kings_day + timedelta(days=7)
    busy = Counter(at.date() for at in registrations(list(generate(incidents=5000))))
    assert busy[kings_day] < busy[a_week_later] / 5


def test_every_kind_of_course_occurs_in_a_believable_share(tmp_path: Path) -> None:
    write(tmp_path / "log.csv.gz")
    figures = expected(tmp_path / "log.csv.gz")
    assert 40 <= figures["reopened_incidents"] <= 85
    assert 200 <= figures["incidents_paused_for_user"] <= 350
    assert 250 <= figures["handovers"] <= 900
    assert figures["by_priority"]["P3"] > 700 > figures["by_priority"]["P4"] > figures["by_priority"]["P1"] > 10
    assert figures["state_changes"]["pending:user -> recovered"] >= 25, "users who never answer"
    assert figures["state_changes"]["in_recovery -> pending:supplier"] >= 10
    assert figures["state_changes"]["in_recovery -> pending:problem"] >= 5
    assert figures["state_changes"]["closed -> in_recovery"] >= 3
    assert 20 <= list(figures["monthly"].values())[-1]["backlog_end"] <= 120, "open loops remain"


def test_an_outcome_stands_in_every_row_and_belongs_to_the_last_state(history: Rows) -> None:
    for _, rows in groupby(history, key=lambda one: one["number"]):
        *_, last = one_incident = list(rows)
        assert len({(one["resolved_at"], one["closed_at"]) for one in one_incident}) == 1
        assert (last["closed_at"] != "?") == (last["incident_state"] == "Closed")
        assert (last["resolved_at"] != "?") == (last["incident_state"] in ("Resolved", "Closed"))


def test_the_mapping_takes_every_generated_incident(tmp_path: Path) -> None:
    rows = write(tmp_path / "log.csv.gz")
    histories = list(read_histories(tmp_path / "log.csv.gz", load_mapping("uci")))
    assert [one for one in histories if not isinstance(one, History)] == []
    assert (len(histories), sum(one.rows for one in histories)) == (1000, rows)


def test_more_incidents_make_the_same_months_busier() -> None:
    many = list(generate(incidents=4000, start=date(2025, 9, 1), days=60))
    opened = registrations(many)
    assert len(opened) == 4000
    assert {at.date() for at in opened} <= {date(2025, 9, 1) + timedelta(days=day) for day in range(60)}
