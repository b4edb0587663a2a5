"""People as clients see, register and change them; no answer contains a password."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AfterValidator, ConfigDict, Field

from services.governance.people.rules import check_visible, username_of
from shared.contracts.defaults import CLIENT_ID
from shared.fields import Name, RequestModel
from shared.http import PageView
from shared.http.retirement import RetirableQuery, RetirableView
from shared.records import OneOf

Username = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="What the person signs in with, an email address for example; without spaces, case does not matter.",
    ),
    AfterValidator(check_visible),
    AfterValidator(username_of),
    AfterValidator(check_visible),  # some compatibility characters become spaces in NFKC
]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^\s@]+@[^\s@]+$")]
Password = Annotated[str, Field(min_length=12, max_length=1000, json_schema_extra={"format": "password"})]


class PersonView(RetirableView):
    """A person as he or she is."""

    name: str
    email: str | None
    username: str | None
    party_id: UUID
    erased_at: datetime | None = Field(description="Since when nothing says who this was; null for everybody else.")


class PersonPage(PageView):
    """A page of people."""

    items: list[PersonView]


class PersonQuery(RetirableQuery):
    """Which people, in which order."""

    party_id: OneOf[UUID] = None
    username: Annotated[str | None, Field(max_length=100), AfterValidator(username_of)] = None


class RegisterPerson(RequestModel):
    """A person who becomes known; a password is set afterwards."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Robin Vale", "username": "robin", "party_id": str(CLIENT_ID)}]}
    )
    name: Name
    party_id: UUID
    username: Username | None = None
    email: Email | None = None


class ChangePerson(RequestModel):
    """Fields to change; what is absent stays, null empties the email address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "robin.vale@harbour.example"}]})
    name: Name | MISSING = MISSING
    party_id: UUID | MISSING = MISSING
    username: Username | MISSING = MISSING
    email: Email | MISSING | None = MISSING


class SetPassword(RequestModel):
    """The new password, of 12 characters or more; for your own, the old one too."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"new_password": "seven quiet rivers", "old_password": "six loud rivers"}]}
    )
    new_password: Password
    old_password: (
        Annotated[str, Field(min_length=1, max_length=1000, json_schema_extra={"format": "password"})] | None
    ) = None
