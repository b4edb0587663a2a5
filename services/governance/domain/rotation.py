"""When signing keys come and go: a new one every 30 days, known a day before its use, kept until its last token has ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

EVERY = timedelta(days=30)
AHEAD = timedelta(days=1)
#: the longest life that the settings allow a token, and what clocks may differ
KEPT = timedelta(days=1, minutes=5)


class Dated(Protocol):
    """A key as the rules see it: from when it signs, and until when (`None`: no successor is known)."""

    @property
    def signs_from(self) -> datetime: ...

    @property
    def signs_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Successor:
    """A key that is to be made: it signs from then on."""

    signs_from: datetime


K = TypeVar("K", bound=Dated)


def signing_order(keys: Iterable[K], now: datetime) -> list[K]:
    """The keys to sign with, best first: the newest that is in use, then older ones, then those to come.

    The later ones count where the better cannot be opened, or where the clock was set back to before the first key.
    """
    newest = sorted(keys, key=lambda key: key.signs_from, reverse=True)
    begun = [key for key in newest if key.signs_from <= now]
    return begun + [key for key in reversed(newest) if key.signs_from > now]


def successor(keys: Iterable[Dated], now: datetime) -> Successor | None:
    """The key that has to be made now, if any: the first at once, each other a day before it is used."""
    latest = max((key.signs_from for key in keys), default=None)
    if latest is None:
        return Successor(now)
    if now < latest + EVERY - AHEAD:
        return None
    return Successor(max(latest + EVERY, now + AHEAD))


def outlived(key: Dated, now: datetime) -> bool:
    """Whether every token that `key` signed has ended."""
    return key.signs_until is not None and key.signs_until + KEPT < now
