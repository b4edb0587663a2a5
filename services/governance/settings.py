"""The settings of governance, besides those of every process."""

import json
from collections.abc import Mapping
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from services.governance.roles.rules import scope_of
from shared.contracts.roles import ROLES
from shared.settings import Settings


def _roles_of_groups(given: object) -> object:
    """Roles and scopes by group; `ValueError` says which is none."""
    if not isinstance(given, str):
        return given
    try:
        groups: dict[str, list[str]] = json.loads(given)
        pairs = {group: [each.partition(" ")[::2] for each in roles] for group, roles in groups.items()}
    except (AttributeError, TypeError, ValueError):
        raise ValueError('must be JSON like {"Service desk": ["service_desk_agent"]}') from None
    return {group: tuple(_role(*pair) for pair in roles) for group, roles in pairs.items()}


def _role(role: str, scope: str) -> tuple[str, str | None]:
    if role not in ROLES:
        raise ValueError(f"{role} is not a role")
    return role, str(scope_of(scope.strip(), role)) if scope.strip() else None


#: roles with their scopes (`None`: everywhere) by group of the provider
GroupRoles: TypeAlias = Annotated[
    Mapping[str, tuple[tuple[str, str | None], ...]], NoDecode, BeforeValidator(_roles_of_groups)
]


class GovernanceSettings(Settings):
    """Tokens, the secrets of a fresh platform, and what the tokens of an OpenID Connect provider mean here."""

    admin_password: SecretStr | None = Field(
        None,
        min_length=12,
        description="Password of the person admin at the first start; generated into <data>/admin-password when absent.",
    )
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key that encrypts signing keys at rest; generated into <data>/secret when absent.",
    )
    claim_username: str = Field(
        "preferred_username",
        min_length=1,
        description="The claim of the provider that holds somebody's username here; nobody may be able to change their own.",
    )
    claim_name: str = Field(
        "name", min_length=1, description="The claim with the name of a person who is registered at the first sign-in."
    )
    claim_email: str = Field("email", min_length=1, description="The claim with that person's email address.")
    claim_groups: str | None = Field(
        None,
        description="The claim with somebody's groups, or the way to it (realm_access.roles); when absent, groups mean nothing.",
    )
    group_roles: GroupRoles = Field(
        {},
        description="The roles of each group, as JSON: "
        '{"Service desk": ["service_desk_agent"], "Harbour IT": ["client party:<id>"]}.',
    )
    new_people_party: UUID | None = Field(
        None,
        description="The party of people who are registered at their first sign-in; when absent, only those who are known sign in.",
    )
    token_minutes: int = Field(30, ge=1, le=1440, description="Life of an access token.")
