"""What a history names, and whether it begins with another one, of which only the digest is known."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

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


def values_of(history: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The values at registration, then what each step sets."""
    yield history.get("values", {})
    for step in history.get("steps", ()):
        yield step.get("set", {})


def ids_in(histories: Iterable[Mapping[str, Any]], name: str) -> set[UUID]:
    """The ids that histories have in this field."""
    return {values[name] for history in histories for values in values_of(history) if name in values}


def with_parties(history: Mapping[str, Any], parties: Mapping[UUID, UUID]) -> Mapping[str, Any]:
    """The history, with the party of each caller whom it names without a party."""

    def completed(values: Mapping[str, Any]) -> Mapping[str, Any]:
        party = parties.get(values["caller_id"]) if "caller_id" in values else None
        return {"party_id": party, **values} if party else values

    steps = [{**step, "set": completed(step["set"])} if "set" in step else step for step in history.get("steps", ())]
    return {**history, "values": completed(history.get("values", {})), "steps": steps}


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")
