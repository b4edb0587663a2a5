"""Where a call goes by its type (domain reference 8.3): the process that makes the record, and the record's type there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """The process that answers a call of one type."""

    service: str
    record_type: str
    value_stream: str


ROUTES = {
    "incident": Route("incident", "incident", "maintenance"),
    "rfc": Route("change", "rfc", "renewal"),
}
