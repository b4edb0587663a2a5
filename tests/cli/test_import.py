"""`zeven import incidents`: what is sent, what comes back, and that the counts add up."""

import gzip
import json
from pathlib import Path

import httpx2
import pytest

import cli
from cli.demo_data import write
from tests.cli.pretended import Pretended, problem

MAPPINGS = Path(cli.__file__).parent / "mappings"
ROWS = {"all": 0}


@pytest.fixture
def file(bare: Path) -> Path:
    path = bare / "history.csv.gz"
    ROWS["all"] = write(path, incidents=25)
    return path


def imported(platform: Pretended, file: Path, *more: str) -> tuple[int, str, str]:
    result = platform.zeven("import", "incidents", str(file), "--mapping", "uci", "--batch", "10", *more)
    return result.exit_code, " ".join(result.stdout.split()), " ".join(result.stderr.split())


def test_every_incident_is_sent_once_and_the_report_balances(platform: Pretended, file: Path) -> None:
    code, output, _ = imported(platform, file)
    assert code == 0
    assert [len(body["incidents"]) for body in platform.bodies] == [10, 10, 5, 0]
    assert [body.get("last", False) for body in platform.bodies] == [False, False, False, True]
    assert {body["source"] for body in platform.bodies} == {"uci"}
    assert len(platform.held) == 25
    assert f"read 25 {ROWS['all']}" in output
    assert "imported 25" in output
    assert "balance 0 0" in output


def test_importing_again_finds_everything_unchanged(platform: Pretended, file: Path) -> None:
    imported(platform, file)
    code, output, _ = imported(platform, file)
    assert code == 0
    assert "imported 0 unchanged (imported before) 25" in output
    assert "balance 0 0" in output


def test_another_source_keeps_foreign_numbers_apart(platform: Pretended, file: Path) -> None:
    imported(platform, file, "--source", "other desk")
    assert {body["source"] for body in platform.bodies} == {"other desk"}


def test_a_server_that_is_away_for_a_moment_is_asked_again(platform: Pretended, file: Path) -> None:
    failures = [
        problem(503, "Unavailable."),
        httpx2.ConnectError("refused"),
        httpx2.Response(429, headers={"Retry-After": "7"}),
    ]

    def stumble(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path.endswith("/imports") and len(platform.bodies) == 1 and failures:
            failure = failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        return None

    platform.interrupt = stumble
    code, output, complaint = imported(platform, file)
    assert code == 0
    assert "imported 25" in output
    assert "Trying again" in complaint
    assert 7 in platform.slept


def test_a_server_that_stays_away_ends_the_import_after_a_minute(platform: Pretended, file: Path) -> None:
    platform.interrupt = lambda request: (
        problem(503, "The database is away.") if request.url.path.endswith("/imports") else None
    )
    code, _, complaint = imported(platform, file)
    assert code == 1
    assert "answers 503: The database is away." in complaint
    assert 50 < platform.now <= 60


def test_skipped_incidents_are_told_with_their_reasons_and_end_with_one(platform: Pretended, file: Path) -> None:
    platform.skip = {"INC0000003": "a different history was imported under this key before; the first one stays"}
    code, output, complaint = imported(platform, file)
    assert code == 1
    assert "a different history was imported under this key before; the first one stays 1 INC0000003" in output
    assert "skipped 1" in output
    assert "balance 0 0" in output
    assert "1 incident was skipped; --allow-skips accepts that" in complaint


def test_skips_may_be_allowed(platform: Pretended, file: Path) -> None:
    platform.skip = {"INC0000003": "known otherwise"}
    code, _, complaint = imported(platform, file, "--allow-skips")
    assert code == 0
    assert "1 incident was skipped." in complaint


@pytest.fixture
def faulty(bare: Path) -> Path:
    """A history whose very last row cannot be read."""
    file = bare / "history.csv"
    write(file, incidents=5)
    file.write_text(file.read_text() + file.read_text().splitlines()[-1] + ",one cell too many\n")
    return file


def test_a_bad_row_at_the_end_of_the_file_stops_the_import_before_anything_is_sent(
    platform: Pretended, faulty: Path
) -> None:
    code, output, complaint = imported(platform, faulty)
    assert code == 1
    assert "would be sent 4" in output
    assert "would be skipped 1" in output
    assert "37 columns where the header has 36" in output
    assert "1 incident was skipped, so nothing was sent; --allow-skips imports the others" in complaint
    assert platform.requests == []


def test_the_others_are_imported_when_skips_are_allowed(platform: Pretended, faulty: Path) -> None:
    code, output, complaint = imported(platform, faulty, "--allow-skips")
    assert code == 0
    assert len(platform.held) == 4
    assert "balance 0 0" in output
    assert "1 incident was skipped." in complaint


def test_every_value_that_the_mapping_lacks_is_shown_at_once(platform: Pretended, bare: Path) -> None:
    file = bare / "history.csv"
    write(file, incidents=5)
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace(",New,", ",Lost,").replace("INC0000001,New", "INC0000001,Lost")
    lines[2] = lines[2].replace(lines[2].split(",")[1], "Found", 1).replace(lines[2].split(",")[20], "0 - None", 1)
    lines[-1] = lines[-1].replace(lines[-1].split(",")[1], "Lost", 1)
    file.write_text("".join(lines))
    code, output, _ = imported(platform, file)
    assert code == 1
    assert "column value rows incident_state Lost 2 incident_state Found 1 impact 0 - None 1" in output
    assert "incident_state … is not in the mapping 2 INC0000001, line 2: incident_state 'Lost'" in output
    assert platform.requests == []


def test_an_incident_that_the_server_refuses_does_not_keep_the_others_out(platform: Pretended, file: Path) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response | None:
        if not request.url.path.endswith("/imports"):
            return None
        keys = [one["key"] for one in json.loads(request.content)["incidents"]]
        errors = [
            {"pointer": f"/incidents/{keys.index(key)}/steps", "detail": "too many"}
            for key in ("INC0000012", "INC0000014")
            if key in keys
        ]
        return problem(422, "Not acceptable.", errors=errors[:1]) if errors else None

    platform.interrupt = refuse
    code, output, _ = imported(platform, file, "--allow-skips")
    assert code == 0
    assert len(platform.held) == 23
    assert "/steps: too many 2 INC0000012" in output
    assert "balance 0 0" in output


def test_a_refusal_of_the_whole_request_is_told_and_nothing_more_is_sent(platform: Pretended, file: Path) -> None:
    platform.interrupt = lambda request: (
        problem(403, "Your roles do not allow this.") if request.url.path.endswith("/imports") else None
    )
    code, _, complaint = imported(platform, file)
    assert code == 1
    assert (
        complaint
        == "zeven: /incident/v1/imports answers 403: Your roles do not allow this. Signed in with admin. [trace t1]"
    )
    assert [path for _, path in platform.requests].count("/incident/v1/imports") == 1


def test_steps_outside_the_lifecycle_are_counted_by_kind(platform: Pretended, file: Path) -> None:
    step = {"at": "2026-04-02T10:00:00Z", "from_state": "registered", "to_state": "closed"}
    platform.outside = [{"key": "INC0000002"} | step, {"key": "INC0000001"} | step, {"key": "INC0000001"} | step]
    _, output, _ = imported(platform, file)
    assert "steps outside today's lifecycle 3" in output
    assert "registered → closed 3 INC0000002 2026-04-02T10:00:00Z" in output


def test_it_waits_until_every_service_is_quiet_twice(platform: Pretended, file: Path) -> None:
    platform.backlog = [0, 5, 3, 0, 0, 1]
    assert imported(platform, file)[0] == 0
    requests = [path for _, path in platform.requests if path.endswith("/delivery")]
    assert set(requests) == {f"/{one}/v1/delivery" for one in ("governance", "incident", "service-level")}
    assert len(requests) == 4 * 3


def test_a_service_that_has_not_heard_of_the_end_is_waited_for_but_not_for_ever(
    platform: Pretended, file: Path
) -> None:
    platform.import_status = "not yet"
    code, _, complaint = imported(platform, file)
    assert code == 1
    assert "no progress for 10 min in incident (0 events wait), service_level (0 events wait)" in complaint


def test_a_dead_letter_ends_with_one_although_everything_was_sent(platform: Pretended, file: Path) -> None:
    platform.import_status = "dead"
    platform.dead = {"service_level": [{"event_id": "e"}]}
    code, output, complaint = imported(platform, file)
    assert code == 1
    assert "balance 0 0" in output
    assert "dead letters in service_level (1); `zeven dead-letters list`" in complaint


def test_a_server_that_loses_an_incident_is_noticed(platform: Pretended, file: Path) -> None:
    def lose(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path.endswith("/imports") and len(platform.bodies) == 0:
            answer = platform._import(json.loads(request.content))
            return httpx2.Response(200, json=answer | {"imported": 9})
        return None

    platform.interrupt = lose
    code, output, complaint = imported(platform, file)
    assert code == 1
    assert "balance 1 0" in output
    assert "balance is not zero" in complaint


def test_a_damaged_file_is_refused_before_anything_is_sent(platform: Pretended, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-50])
    code, _, complaint = imported(platform, file)
    assert code == 1
    assert "the compressed file ends too early" in complaint
    assert platform.requests == []


def test_an_unknown_mapping_and_a_missing_file_are_told(platform: Pretended, file: Path) -> None:
    result = platform.zeven("import", "incidents", str(file), "--mapping", "foreign")
    assert (result.exit_code, "mapping foreign: unknown; there are uci" in result.stderr) == (1, True)
    assert imported(platform, Path("nowhere.csv")) == (1, "", "zeven: nowhere.csv: No such file or directory")


def test_bad_usage_ends_with_two(platform: Pretended) -> None:
    assert platform.zeven("import", "incidents").exit_code == 2


def test_a_longer_history_is_reported_as_such(platform: Pretended, file: Path) -> None:
    platform.more = {"extended": 2}
    code, output, _ = imported(platform, file)
    assert code == 0
    assert "imported before, more steps now 6" in output, "two in each of three batches"
    platform.more = {}
    assert "imported before, more steps now 0" in imported(platform, file)[1], "an earlier platform does not tell"


def test_a_log_of_single_rows_is_warned_about(platform: Pretended, bare: Path) -> None:
    file = bare / "tickets.csv"
    write(file, incidents=30)
    header, *rows = file.read_text().splitlines(keepends=True)
    file.write_text("".join([header, *{row.split(",")[0]: row for row in rows}.values()]))
    code, output, _ = imported(platform, file, "--check")
    assert code == 0
    assert "Warning: This looks like a snapshot and not like a log: 30 of 30 incidents have one row" in output
    assert "closed_at, resolved_at" in output
    assert "[moments]" in output


def test_a_log_is_not_warned_about(platform: Pretended, file: Path) -> None:
    assert "Warning" not in imported(platform, file)[1]


def test_ctrl_c_ends_with_130(platform: Pretended, file: Path) -> None:
    def stop(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path.endswith("/imports"):
            raise KeyboardInterrupt
        return None

    platform.interrupt = stop
    assert imported(platform, file)[0] == 130


def test_a_check_says_what_would_be_skipped_and_sends_nothing(platform: Pretended, file: Path) -> None:
    code, output, _ = imported(platform, file, "--check")
    assert code == 0
    assert f"would be sent 25 {ROWS['all']}" in output
    assert "would be skipped 0 0" in output
    assert platform.bodies == []


def test_values_that_differ_are_one_reason(platform: Pretended, file: Path, bare: Path) -> None:
    mapping = bare / "american.toml"
    mapping.write_text((MAPPINGS / "uci.toml").read_text("utf-8").replace("%d/%m/%Y", "%m-%d-%Y"), "utf-8")
    result = platform.zeven("import", "incidents", str(file), "--mapping", str(mapping), "--check")
    output = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "opened_at … is not a time of the form %m-%d-%Y %H:%M 25" in output
    assert "25 incidents were skipped" in result.stderr
    assert platform.bodies == []


def test_a_file_without_rows_is_refused(platform: Pretended, file: Path, bare: Path) -> None:
    header = gzip.decompress(file.read_bytes()).decode().splitlines(keepends=True)[0]
    (bare / "empty.csv").write_text(header, "utf-8")
    code, _, complaint = imported(platform, bare / "empty.csv")
    assert code == 1
    assert "has no rows below its header" in complaint


def test_values_that_look_like_markup_are_printed_unchanged(platform: Pretended, bare: Path) -> None:
    file = bare / "history.csv"
    write(file, incidents=5)
    file.write_text(file.read_text().replace(",New,", ",[/bold] :warning:,", 1))
    code, output, _ = imported(platform, file)
    assert code == 1
    assert "incident_state [/bold] :warning: 1" in output
