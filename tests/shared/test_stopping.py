"""A process that is asked to end says so where proxies ask, answers everything else meanwhile, and then ends."""

import asyncio
import signal

import pytest
import uvicorn

from shared.serve import _Server
from tests.shared.test_requests import PARCELS
from tests.world import World

DRAIN_SECONDS = 0.3


class Asked:
    """A server and how often the services were told to say that they stop."""

    def __init__(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        self.times = 0
        options = uvicorn.Config(lambda: None, log_config=None)
        self.server = _Server(options, name="It", url="", drain=self.drain, drain_seconds=drain_seconds)

    def drain(self) -> None:
        self.times += 1


async def test_after_sigterm_a_process_goes_on_for_the_time_in_which_proxies_notice() -> None:
    asked = Asked()
    asked.server.handle_exit(signal.SIGTERM, None)
    assert (asked.times, asked.server.should_exit) == (1, False)
    await asyncio.sleep(2 * DRAIN_SECONDS)
    assert (asked.times, asked.server.should_exit) == (1, True)


@pytest.mark.parametrize(
    ("first", "drain_seconds"), [(signal.SIGINT, DRAIN_SECONDS), (signal.SIGTERM, 0.0)], ids=["Ctrl-C", "not set"]
)
async def test_nobody_waits_for_proxies_that_are_not_there(first: signal.Signals, drain_seconds: float) -> None:
    asked = Asked(drain_seconds)
    asked.server.handle_exit(first, None)
    assert (asked.times, asked.server.should_exit) == (0, True)


async def test_a_second_signal_ends_the_process_at_once() -> None:
    asked = Asked(60)
    asked.server.handle_exit(signal.SIGTERM, None)
    asked.server.handle_exit(signal.SIGTERM, None)
    assert asked.server.should_exit


async def test_a_stopping_process_says_so_at_its_health_and_answers_everything_else(office: World) -> None:
    office.host.drain()
    try:
        for path in ("/livez", "/readyz", "/counter/livez", "/counter/readyz"):
            assert (await office.admin.get(path)).status_code == 503, path
        assert (await office.admin.get("/counter/livez")).json() == {"status": "stopping"}
        assert (await office.admin.get(PARCELS)).status_code == 200
    finally:
        for one in office.host.running.values():
            one.draining = False
