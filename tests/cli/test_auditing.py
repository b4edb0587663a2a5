"""`zeven audit`: what an auditor sees, the exit codes, and what an anchor finds."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.pretended import Pretended, problem

HASH, OTHER = "ab" * 32, "cd" * 32
BROKEN = {"position": 7, "event_id": "the-seventh", "fault": "altered", "why": "Its data do not match their digest."}
CUT = {"position": 9, "event_id": None, "fault": "removed", "why": "Event 12 was there before and is missing."}


def answer(service: str, verified: int, **more: Any) -> dict[str, Any]:
    return {
        "service": service,
        "verified": verified,
        "erased": 0,
        "position": verified,
        "hash": HASH,
        "next": None,
        "broken": None,
        "protected": True,
        **more,
    }


@pytest.fixture
def logs(platform: Pretended) -> dict[str, list[dict[str, Any]]]:
    """The answers of each service, one after the other; the last one again and again."""
    said = {name: [answer(name, 12)] for name in platform.services}

    def page(name: str) -> Any:
        return lambda _: said[name].pop(0) if len(said[name]) > 1 else said[name][0]

    for name in said:
        prefix = f"/{name.replace('_', '-')}/v1/audit"
        platform.pages[prefix] = page(name)
        platform.pages[f"{prefix}/anchor"] = lambda _, name=name: anchor(name)
    return said


def anchor(service: str, position: int = 12) -> dict[str, Any]:
    return {"service": service, "position": position, "hash": HASH, "time": "2026-11-23T10:00:00Z"}


def run(platform: Pretended, *arguments: str | Path) -> tuple[int, str, str]:
    result = platform.zeven("audit", *map(str, arguments))
    return result.exit_code, " ".join(result.stdout.split()), " ".join(result.stderr.split())


def audit_requests(platform: Pretended, service: str) -> list[tuple[str, str]]:
    return [each for each in platform.requests if each[1] == f"/{service}/v1/audit"]


def test_logs_as_they_were_written_end_with_nothing_to_complain_of(platform: Pretended, logs: Any) -> None:
    code, output, complaint = run(platform, "verify")
    assert (code, complaint) == (0, "")
    for service in platform.services:
        assert f"{service} as written 12 0 12 {HASH}" in output


def test_a_broken_log_names_its_first_event_and_ends_with_three(platform: Pretended, logs: Any) -> None:
    logs["incident"] = [answer("incident", 6, broken=BROKEN)]
    code, output, complaint = run(platform, "verify")
    assert code == 3
    assert f"incident broken 6 0 6 {HASH}" in output
    assert "service_level as written" in output
    assert complaint == "zeven: incident: event 7 was altered (the-seventh). Its data do not match their digest."


def test_a_long_log_is_verified_a_stretch_at_a_time(platform: Pretended, logs: Any) -> None:
    seen: list[str | None] = []
    pages = [answer("incident", 10, next=f"10-{HASH}"), answer("incident", 5, position=15, erased=2)]

    def page(request: httpx2.Request) -> dict[str, Any]:
        seen.append(request.url.params.get("after"))
        return pages.pop(0)

    platform.pages["/incident/v1/audit"] = page
    code, output, _ = run(platform, "verify", "incident")
    assert (code, seen) == (0, [None, f"10-{HASH}"])
    assert f"incident as written 15 2 15 {HASH}" in output
    assert "governance" not in output


def test_an_anchor_finds_what_the_log_alone_does_not_show(platform: Pretended, logs: Any, tmp_path: Path) -> None:
    file = tmp_path / "anchors.json"
    file.write_text(json.dumps([anchor(name) for name in platform.services]))
    assert run(platform, "verify", "--anchor", file)[0] == 0
    seen: list[str | None] = []

    def page(request: httpx2.Request) -> dict[str, Any]:
        seen.append(request.url.params.get("after"))
        return answer("incident", 8) if len(seen) == 1 else answer("incident", 0, broken=CUT)

    platform.pages["/incident/v1/audit"] = page
    code, output, complaint = run(platform, "verify", "--anchor", file)
    assert (code, seen) == (3, [None, f"12-{HASH}"])
    assert "incident broken 8 0 8" in output
    assert complaint == "zeven: incident: event 9 was removed. Event 12 was there before and is missing."


def test_what_is_printed_as_anchors_is_taken_as_anchors(platform: Pretended, logs: Any, tmp_path: Path) -> None:
    printed = platform.zeven("audit", "anchor").stdout
    assert json.loads(printed) == [anchor(name) for name in platform.services]
    file = tmp_path / "anchors.json"
    file.write_text(printed)
    assert run(platform, "verify", "--anchor", file)[0] == 0
    assert json.loads(platform.zeven("audit", "anchor", "service-level").stdout) == [anchor("service_level")]


@pytest.mark.parametrize(
    "text", ["", "7", "{}", '{"service": "incident"}', '[{"service": "nowhere", "position": 1, "hash": "ab"}]', "[1]"]
)
def test_a_file_without_anchors_is_refused(platform: Pretended, logs: Any, tmp_path: Path, text: str) -> None:
    (file := tmp_path / "anchors.json").write_text(text)
    code, output, complaint = run(platform, "verify", "--anchor", file)
    assert (code, output) == (1, "")
    assert complaint == f"zeven: {file} holds no anchors as `zeven audit anchor` prints them."
    assert audit_requests(platform, "incident") == []


def test_a_file_that_is_not_there_is_named(platform: Pretended, logs: Any, tmp_path: Path) -> None:
    code, _, complaint = run(platform, "verify", "--anchor", tmp_path / "nothing")
    assert (code, complaint) == (1, f"zeven: {tmp_path}/nothing cannot be read: No such file or directory.")


def test_an_anchor_must_be_of_the_service_that_is_verified(platform: Pretended, logs: Any, tmp_path: Path) -> None:
    (file := tmp_path / "anchors.json").write_text(json.dumps(anchor("incident")))
    assert run(platform, "verify", "incident", "--anchor", file)[0] == 0
    code, _, complaint = run(platform, "verify", "governance", "--anchor", file)
    assert (code, complaint) == (1, f"zeven: {file} holds no anchor of governance.")
    code, _, complaint = run(platform, "verify", "--anchor", file)
    assert code == 0
    assert f"governance: {file} holds no anchor of it" in complaint


def test_an_anchor_of_a_service_that_is_gone_is_not_passed_over(platform: Pretended, logs: Any, tmp_path: Path) -> None:
    (file := tmp_path / "anchors.json").write_text(json.dumps([anchor("incident"), anchor("knowledge")]))
    code, _, complaint = run(platform, "verify", "--anchor", file)
    assert (code, complaint) == (1, f"zeven: {file} holds an anchor of knowledge, which this platform does not have.")


def test_a_login_that_can_change_its_own_log_is_warned_of(platform: Pretended, logs: Any) -> None:
    logs["incident"] = [answer("incident", 6, protected=False)]
    code, _, complaint = run(platform, "verify")
    assert code == 0
    assert complaint.startswith("incident: its own login can change the log;")


def test_a_log_that_cannot_be_verified_is_not_taken_for_one_that_holds(platform: Pretended, logs: Any) -> None:
    platform.interrupt = lambda request: problem(403, "No.") if request.url.path.endswith("/audit") else None
    code, output, complaint = run(platform, "verify")
    assert (code, output) == (1, "")
    assert "/governance/v1/audit answers 403: No." in complaint


def test_json_holds_everything(platform: Pretended, logs: Any) -> None:
    logs["incident"] = [answer("incident", 6, broken=BROKEN)]
    result = platform.zeven("audit", "verify", "--json", "incident")
    assert result.exit_code == 3
    (output,) = json.loads(result.stdout)
    assert (output["service"], output["verified"], output["broken"]) == ("incident", 6, BROKEN)


def test_a_service_that_the_platform_lacks_is_named(platform: Pretended, logs: Any) -> None:
    code, _, complaint = run(platform, "verify", "knowledge")
    assert (code, complaint) == (
        1,
        "zeven: This platform has no knowledge; it has governance, incident, service_level.",
    )
