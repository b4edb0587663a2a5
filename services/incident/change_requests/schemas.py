"""Requests for a change as clients send and see them."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict

from shared.fields import Line, RequestModel, ResponseModel, StrictBool, Text


class RequestChange(RequestModel):
    """What change should do so that the incident can be recovered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Replace the print server", "description": "Its disk fails.", "urgent": True}]
        }
    )
    title: Line
    description: Text
    urgent: StrictBool = False


class ChangeRequestView(ResponseModel):
    """A request that was sent to change; its progress is seen in the incident's links."""

    id: UUID
    incident_id: UUID
    title: str
    description: str
    urgent: bool
    created_at: datetime
