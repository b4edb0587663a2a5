"""Where a record came from: the record of another process that requested it."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Origin(BaseModel):
    """A record of another service: its service, its type there, its id and (when known) its number."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    service: str
    type: str
    id: UUID
    number: str | None = None
