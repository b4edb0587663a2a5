"""The gateway under calls: services that are restarted, scaled or killed, what it logs, and what it counts."""

import asyncio
import json
import re
from collections import Counter

import httpx2
import pytest

from tests.compose.composed import SERVICES, Composed
from tests.compose.load import Load, calls_under_way
from tests.compose.test_work import nothing_is_left, one_of_each
from tests.deploy.test_observability import asked_for
from tests.life.desk import Desk, eventually

#: what comes in a minute, while a service starts
HELD = 1200
READ_METRICS = """
import urllib.request
print(urllib.request.urlopen("http://gateway:8405/metrics").read().decode())
"""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_that_is_restarted_under_calls_answers_no_5xx(
    composed: Composed, desk: Desk, service: str
) -> None:
    async with calls_under_way(desk.client) as load:
        await asyncio.sleep(1)
        await asyncio.to_thread(composed.compose, "restart", service)
        await asyncio.sleep(2)
    assert (load.refused, load.cut) == (Counter(), 0)
    await one_of_each(desk, load.registered)
    await nothing_is_left(desk)


async def test_a_post_keeps_its_body_while_replicas_come_and_go(composed: Composed, desk: Desk) -> None:
    async with calls_under_way(desk.client) as load:
        for replicas in (3, 1, 3, 1):
            await asyncio.to_thread(composed.up, "--no-recreate", "--scale", f"incident={replicas}")
    assert (load.refused, load.cut) == (Counter(), 0)
    await one_of_each(desk, load.registered)


async def test_a_call_to_a_service_that_is_away_waits_for_it_with_its_body(composed: Composed, desk: Desk) -> None:
    await asyncio.to_thread(composed.compose, "stop", "incident")
    async with calls_under_way(desk.client) as load:
        await asyncio.sleep(1)
        await asyncio.to_thread(composed.compose, "start", "incident")
        await asyncio.sleep(1)
    assert (load.refused, load.cut) == (Counter(), 0)


async def test_calls_that_waited_are_all_answered_though_they_arrive_at_once(composed: Composed, desk: Desk) -> None:
    await asyncio.to_thread(composed.compose, "stop", "incident")
    load = Load(desk.client)
    for number in range(HELD):
        load.begin(number)
    await asyncio.sleep(10)
    await asyncio.to_thread(composed.compose, "start", "incident")
    await asyncio.gather(*load.tasks)
    assert (load.refused, load.cut) == (Counter(), 0)
    await one_of_each(desk, load.registered)
    await nothing_is_left(desk)


async def test_a_service_that_starts_before_governance_answers_no_5xx(composed: Composed, desk: Desk) -> None:
    await asyncio.to_thread(composed.compose, "stop", "incident", "governance")
    async with calls_under_way(desk.client) as load:
        await asyncio.to_thread(composed.compose, "start", "incident")
        await asyncio.sleep(12)
        await asyncio.to_thread(composed.compose, "start", "governance")
        await asyncio.sleep(2)
    assert (load.refused, load.cut) == (Counter(), 0)


def logged(composed: Composed) -> list[dict[str, object]]:
    """The requests that the gateway has logged."""
    lines = composed.compose("logs", "--no-color", "--no-log-prefix", "gateway")
    return [json.loads(line) for line in re.findall(r'\{"timestamp".*', lines)]


async def test_the_gateway_logs_each_request_as_json_without_tokens_and_queries(
    composed: Composed, admin: httpx2.AsyncClient
) -> None:
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    answer = await admin.get('/incident/v1/calls?q=secretword"&limit=1')

    async def found() -> list[dict[str, object]]:
        wanted = answer.headers["x-trace-id"]
        return [line for line in await asyncio.to_thread(logged, composed) if line["trace_id"] == wanted]

    (line,) = await eventually(found, "the line of the request")
    assert (line["method"], line["path"], line["status"], line["service"]) == (
        "GET",
        "/incident/v1/calls",
        answer.status_code,
        "incident",
    )
    everything = composed.compose("logs", "--no-color", "gateway")
    assert token not in everything
    assert token.rpartition(".")[2] not in everything
    assert "secretword" not in everything


def test_the_gateway_counts_what_the_alerts_and_the_dashboard_ask_for(composed: Composed) -> None:
    known = set(re.findall(r"^# TYPE (\w+)", composed.python("incident", READ_METRICS), re.MULTILINE))
    assert {name for name in asked_for() if name.startswith("haproxy_")} <= known
