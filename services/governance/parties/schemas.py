"""Parties as clients see, register and change them."""

from pydantic import MISSING, ConfigDict

from shared.contracts.governance import PartyKind
from shared.fields import Name, RequestModel
from shared.http import PageView
from shared.http.retirement import RetirableQuery, RetirableView
from shared.records import OneOf


class PartyView(RetirableView):
    """A party as it is."""

    name: str
    kind: PartyKind


class PartyPage(PageView):
    """A page of parties."""

    items: list[PartyView]


class PartyQuery(RetirableQuery):
    """Which parties, in which order."""

    kind: OneOf[PartyKind] = None


class RegisterParty(RequestModel):
    """A party that becomes known; its kind stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Harbour Logistics", "kind": "client"}]})
    name: Name
    kind: PartyKind


class ChangeParty(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Harbour & Sons"}]})
    name: Name | MISSING = MISSING
