"""Parties as clients see, register and change them."""

from datetime import datetime
from uuid import UUID

from pydantic import MISSING, ConfigDict

from services.governance.domain.lifecycles import ActivityState
from shared.contracts.governance import PartyKind
from shared.fields import Line, RequestModel, ResponseModel
from shared.paging import Page


class PartyView(ResponseModel):
    """A party as it is."""

    id: UUID
    number: str
    state: ActivityState
    name: str
    kind: PartyKind
    version: int
    created_at: datetime
    updated_at: datetime


class PartyPage(Page):
    """A page of parties."""

    items: list[PartyView]


class RegisterParty(RequestModel):
    """A party that becomes known; its kind stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Harbour Logistics", "kind": "client"}]})
    name: Line
    kind: PartyKind


class ChangeParty(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Harbour & Sons"}]})
    name: Line | MISSING = MISSING
