"""The cost of a request is the time for which it blocks others, however it ends."""

import asyncio
import time

import pytest

from shared.http.costs import Cost, in_a_thread, measured


def busy(seconds: float) -> None:
    """Work without a pause."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def test_work_is_counted_and_waiting_is_not() -> None:
    async def request() -> None:
        busy(0.02)
        await asyncio.sleep(0.2)
        busy(0.02)

    await measured(request(), cost := Cost())
    assert 0.04 <= cost.seconds < 0.15


async def test_work_in_a_thread_is_counted_too() -> None:
    async def request() -> None:
        await in_a_thread(busy, 0.05)

    await measured(request(), cost := Cost())
    assert cost.seconds > 0.02


async def test_what_work_raises_is_raised_and_its_cost_is_counted() -> None:
    async def request() -> None:
        await asyncio.sleep(0)
        busy(0.02)
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await measured(request(), cost := Cost())
    assert cost.seconds >= 0.02


async def test_work_that_is_cancelled_tidies_up_and_ends() -> None:
    tidied: list[str] = []

    async def request() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            tidied.append("up")

    task = asyncio.create_task(measured(request(), Cost()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tidied == ["up"]


async def test_time_limits_within_measured_work_hold() -> None:
    reached: list[str] = []

    async def request() -> None:
        try:
            async with asyncio.timeout(0.02):
                await asyncio.sleep(60)
        except TimeoutError:
            reached.append("limit")

    await measured(request(), Cost())
    assert reached == ["limit"]


async def test_requests_beside_each_other_pay_for_themselves() -> None:
    async def request(seconds: float) -> None:
        await asyncio.sleep(0)
        busy(seconds)
        await in_a_thread(busy, seconds)

    dear, cheap = Cost(), Cost()
    await asyncio.gather(measured(request(0.1), dear), measured(request(0), cheap))
    assert dear.seconds > 0.1
    assert cheap.seconds < 0.05
