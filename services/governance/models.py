"""Every table of governance; secrets are in tables of their own, hashed or encrypted."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from services.governance.lifecycles import ACTIVE
from shared import database, records
from shared.erasure import PersonalTexts
from shared.records import Number, Record, null

TABLES = database.metadata()
IDS = ARRAY(Uuid)


class Model(records.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


class Retirable(MappedAsDataclass, kw_only=True):
    """The columns of records that have a number and are retired instead of deleted."""

    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=ACTIVE)

    @property
    def active(self) -> bool:
        """Whether it is not retired."""
        return self.state == ACTIVE


PARTY_NUMBER = Number("PTY", "party_number", TABLES)
PERSON_NUMBER = Number("PER", "person_number", TABLES)
TEAM_NUMBER = Number("TEA", "team_number", TABLES)
ACCOUNT_NUMBER = Number("SAC", "service_account_number", TABLES)


class Party(Retirable, Record, Model):
    """An organisation, or part of one, that uses services, provides them or supplies to the provider."""

    __tablename__ = "party"
    name: Mapped[str]
    kind: Mapped[str]
    __table_args__ = (Index(None, "created_at", "id"),)


class Person(Retirable, Record, Model):
    """Somebody of a party; one with a `username` and a credential may sign in.

    `username_skeleton` is the same for usernames that look alike; `team_ids` follows the active teams' members. Since
    `erased_at` nothing says who it was.
    """

    __tablename__ = "person"
    name: Mapped[str]
    email: Mapped[str | None] = null()
    username: Mapped[str | None] = null(unique=True)
    username_skeleton: Mapped[str | None] = null(unique=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), index=True)
    team_ids: Mapped[list[UUID]] = mapped_column(IDS, default_factory=list)
    erased_at: Mapped[datetime | None] = null()
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "team_ids", postgresql_using="gin"))


class Erasure(Record, Model):
    """The erasure of a person in all services: who asked for it, and why."""

    __tablename__ = "erasure"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    requested_by: Mapped[str]
    reason: Mapped[str]
    __table_args__ = (Index(None, "created_at", "id"),)


class ErasureAnswer(Model):
    """What a service has erased of a person, as it said last."""

    __tablename__ = "erasure_answer"
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    answered_at: Mapped[datetime]
    sequence: Mapped[int]
    records: Mapped[dict[str, Any]]
    events: Mapped[int]


class Credential(Record, Model):
    """A person's password as argon2id hash."""

    __tablename__ = "credential"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    password_hash: Mapped[str]


class Team(Retirable, Record, Model):
    """People who work together."""

    __tablename__ = "team"
    name: Mapped[str]
    kind: Mapped[str]
    domain: Mapped[str]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), index=True)
    member_ids: Mapped[list[UUID]] = mapped_column(IDS)
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "member_ids", postgresql_using="gin"))


class RoleAssignment(Record, Model):
    """A role that a person has, or had until it was withdrawn; without a scope it applies everywhere.

    `provider` is the OpenID Connect provider whose groups give it; null when an administrator gave it.
    """

    __tablename__ = "role_assignment"
    state: Mapped[str] = mapped_column(default="assigned")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    scope: Mapped[str | None] = null()
    provider: Mapped[str | None] = null()
    withdrawn_at: Mapped[datetime | None] = null()
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(
            "uq_role_assignment_assigned",
            "person_id",
            "role",
            "scope",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_role_assignment_role", "role", postgresql_where="withdrawn_at IS NULL"),
    )


class ProviderAccount(Record, Model):
    """Whom an account of an OpenID Connect provider belongs to, or belonged to until it was unlinked."""

    __tablename__ = "provider_account"
    state: Mapped[str] = mapped_column(default="linked")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    #: when the newest token was issued whose groups were followed
    groups_at: Mapped[datetime | None] = null()
    unlinked_at: Mapped[datetime | None] = null()
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index("uq_provider_account_subject", "issuer", "subject", unique=True, postgresql_where="unlinked_at IS NULL"),
        Index("uq_provider_account_person", "issuer", "person_id", unique=True, postgresql_where="unlinked_at IS NULL"),
    )


class ServiceAccount(Retirable, Record, Model):
    """A program that signs in by itself; `secret` is set only right after it was created, since the table has only its digest."""

    __tablename__ = "service_account"
    name: Mapped[str]
    client_id: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[Any]]
    secret_digest: Mapped[str]
    secret: ClassVar[str | None] = None
    __table_args__ = (Index(None, "created_at", "id"),)


class RefreshToken(Model):
    """A refresh token, stored as a digest; all tokens that follow from one sign-in are one family."""

    __tablename__ = "refresh_token"
    digest: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    signed_in_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = null()
    revoked_at: Mapped[datetime | None] = null()


class SigningKey(Model):
    """A key that signs access tokens during a period; the private half is encrypted."""

    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[dict[str, Any]]
    private: Mapped[str]
    signs_from: Mapped[datetime]
    signs_until: Mapped[datetime | None] = null()


#: the columns with texts that people wrote
PERSONAL = (PersonalTexts(Erasure, ("reason",), author="requested_by"),)
