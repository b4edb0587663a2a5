"""What governance publishes: the parties, people, teams and roles that the other services keep copies of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts.envelope import Event, FieldChange

PartyKind = Literal["client", "provider", "supplier"]
TeamKind = Literal["knowledge_team", "service_team", "project_team", "supplier_team"]
Domain = Literal["business", "functional", "technical"]


class PartyEvent(Event, family="party"):
    """A party as it is after the change."""

    number: str
    name: str
    kind: PartyKind
    active: bool


class PartyRegistered(PartyEvent, type="party.registered.v1"):
    """A party was registered."""


class PartyChanged(PartyEvent, type="party.changed.v1"):
    """A party's name changed (`changes` says from what), or it was retired (`active` is false) or reactivated."""

    changes: Sequence[FieldChange] = ()


class PersonEvent(Event, family="person"):
    """A person as he or she is after the change."""

    number: str
    name: str
    party_id: UUID
    active: bool


class PersonRegistered(PersonEvent, type="person.registered.v1"):
    """A person was registered."""


class PersonChanged(PersonEvent, type="person.changed.v1"):
    """A person's name, party or activity changed."""


class PersonErased(PersonEvent, type="person.erased.v1"):
    """A retired person was erased: `name` is a neutral word, and every service erases what it has of the person."""


class TeamEvent(Event, family="team"):
    """A team as it is after the change, with its members."""

    number: str
    name: str
    kind: TeamKind
    domain: Domain
    party_id: UUID
    member_ids: list[UUID]
    active: bool


class TeamRegistered(TeamEvent, type="team.registered.v1"):
    """A team was registered."""


class TeamChanged(TeamEvent, type="team.changed.v1"):
    """A team's name, kind or members changed (`changes` says from what), or it was retired or reactivated."""

    changes: Sequence[FieldChange] = ()


class RoleEvent(Event, family="role"):
    """A role of a person, and its scope (`None`: everywhere)."""

    person_id: UUID
    role: str
    scope: str | None

    @property
    def held(self) -> bool:
        """Whether the person has the role after this event."""
        return not isinstance(self, RoleWithdrawn)


class RoleAssigned(RoleEvent, type="role.assigned.v1"):
    """A person was given a role."""


class RoleWithdrawn(RoleEvent, type="role.withdrawn.v1"):
    """A person lost a role."""


class ProviderAccountEvent(Event, family="provider_account"):
    """An account of an OpenID Connect provider (`issuer`) and the person that it belongs to."""

    person_id: UUID
    issuer: str
    subject: str


class ProviderAccountLinked(ProviderAccountEvent, type="provider_account.linked.v1"):
    """An account of an OpenID Connect provider speaks for a person."""


class ProviderAccountUnlinked(ProviderAccountEvent, type="provider_account.unlinked.v1"):
    """An account of an OpenID Connect provider speaks for nobody any more."""


class PasswordSet(Event, type="person.password_set.v1"):
    """A person's password was set; the subject is the credential."""

    person_id: UUID


class AccessEnded(Event, type="access.ended.v1"):
    """Tokens that were issued until `before` to these people and service accounts, or to people of these parties, are refused.

    The reason is `retired`, `role_withdrawn`, `password_set`, `secret_replaced`, `party_changed` or `team_left`; others may follow.
    """

    subjects: list[UUID]
    before: datetime
    reason: str


class HeldRole(BaseModel):
    """A role, and its scope (`None`: everywhere)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    role: str
    scope: str | None


class ServiceAccountEvent(Event, family="service_account"):
    """A service account as it is after the change."""

    number: str
    name: str
    client_id: str
    roles: list[HeldRole]
    active: bool


class ServiceAccountRegistered(ServiceAccountEvent, type="service_account.registered.v1"):
    """A program may sign in by itself."""


class ServiceAccountChanged(ServiceAccountEvent, type="service_account.changed.v1"):
    """A service account's name, roles or activity changed."""


class ServiceAccountSecretReplaced(ServiceAccountEvent, type="service_account.secret_replaced.v1"):
    """A service account got another secret."""
