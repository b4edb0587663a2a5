"""The only reader of the wall clock: everything else calls `now()` and passes the value on."""

from datetime import UTC, datetime, timedelta

_shift = timedelta()


def now() -> datetime:
    """The present instant in UTC, moved by what `shift` has added."""
    return datetime.now(UTC) + _shift


def shift(by: timedelta) -> None:
    """Set the clock `by` ahead of the machine's (behind, when negative); tests move time with it."""
    global _shift  # noqa: PLW0603 - one process has one clock
    _shift = by


def shifted() -> timedelta:
    """How far this process' clock differs from the machine's."""
    return _shift
