"""`zeven events tail` and `zeven rebuild`: every event once, in order."""

import json

import httpx2
import pytest

from cli import terminal
from tests.cli.pretended import Pretended, event, rebuild


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
    assert len(platform.requests) < 60


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
    output = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert output == ["service_level-10", "incident-100", "incident-101", "service_level-11"]


def test_a_line_says_when_who_what_and_which_record(platform: Pretended) -> None:
    data = {"number": "INC-000042 [b]", "state": "recovered", "priority": "P2"}
    platform.feeds = {
        "incident": [event("incident", 1, minute(1), type="incident.recovered.v1", data=data, historical=True)]
    }
    output = platform.zeven("events", "tail").stdout
    assert " ".join(output.split()) == (
        "2026-11-23 10:01:00.000Z incident incident.recovered.v1 INC-000042 [b] recovered P2 by admin chain historical"
    )
    assert output.count("\n") == 1


def test_rebuild_starts_the_job_and_follows_it_to_its_end(platform: Pretended) -> None:
    result = platform.zeven("rebuild", "service-level")
    assert (result.exit_code, platform.requests.count(("POST", "/service-level/v1/rebuild"))) == (0, 1)
    assert "rebuilding service_level: 1,500 of 2,000" in result.stderr
    assert "governance 1,000 100" in " ".join(result.stdout.split())
    assert "service_level is rebuilt." in result.stdout
    assert not any("events" in path for _, path in platform.requests), "no event goes through the client"


def test_a_service_that_derives_nothing_cannot_be_rebuilt(platform: Pretended) -> None:
    result = platform.zeven("rebuild", "governance")
    assert (result.exit_code, "governance derives nothing from events" in result.stderr) == (1, True)
    result = platform.zeven("rebuild", "knowledge")
    assert (result.exit_code, "This platform has no knowledge" in result.stderr) == (1, True)
    assert platform.zeven("rebuild", "nonsense").exit_code == 2


def test_a_rebuild_that_fails_says_why_and_that_nothing_was_lost(platform: Pretended) -> None:
    reason = "incident answers 503"
    platform.rebuilding = iter([rebuild(), rebuild("running", 10), rebuild("failed", 10, reason=reason)])
    result = platform.zeven("rebuild", "service_level")
    assert result.exit_code == 1
    assert f"service_level was not rebuilt, and keeps what it had: {reason}." in result.stderr


def test_a_rebuild_with_events_that_failed_ends_with_one(platform: Pretended) -> None:
    platform.rebuilding = iter([rebuild(), rebuild("completed", 10, dead_letters=1200)])
    result = platform.zeven("rebuild", "service_level")
    assert (result.exit_code, "service_level is rebuilt." in result.stdout) == (1, True)
    assert "1,200 events could not be handled; `zeven dead-letters list` shows why." in result.stderr


def test_a_rebuild_that_runs_already_is_followed(platform: Pretended) -> None:
    platform.rebuilds = [next(platform.rebuilding)]
    result = platform.zeven("rebuild", "service_level")
    assert (result.exit_code, "is being rebuilt already, since 2026-11-23T09:00:00Z by admin" in result.stderr) == (
        0,
        True,
    )
    assert "service_level is rebuilt." in result.stdout


def test_a_rebuild_whose_token_ends_goes_on_with_a_new_one(platform: Pretended) -> None:
    def end(request: httpx2.Request) -> None:
        if request.url.path.endswith("/continue") and not platform.valid.isdisjoint({"token-1"}):
            platform.valid = set()

    platform.interrupt = end
    platform.rebuilding = iter(
        [rebuild(), rebuild("waiting", 500), rebuild("running", 500), rebuild("completed", 1000, 1000)]
    )
    result = platform.zeven("rebuild", "service_level")
    assert (result.exit_code, platform.tokens) == (0, 2)
    assert "service_level is rebuilt." in result.stdout


def test_a_token_that_cannot_be_renewed_does_not_make_it_ask_for_ever(platform: Pretended) -> None:
    waiting = [rebuild("waiting", 500, reason="the token has ended"), rebuild("running", 500)]
    platform.rebuilding = iter([rebuild(), *waiting, *waiting, *waiting])
    result = platform.zeven("rebuild", "service_level")
    assert (result.exit_code, "the token has ended" in result.stderr) == (1, True)


def test_a_rebuild_goes_on_when_the_command_is_stopped(platform: Pretended) -> None:
    def stop(request: httpx2.Request) -> None:
        if request.method == "GET" and request.url.path.endswith("/rebuild/r1"):
            raise KeyboardInterrupt

    platform.interrupt = stop
    result = platform.zeven("rebuild", "service_level")
    assert result.exit_code == 130
    assert "The rebuild of service_level continues; `zeven rebuild service_level` shows its progress." in result.stderr


def test_progress_is_told_in_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("counting", 1000) as reach:
        for done in range(0, 1001, 50):
            reach(done)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"counting: {done:,} of 1,000" for done in range(100, 1001, 100)]
