"""People as clients see, register and change them; passwords only ever come in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from services.governance.domain.lifecycles import ActivityState
from shared.fields import Line, RequestModel, ResponseModel
from shared.paging import Page

Username = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\s\x00-\x1f\x7f]+$",
        description="What the person signs in with, an email address for example; without spaces, case does not matter.",
    ),
]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^\s@]+@[^\s@]+$")]
Password = Annotated[
    str,
    Field(
        min_length=12, max_length=1000, json_schema_extra={"format": "password"}, description="12 characters or more."
    ),
]


class PersonView(ResponseModel):
    """A person as he or she is."""

    id: UUID
    number: str
    state: ActivityState
    name: str
    email: str | None
    username: str | None
    party_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class PersonPage(Page):
    """A page of people."""

    items: list[PersonView]


class RegisterPerson(RequestModel):
    """A person who becomes known; a password is set afterwards."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Robin Vale",
                    "username": "robin",
                    "email": "robin@harbour.example",
                    "party_id": "00000000-0000-7000-8000-000000000002",
                }
            ]
        }
    )
    name: Line
    party_id: UUID
    username: Username | None = None
    email: Email | None = None


class ChangePerson(RequestModel):
    """Fields to change; what is absent stays, null empties the email address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "robin.vale@harbour.example"}]})
    name: Line | MISSING = MISSING
    party_id: UUID | MISSING = MISSING
    username: Username | MISSING = MISSING
    email: Email | MISSING | None = MISSING


class SetPassword(RequestModel):
    """The new password; whoever is no administrator names the old one too."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"new_password": "seven quiet rivers", "old_password": "six loud rivers"}]}
    )
    new_password: Password
    old_password: (
        Annotated[str, Field(min_length=1, max_length=1000, json_schema_extra={"format": "password"})] | None
    ) = None
