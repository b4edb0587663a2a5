"""Which process answers a call, by the call's type (domain reference 8.3), and with which type of record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from shared.contracts.incident import CallType


@dataclass(frozen=True, slots=True)
class Route:
    """The process that answers a call of one type, the type of its record there, and the value stream that both belong to."""

    service: str
    record_type: str
    value_stream: str

    @property
    def here(self) -> bool:
        """Whether incident itself answers the call, at once; other processes create their record after `call.routed.v1`."""
        return self.service == "incident"


ROUTES: Mapping[str, Route] = {
    "incident": Route("incident", "incident", "maintenance"),
    "rfc": Route("change", "rfc", "renewal"),
}

if unequal := ROUTES.keys() ^ set(get_args(CallType)):
    raise ValueError(f"types of calls and routes differ: {', '.join(sorted(unequal))}")
