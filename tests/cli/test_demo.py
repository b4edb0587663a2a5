"""`zeven demo` and `zeven demo-data`: an invented history is imported, and its figures are shown."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cli import demo
from cli.demo.organisation import Founder, Hospital
from cli.demo_data.hospital import CALLERS, STAFF
from cli.demo_data.hospital import SERVICES as OFFERED
from cli.demo_data.organisation import TEAM_SIZES
from cli.durations import format_duration
from tests.cli.pretended import Pretended

HOSPITAL_ID = "019acd5e-2c00-7000-8000-00000000d3e0"
SPAN = {"count": 9, "sum_seconds": 10, "mean_seconds": 93_600, "median_seconds": 1500, "p90_seconds": 415_632}
PERFORMANCE = {
    "incidents": 10,
    "by_priority": {"P1": 2, "P3": 8},
    "time_to_respond": SPAN,
    "time_to_restore": SPAN | {"count": 1234},
    "time_to_close": SPAN | {"count": 0, "mean_seconds": None, "median_seconds": None, "p90_seconds": None},
    "reopened_incidents": 3,
    "reopens": 4,
    "handovers": 5,
    "incidents_paused_for_user": 6,
    "monthly": {
        "2026-05": {"registered": 0, "recovered": 0, "closed": 1, "backlog_end": 2},
        "2026-04": {"registered": 10, "recovered": 8, "closed": 7, "backlog_end": 3},
        "2026-06": {"registered": 0, "recovered": 0, "closed": 0, "backlog_end": 2},
    },
}


def incident(number: int, state: str, created_at: str, reason: str | None = None) -> dict[str, Any]:
    return {
        "number": f"INC-{number:06}",
        "state": state,
        "pending_reason": reason,
        "priority": None if number == 2 else "P3",
        "created_at": created_at,
        "title": f"Incident {number}",
    }


@pytest.fixture
def simulations(platform: Pretended, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The simulations that were requested; the hospital is there, and its day has begun (tests/life/test_demo.py)."""
    ids = dict.fromkeys((person.username for person in (*STAFF, *CALLERS)), HOSPITAL_ID)
    services = {offer.name: HOSPITAL_ID for offer in OFFERED}
    hospital = Hospital(people=ids, services=services, teams=dict.fromkeys(TEAM_SIZES, HOSPITAL_ID))
    monkeypatch.setattr(Founder, "create", lambda _: hospital)
    monkeypatch.setattr(demo, "begin_day", lambda *_: None)
    monkeypatch.setattr(demo, "_accounts", lambda *_: [])
    requests: list[dict[str, Any]] = []
    found = [
        incident(3, "pending", "2026-04-03T10:00:00Z", "user"),
        incident(1, "registered", "2026-04-01T10:00:00Z"),
        incident(2, "pending", "2026-04-02T10:00:00Z"),
    ]

    def simulate(request: httpx2.Request) -> dict[str, Any]:
        requests.append(json.loads(request.content))
        return {"met": 5, "met_by_priority": {"P1": 1, "P3": 4}, "elapsed_seconds_sum": 1}

    def listed(request: httpx2.Request) -> dict[str, Any]:
        if request.url.params.get("source"):
            return {"items": [], "next": None}
        return {"items": [one for one in found if one["state"] == request.url.params["state"]], "next": None}

    platform.pages = {
        "/service-level/v1/performance": lambda _: PERFORMANCE,
        "/service-level/v1/simulations": simulate,
        "/incident/v1/incidents": listed,
    }
    return requests


def test_demo_imports_a_history_and_prints_the_service_report(platform: Pretended, simulations: list[Any]) -> None:
    result = platform.zeven("demo", "--incidents", "20")
    output = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert len(platform.held) == 20
    assert "20 incidents imported" in output
    assert "registered to first response 9 25 min 1 d 2 h 4 d 19 h" in output
    assert "registered to closed 0 – – –" in output
    assert "day and night 50 % – 50 % – 50 %" in output
    assert "2026-04 10 8 7 3 2026-05 0 0 1 2" in output
    assert "2026-06" not in output
    assert (
        output.index("INC-000001") < output.index("INC-000002 – pending") < output.index("INC-000003 P3 pending: user")
    )
    assert "http://zeven.example/service-level/docs" in output


def test_the_office_calendar_leaves_out_the_years_public_holidays(platform: Pretended, simulations: list[Any]) -> None:
    platform.zeven("demo", "--incidents", "1")
    day_and_night, office = simulations
    assert "2026-04-27" in office["calendar"]["holidays"]
    assert set(office["calendar"]["hours"]) == {"monday", "tuesday", "wednesday", "thursday", "friday"}
    assert len(day_and_night["calendar"]["hours"]) == 7
    assert office["targets_seconds"] == {"P1": 14_400, "P2": 28_800, "P3": 86_400, "P4": 172_800}


def test_a_second_demo_changes_nothing(platform: Pretended, simulations: list[Any]) -> None:
    platform.zeven("demo", "--incidents", "20")
    result = platform.zeven("demo", "--incidents", "20")
    assert "0 incidents imported" in result.stdout
    assert "20 were imported before." in result.stdout


def test_the_invented_numbers_never_meet_those_of_a_real_log(platform: Pretended, simulations: list[Any]) -> None:
    platform.zeven("demo", "--incidents", "5")
    assert {body["source"] for body in platform.bodies} == {"demo"}


def test_demo_data_writes_a_file_and_says_how_to_import_it(bare: Path, platform: Pretended) -> None:
    result = platform.zeven("demo-data", "--seed", "3", "--incidents", "12", "--out", "mine.csv")
    assert result.exit_code == 0
    assert "`zeven import incidents mine.csv --mapping uci --source demo`" in result.stdout
    assert (bare / "mine.csv").read_text().count("\n") > 12
    result = platform.zeven("demo-data", "--out", "nowhere/mine.csv")
    assert (result.exit_code, "nowhere/mine.csv cannot be written: No such file" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 s"),
        (59.6, "1 min"),
        (1500, "25 min"),
        (3600, "1 h"),
        (86_400, "1 d"),
        (93_600, "1 d 2 h"),
        (86_460, "1 d"),
        (-90, "-1 min 30 s"),
    ],
)
def test_spans_are_said_in_their_two_largest_units(seconds: float | None, words: str) -> None:
    assert format_duration(seconds) == words
