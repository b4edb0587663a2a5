"""Whether a history begins with another one, of which only the digest is known."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec


def digest_of(history: Mapping[str, Any]) -> str:
    """The digest of a whole history: equal for equal histories, whatever the order of their fields."""
    return sha256(_json(history)).hexdigest()


def steps_of(history: Mapping[str, Any], digest: str) -> int | None:
    """With how many of its steps the history has this digest; None when it has it with no number of them.

    It takes the time of one digest: the JSON up to the steps is the same for every number of them.
    """
    if digest == digest_of({name: value for name, value in history.items() if name != "steps"}):
        return 0
    # no text can contain this, because JSON escapes the quotation marks in texts
    before, _, after = _json({**history, "steps": []}).partition(b'"steps":[]')
    running = sha256(before + b'"steps":[')
    for count, step in enumerate(history.get("steps", ()), 1):
        running.update(_json(step) if count == 1 else b"," + _json(step))
        whole = running.copy()
        whole.update(b"]" + after)
        if whole.hexdigest() == digest:
            return count
    return None


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")
