"""A longer history is recognised by the digest of the shorter one alone, in the time of one digest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.incident.history.rules import digest_of, steps_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def history(steps: int, **more: Any) -> dict[str, Any]:
    """A history as a request gives it: without steps it has no such field."""
    made = [{"at": START + timedelta(minutes=n), "set": {"title": f'{n} "steps":[] \\ é'}} for n in range(steps)]
    values = {"title": '"steps":[]', "description": "],"}
    return {"key": "A", "registered_at": START, "values": values, **({"steps": made} if made else {}), **more}


@pytest.mark.parametrize("known", range(6))
def test_the_number_of_known_steps_is_found(known: int) -> None:
    assert steps_of(history(5), digest_of(history(known))) == known


@pytest.mark.parametrize("other", [history(6), history(3, key="B"), history(3, values={}), history(0, key="B")])
def test_another_history_has_no_known_steps(other: dict[str, Any]) -> None:
    assert steps_of(history(5), digest_of(other)) is None


def test_the_digest_does_not_depend_on_the_order_of_fields() -> None:
    assert digest_of(dict(reversed(history(3).items()))) == digest_of(history(3))
