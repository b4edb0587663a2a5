"""Accounts of the OpenID Connect provider as clients see and link them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.governance.provider_accounts.rules import LONGEST_SUBJECT
from shared.contracts.defaults import ADMIN_ID
from shared.fields import Line, RequestModel, ResponseModel
from shared.http import PageView
from shared.records import ListQuery, OneOf

_EXAMPLE: JsonDict = {"person_id": str(ADMIN_ID), "issuer": "https://login.harbour.example", "subject": "f3b1a2"}
AccountState = Literal["linked", "unlinked"]
Issuer = Annotated[Line, Field(max_length=500, description="The provider, as its tokens name it (`iss`).")]
Subject = Annotated[Line, Field(max_length=LONGEST_SUBJECT, description="The account, as tokens name it (`sub`).")]


class ProviderAccountView(ResponseModel):
    """An account that speaks for a person (`linked`), or did (`unlinked`)."""

    id: UUID
    state: AccountState
    person_id: UUID
    issuer: str
    subject: str
    unlinked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class ProviderAccountPage(PageView):
    """A page of accounts."""

    items: list[ProviderAccountView]


class ProviderAccountQuery(ListQuery):
    """Which accounts, in which order."""

    sort: Literal["created_at", "-created_at"] = "created_at"
    person_id: OneOf[UUID] = None
    state: OneOf[AccountState] = None


class LinkAccount(RequestModel):
    """An account and the person whom it belongs to."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    person_id: UUID
    issuer: Issuer
    subject: Subject
