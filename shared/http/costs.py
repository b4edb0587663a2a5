"""What a request costs: the time for which it occupies the event loop, or one of the few threads for heavy work.

This is time of the clock, not of the processor: on a busy machine the same budget buys less work.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from types import coroutine
from typing import Any, ParamSpec, TypeVar

from shared.http.limits import HEAVY_AT_ONCE

P = ParamSpec("P")
T = TypeVar("T")
_threads = ThreadPoolExecutor(HEAVY_AT_ONCE, thread_name_prefix="heavy")


class Cost:
    """The seconds that one request has used so far."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds


_current: ContextVar[Cost | None] = ContextVar("cost", default=None)


async def measured(work: Coroutine[Any, Any, T], cost: Cost) -> T:
    """What `work` gives; the time that it spends running, not the time that it waits, is added to `cost`."""
    _current.set(cost)
    return await _stepped(work, cost)


@coroutine
def _stepped(work: Coroutine[Any, Any, T], cost: Cost) -> Generator[Any, Any, T]:
    clock, step, value = time.perf_counter, work.send, None
    while True:
        begun = clock()
        try:
            waits_for = step(value)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            cost.seconds += clock() - begun
        try:
            step, value = work.send, (yield waits_for)
        except BaseException as error:  # noqa: BLE001 - exceptions thrown in here belong to the work, such as a cancellation
            step, value = work.throw, error


async def in_a_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in one of the threads for heavy work, and add the time that it takes to the cost of the request."""
    seconds = 0.0

    def timed() -> T:
        nonlocal seconds
        begun = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            seconds = time.perf_counter() - begun

    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, timed)
    finally:
        if (cost := _current.get()) is not None:
            cost.seconds += seconds
