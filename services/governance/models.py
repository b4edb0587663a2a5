"""Every table of governance; secrets are kept apart from the records that lists show, hashed or sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Sequence, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared import database

TABLES = database.metadata()


class Model(database.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


NUMBERS = {
    "PTY": Sequence("party_number", metadata=TABLES),
    "PER": Sequence("person_number", metadata=TABLES),
    "TEA": Sequence("team_number", metadata=TABLES),
    "SAC": Sequence("service_account_number", metadata=TABLES),
}


class Party(database.Record, Model):
    """An organisation, or part of one, that asks for services, provides them or supplies to the provider."""

    __tablename__ = "party"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    __table_args__ = (Index(None, "created_at", "id"),)


class Person(database.Record, Model):
    """Somebody of a party; one with a `username` and a credential may sign in."""

    __tablename__ = "person"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    username: Mapped[str | None] = mapped_column(unique=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), index=True)
    __table_args__ = (Index(None, "created_at", "id"),)


class Credential(database.Record, Model):
    """A person's password as argon2id hash."""

    __tablename__ = "credential"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    password_hash: Mapped[str]


class Team(database.Record, Model):
    """People who do work together."""

    __tablename__ = "team"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    domain: Mapped[str]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"), index=True)
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "member_ids", postgresql_using="gin"))


class RoleAssignment(database.Record, Model):
    """A role that a person holds, or held until it was withdrawn; an empty scope stands for everywhere."""

    __tablename__ = "role_assignment"
    state: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    place: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(
            "uq_role_assignment_held",
            "person_id",
            "role",
            "place",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
        Index("ix_role_assignment_holders", "role", postgresql_where="withdrawn_at IS NULL"),
    )


class ServiceAccount(database.Record, Model):
    """A program that signs in by itself; of its secret only the digest is kept."""

    __tablename__ = "service_account"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    name: Mapped[str]
    client_id: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[str]]
    secret_digest: Mapped[str]
    __table_args__ = (Index(None, "created_at", "id"),)


class RefreshToken(Model):
    """A refresh token by its digest; all that grew from one sign-in are a family."""

    __tablename__ = "refresh_token"
    digest: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SigningKey(Model):
    """A key that signs access tokens from one instant to another; the private half is sealed."""

    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[dict[str, Any]]
    private: Mapped[str]
    signs_from: Mapped[datetime]
    signs_until: Mapped[datetime | None]
