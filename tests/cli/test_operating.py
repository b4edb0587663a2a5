"""`zeven status`, `zeven dead-letters` and `zeven quarantine`: what an operator sees, and the exit codes."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.cli.pretended import Pretended, problem

FIRST, SECOND, NOWHERE = (str(UUID(int=number)) for number in (1, 2, 3))


def dead(event_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "state": "dead",
        "type": "incident.recovered.v1",
        "received_at": "2026-11-22T10:00:00Z",
        "dead_at": "2026-11-23T10:00:00Z",
        "attempts": 153,
        "last_error": "Traceback\n  somewhere\nKeyError: 'team [b]'",
        "envelope": {"id": event_id},
    }


def run(platform: Pretended, *arguments: str) -> tuple[int, str, str]:
    result = platform.zeven(*arguments)
    return result.exit_code, " ".join(result.stdout.split()), " ".join(result.stderr.split())


def test_status_shows_every_service_that_the_platform_has(platform: Pretended) -> None:
    code, output, complaint = run(platform, "status")
    assert (code, complaint) == (0, "")
    for service in platform.services:
        assert f"{service} ready 3 3 0.5 s 0 0 0" in output
    assert "knowledge" not in output


def test_status_needs_no_credentials(platform: Pretended) -> None:
    run(platform, "status")
    assert platform.tokens == 0


def test_status_names_the_version_and_the_commit_of_each_service(platform: Pretended) -> None:
    _, output, _ = run(platform, "status")
    assert "incident ready 3 3 0.5 s 0 0 0 1.2.3 0123456789ab" in output


def test_a_service_that_is_not_ready_is_named_with_its_failing_part(platform: Pretended) -> None:
    platform.unready = {"service_level": 503}
    code, output, complaint = run(platform, "status")
    assert code == 1
    assert "service_level not ready (database away)" in output
    assert complaint == "zeven: not ready: service_level."


def test_a_service_without_the_bus_is_ready_and_needs_attention(platform: Pretended) -> None:
    platform.cut_off = ("incident",)
    code, output, complaint = run(platform, "status")
    assert code == 1
    assert "incident ready, bus away 3 3 0.5 s 0 0 0" in output
    assert complaint == "zeven: incident: the bus is away; calls are answered, and events wait for it."


def test_a_service_behind_a_gateway_that_cannot_reach_it_is_away(platform: Pretended) -> None:
    platform.interrupt = lambda request: httpx2.Response(502) if request.url.path == "/incident/readyz" else None
    code, output, _ = run(platform, "status")
    assert code == 1
    assert "incident unavailable (502) ? ? ? ? ? ?" in output


def test_dead_letters_make_status_end_with_one(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(FIRST)]}
    code, _, complaint = run(platform, "status")
    assert (code, complaint) == (1, "zeven: dead letters in incident: `zeven dead-letters list` shows why.")


def test_behind_a_gateway_status_signs_in_to_see_what_died(platform: Pretended) -> None:
    platform.behind_a_gateway, platform.dead = True, {"incident": [dead(FIRST)]}
    code, output, complaint = run(platform, "status")
    assert "incident ready 3 3 0.5 s 0 1 0" in output
    assert (code, complaint) == (1, "zeven: dead letters in incident: `zeven dead-letters list` shows why.")


def test_status_says_when_it_is_not_shown_what_waits(
    platform: Pretended, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    platform.behind_a_gateway = True
    monkeypatch.delenv("ZEVEN_PASSWORD", raising=False)
    monkeypatch.setenv("ZEVEN_DATA", str(tmp_path))
    code, output, complaint = run(platform, "status")
    assert "incident ready ? ? ? ?" in output
    assert code == 1
    assert "only administrators and operators see waiting events and dead letters; set ZEVEN_PASSWORD" in complaint


def test_status_in_json_is_what_the_services_say(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(FIRST)]}
    result = platform.zeven("status", "--json")
    assert result.exit_code == 1
    output = json.loads(result.stdout)
    assert output["services"]["incident"]["delivery"]["dead_letters"] == 1
    assert set(output["services"]) == set(platform.services)


def test_nobody_there_is_one_line_that_helps(platform: Pretended) -> None:
    def refuse(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("Connection refused")

    platform.interrupt = refuse
    code, output, complaint = run(platform, "status")
    assert (code, output) == (1, "")
    assert complaint.startswith(
        "zeven: http://zeven.example cannot be reached (Connection refused). Is Zeven running there?"
    )
    assert platform.slept == []


def test_something_else_there_is_not_taken_for_a_platform(platform: Pretended) -> None:
    platform.interrupt = lambda _: httpx2.Response(200, text="<html>Welcome</html>")
    assert "no service of Zeven is at this address" in run(platform, "status")[2]
    assert "does not issue tokens as Zeven does" in run(platform, "token")[2]


def test_dead_letters_are_listed_with_the_last_line_of_the_reason(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(FIRST)], "service_level": [dead(SECOND)]}
    code, output, _ = run(platform, "dead-letters", "list")
    assert code == 0
    assert f"incident {FIRST} incident.recovered.v1 dead 2026-11-23 10:00:00Z 153 KeyError: 'team [b]'" in output
    assert SECOND in output
    only = run(platform, "dead-letters", "list", "--service", "service-level")[1]
    assert (FIRST in only, SECOND in only) == (False, True)
    assert len(json.loads(platform.zeven("dead-letters", "list", "--json").stdout)) == 2


def test_no_dead_letters_is_said(platform: Pretended) -> None:
    assert run(platform, "dead-letters", "list") == (0, "No dead letters.", "")


def test_one_dead_letter_is_shown_whole(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(SECOND), dead(FIRST)]}
    shown = json.loads(platform.zeven("dead-letters", "show", FIRST).stdout)
    assert shown == {"service": "incident", **dead(FIRST)}
    code, _, complaint = run(platform, "dead-letters", "show", NOWHERE)
    assert (code, complaint) == (1, f"zeven: No service has a dead letter {NOWHERE}.")


def test_a_dead_letter_is_retried_wherever_it_is_dead(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(FIRST), dead(SECOND)], "service_level": [dead(FIRST)]}
    code, output, _ = run(platform, "dead-letters", "retry", FIRST)
    assert (code, output) == (0, f"{FIRST} will be handled again by incident, service_level.")
    assert platform.dead == {"incident": [dead(SECOND)], "service_level": []}
    code, _, complaint = run(platform, "dead-letters", "retry", FIRST)
    assert (code, complaint) == (1, f"zeven: No service has a dead letter {FIRST}.")


def test_all_dead_letters_of_a_service_are_retried(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(FIRST), dead(SECOND)], "service_level": [dead(FIRST)]}
    assert (
        run(platform, "dead-letters", "retry", "--all", "incident")[1]
        == "2 dead letters of incident will be handled again."
    )
    assert platform.dead == {"incident": [], "service_level": [dead(FIRST)]}


def test_retry_wants_either_an_event_or_a_service(platform: Pretended) -> None:
    assert platform.zeven("dead-letters", "retry").exit_code == 2
    assert platform.zeven("dead-letters", "retry", FIRST, "--all", "incident").exit_code == 2
    assert platform.zeven("dead-letters", "retry", "no-id").exit_code == 2


def test_a_problem_is_one_line_with_its_values_and_its_trace(platform: Pretended) -> None:
    errors = [{"pointer": f"/events/{number}", "detail": "wrong"} for number in range(8)]
    platform.interrupt = lambda request: (
        problem(422, "8 values are not acceptable.", errors=errors) if "dead-letters" in request.url.path else None
    )
    code, _, complaint = run(platform, "dead-letters", "list")
    assert code == 1
    assert complaint.startswith(
        "zeven: /governance/v1/dead-letters answers 422: 8 values are not acceptable. (/events/0: wrong; "
    )
    assert complaint.endswith("and 3 more) [trace t1]")


def test_a_refusal_without_a_problem_is_told_too(platform: Pretended) -> None:
    platform.interrupt = lambda request: (
        httpx2.Response(418, text="short") if "dead-letters" in request.url.path else None
    )
    assert "/governance/v1/dead-letters answers 418: I'm a teapot" in run(platform, "dead-letters", "list")[2]


def apart(identity: str) -> dict[str, Any]:
    return {
        "id": identity,
        "reason": "later version",
        "publisher": "incident",
        "type": "incident.registered.v2",
        "event_id": identity,
        "error": "change handles only earlier versions of this type; update it, and retry",
        "message": "{}",
        "count": 3,
        "first_at": "2026-11-22T10:00:00Z",
        "last_at": "2026-11-23T10:00:00Z",
    }


@pytest.mark.parametrize(
    ("trouble", "complaint"),
    [
        ({"failing": {"incident": 2}}, "events fail in incident: `zeven dead-letters list` shows why."),
        (
            {"apart": {"service_level": [apart(FIRST)]}},
            "deliveries were set apart in service_level: `zeven quarantine list` shows why.",
        ),
        (
            {"held": {"incident": 9}},
            "incident: deliveries have arrived and cannot be stored; the log says why.",
        ),
    ],
)
def test_whatever_stops_an_event_makes_status_end_with_one(
    platform: Pretended, trouble: dict[str, Any], complaint: str
) -> None:
    for name, value in trouble.items():
        setattr(platform, name, value)
    assert run(platform, "status")[::2] == (1, f"zeven: {complaint}")


def test_what_was_set_apart_is_listed_shown_retried_and_discarded(platform: Pretended) -> None:
    platform.apart = {"service_level": [apart(FIRST), apart(SECOND)]}
    code, output, _ = run(platform, "quarantine", "list")
    assert code == 0
    for part in (FIRST, SECOND, "later version", "incident.registered.v2", "2026-11-23 10:00:00Z"):
        assert part in output
    assert json.loads(platform.zeven("quarantine", "show", FIRST).stdout) == {
        "service": "service_level",
        **apart(FIRST),
    }
    assert run(platform, "quarantine", "retry", FIRST)[:2] == (0, f"{FIRST} will be handled by service_level.")
    assert run(platform, "quarantine", "discard", SECOND)[0] == 2
    done = run(platform, "quarantine", "discard", "--all", "service_level", "--reason", "v1 came too")
    assert done[:2] == (0, "1 message of service_level discarded.")
    assert platform.discarded == ["v1 came too"]
    assert run(platform, "quarantine", "list")[1] == "Nothing is set apart."
    assert run(platform, "quarantine", "retry", FIRST)[2] == f"zeven: No service has a message {FIRST}."


def test_a_dead_letter_is_discarded_with_a_reason(platform: Pretended) -> None:
    platform.dead = {"incident": [dead(FIRST)], "service_level": [dead(FIRST)]}
    done = run(platform, "dead-letters", "discard", FIRST, "--reason", "a test")
    assert done[:2] == (0, f"{FIRST} discarded by incident, service_level.")
    assert platform.discarded == ["a test", "a test"]
