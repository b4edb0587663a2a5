"""The security log: a line for each act, marked, in a file of its own, without a flood and without secrets."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared import security_log
from tests.shared.test_requests import PARCELS
from tests.world import World, token


class Lines:
    """What was written to the log's file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]

    def of(self, act: str, **details: Any) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["act"] == act and details.items() <= line.items()]


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    path, logger = tmp_path / "security.log", logging.getLogger("zeven.security")
    monkeypatch.setattr(security_log, "_flood", security_log._Flood())
    before = (logger.handlers, logger.propagate, logger.level)
    security_log.configure(str(path))
    yield Lines(path)
    for handler in logger.handlers:
        handler.close()
    logger.handlers, logger.propagate = list(before[0]), before[1]
    logger.setLevel(before[2])


def test_a_line_is_marked_and_the_file_is_its_owners_alone(lines: Lines) -> None:
    security_log.record("signed_in", actor="robin", address="192.0.2.1")
    (line,) = lines.all()
    assert line["log"] == "security"
    assert (line["act"], line["actor"], line["address"]) == ("signed_in", "robin", "192.0.2.1")
    assert line["timestamp"].endswith("Z")
    assert lines.path.stat().st_mode & 0o777 == 0o600


def test_without_a_file_a_marked_line_goes_to_standard_output(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    security_log.configure(None)
    security_log.record("signed_in", actor="robin")
    assert json.loads(capsys.readouterr().out)["log"] == "security"


def test_a_rotated_file_is_opened_again(lines: Lines) -> None:
    security_log.record("signed_in", actor="robin")
    lines.path.rename(lines.path.with_suffix(".1"))
    security_log.record("signed_in", actor="grace")
    assert [line["actor"] for line in lines.all()] == ["grace"]


def test_what_anybody_can_cause_never_floods_and_what_is_left_out_is_counted(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [1000.0]
    monkeypatch.setattr(security_log.time, "monotonic", lambda: passed[0])
    for _ in range(security_log.MOST_PER_SECOND + 30):
        security_log.record("token_refused", reason="garbage")
    security_log.record("role_changed", actor="admin")
    assert len(lines.of("token_refused")) == security_log.MOST_PER_SECOND
    assert len(lines.of("role_changed")) == 1
    passed[0] += 1
    security_log.record("token_refused", reason="garbage")
    assert lines.of("token_refused")[-1]["omitted_before"] == 30


async def test_refused_tokens_and_roles_leave_a_line_without_the_token(office: World, lines: Lines) -> None:
    secret = token("mallory")[:-9] + "forgotten"
    assert (await office.as_(secret).get(PARCELS)).status_code == 401
    assert (await office.as_(token("ursula", "user")).get("/counter/v1/events")).status_code == 403
    assert "signature" in lines.of("token_refused")[0]["reason"]
    (refused,) = lines.of("not_allowed", actor="ursula", method="GET", path="/counter/v1/events", service="counter")
    assert refused["trace_id"]
    assert secret not in lines.path.read_text("utf-8")


async def test_a_feed_that_is_read_in_bulk_leaves_a_line(
    office: World, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    for label in ("x", "y", "z"):
        await office.admin.post(PARCELS, json={"label": label})
    await office.quiet()
    monkeypatch.setattr(security_log, "BULK", 2)
    reader = office.as_(token("mirror", "feed_reader", kind="service_account"))
    for limit in (2, 3):
        answer = await reader.get("/counter/v1/events", params={"limit": limit})
        assert len(answer.json()["items"]) == limit
    (line,) = lines.of("personal_data_read_in_bulk", actor="mirror", service="counter")
    assert (line["noun"], line["rows"]) == ("event", 3)


async def test_an_administrators_acts_leave_a_line_each_once_they_are_committed(office: World, lines: Lines) -> None:
    made = (await office.admin.post(PARCELS, json={"label": "x"})).json()
    assert len(lines.of("administrator_act", actor="admin", subject=made["id"])) == 1
    assert (await office.admin.post(PARCELS, json={"label": 5})).status_code == 422
    assert len(lines.of("administrator_act")) == 1
