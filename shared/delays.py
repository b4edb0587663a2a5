"""Waits that grow with failures, in bounded memory."""

from collections import OrderedDict
from collections.abc import Hashable

from shared import clock

MOST_STORED = 10_000


class Delays:
    """Failures by key: from the `free`th on each one doubles the wait for the next try, up to `longest` seconds.

    One failure is forgotten every `forgotten_every` seconds, and of too many keys the one whose last failure is oldest.
    """

    def __init__(self, *, free: int, longest: float, forgotten_every: float) -> None:
        self.free, self.longest, self.forgotten_every = free, longest, forgotten_every
        self._failures: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Seconds until the next try."""
        count, at = self._failures.get(key, (0.0, 0.0))
        if round(count) < self.free:
            return 0
        grown: float = 2.0 ** min(round(count) - self.free, 30)
        return min(self.longest, grown) - max(0.0, _now() - at)

    def add(self, key: Hashable, failures: int = 1) -> None:
        """Count failures; a negative number removes some."""
        now = _now()
        count, at = self._failures.pop(key, (0.0, now))
        count = max(0.0, count - max(0.0, now - at) / self.forgotten_every) + failures
        if count > 0:
            self._failures[key] = (count, now)
        if len(self._failures) > MOST_STORED:
            self._failures.popitem(last=False)

    def clear(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)


def _now() -> float:
    return clock.now().timestamp()
