"""What a correction really changes."""

from collections.abc import Mapping
from typing import Any


def differing(record: object, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the `changes` whose value the record does not have yet: without any it keeps its version, and says nothing."""
    return {name: value for name, value in changes.items() if getattr(record, name) != value}
