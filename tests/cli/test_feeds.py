"""`zeven events tail` and `zeven rebuild`: every event once, in order."""

import json

import httpx2
import pytest

from cli import rebuilding, terminal
from tests.cli.pretended import Pretended, event


def minute(number: int) -> str:
    return f"2026-11-23T{10 + number // 60:02}:{number % 60:02}:00Z"


@pytest.fixture
def feeds(platform: Pretended) -> Pretended:
    # positions have gaps, and every third minute something else happens
    platform.feeds = {
        "incident": [
            event("incident", 2 * n, minute(n), type="incident.recovered.v1" if n % 3 else "incident.registered.v1")
            for n in range(1, 51)
        ],
        "service_level": [event("service_level", n, minute(2 * n)) for n in range(1, 11)],
    }
    return platform


def tailed(platform: Pretended, *more: str) -> list[tuple[str, str]]:
    result = platform.zeven("events", "tail", "--json", *more)
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    return [(one["time"], one["id"]) for one in events]


def test_the_last_events_of_all_services_come_in_order_of_time(feeds: Pretended) -> None:
    found = tailed(feeds, "-n", "10")
    assert [time for time, _ in found] == sorted(time for time, _ in found)
    assert [one for _, one in found if one.startswith("incident")] == [f"incident-{2 * n}" for n in range(41, 51)]
    assert [one for _, one in found if one.startswith("service")] == [f"service_level-{n}" for n in range(1, 11)]


def test_one_service_and_one_type_can_be_asked_for(feeds: Pretended) -> None:
    assert tailed(feeds, "-n", "3", "--service", "service-level") == [
        (minute(2 * n), f"service_level-{n}") for n in (8, 9, 10)
    ]
    found = tailed(feeds, "-n", "4", "--type", "incident.registered.v1")
    assert [one for _, one in found] == [f"incident-{2 * n}" for n in (39, 42, 45, 48)]


def test_no_events_is_no_output(platform: Pretended) -> None:
    assert tailed(platform) == []


def test_the_end_of_a_long_feed_is_found_with_few_questions(platform: Pretended) -> None:
    platform.feeds = {"incident": [event("incident", n, minute(n % 600)) for n in range(1, 20_001)]}
    assert len(tailed(platform, "-n", "5", "--service", "incident")) == 5
    assert len(platform.asked) < 60


def test_following_tells_each_new_event_once_until_ctrl_c(feeds: Pretended) -> None:
    def come(_: httpx2.Request) -> None:
        if len(feeds.slept) == 2 and len(feeds.feeds["service_level"]) == 10:
            feeds.feeds["service_level"].append(event("service_level", 11, minute(101)))
            feeds.feeds["incident"].append(event("incident", 101, minute(100)))
        if len(feeds.slept) == 5:
            raise KeyboardInterrupt

    feeds.interrupt = come
    result = feeds.zeven("events", "tail", "-f", "-n", "1", "--json")
    assert result.exit_code == 130
    told = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert told == ["service_level-10", "incident-100", "incident-101", "service_level-11"]


def test_a_line_says_when_who_what_and_which_record(platform: Pretended) -> None:
    data = {"number": "INC-000042 [b]", "state": "recovered", "priority": "P2"}
    platform.feeds = {
        "incident": [event("incident", 1, minute(1), type="incident.recovered.v1", data=data, historical=True)]
    }
    told = platform.zeven("events", "tail").stdout
    assert " ".join(told.split()) == (
        "2026-11-23 10:01:00.000Z incident incident.recovered.v1 INC-000042 [b] recovered P2 by admin chain historical"
    )
    assert told.count("\n") == 1


def test_rebuild_forgets_then_folds_every_feed_in_order(feeds: Pretended, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds.feeds["incident"] = [event("incident", n, minute(1)) for n in range(1, 2501)]
    result = feeds.zeven("rebuild", "service-level")
    assert result.exit_code == 0
    assert feeds.forgotten == ["service_level"]
    expected = [
        one["id"] for source in ("governance", "incident", "service_level") for one in feeds.feeds.get(source, [])
    ]
    assert feeds.folded == {"service_level": expected}
    assert "incident 2,500 2,500" in " ".join(result.stdout.split())
    assert "service_level is built again." in result.stdout


def test_no_request_of_a_rebuild_is_larger_than_the_service_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [event("incident", n, minute(1), data={"text": "x" * 1000}) for n in range(10)]
    monkeypatch.setattr(rebuilding, "LARGEST_BODY", 3000)
    bodies = list(rebuilding.bodies(events))
    assert [one for body in bodies for one in json.loads(body)["events"]] == events
    assert max(map(len, bodies)) < 3100


def test_a_service_that_derives_nothing_cannot_be_rebuilt(platform: Pretended) -> None:
    result = platform.zeven("rebuild", "governance")
    assert (result.exit_code, "governance derives nothing from events" in result.stderr) == (1, True)
    result = platform.zeven("rebuild", "knowledge")
    assert (result.exit_code, "This platform has no knowledge" in result.stderr) == (1, True)
    assert platform.zeven("rebuild", "nonsense").exit_code == 2


def test_a_rebuild_that_breaks_off_says_how_to_end_it(feeds: Pretended) -> None:
    feeds.interrupt = lambda request: httpx2.Response(400) if request.url.path.endswith("/rebuild/events") else None
    result = feeds.zeven("rebuild", "service_level")
    assert result.exit_code == 1
    assert "service_level is built half: run `zeven rebuild service_level` again." in result.stderr


def test_progress_is_told_in_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("counting", 1000) as reach:
        for done in range(0, 1001, 50):
            reach(done)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"counting: {done:,} of 1,000" for done in range(100, 1001, 100)]
