"""What the claims of an OpenID Connect provider say about somebody, by the settings that map them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias

from services.governance.people.rules import check_visible, username_of
from shared.texts import check_line, check_name, nfc

#: roles with their scopes (`None`: everywhere)
Roles: TypeAlias = frozenset[tuple[str, str | None]]
LONGEST_SUBJECT = 255
EMAIL = "email"
#: how Microsoft Entra ID says that somebody has more groups than a token holds
_ELSEWHERE = "_claim_names"
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


class Mapped(Protocol):
    """The settings that map claims."""

    @property
    def claim_username(self) -> str:
        """The claim with somebody's username here."""

    @property
    def claim_name(self) -> str:
        """The claim with the name."""

    @property
    def claim_email(self) -> str:
        """The claim with the email address."""

    @property
    def claim_groups(self) -> str | None:
        """The claim with the groups; `None` when they mean nothing."""

    @property
    def group_roles(self) -> Mapping[str, tuple[tuple[str, str | None], ...]]:
        """The roles, with their scopes, that each group gives."""


class UnusableClaims(Exception):
    """The claims do not say who somebody is; the message is a sentence for that person and an administrator."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account at the provider; `username`, `name` and `email` are `None` where the claims do not hold one."""

    subject: str
    username: str | None
    name: str | None
    email: str | None
    #: the roles of the account's groups, with their scopes
    roles: Roles
    issued_at: datetime


def account_in(claims: Mapping[str, Any], config: Mapped) -> Account:
    """The account that a verified token describes; raises `UnusableClaims`."""
    subject = str(claims["sub"])
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise UnusableClaims(
            f"The subject of the token is longer than {LONGEST_SUBJECT} characters, or cannot be shown."
        )
    username = _fitting(_username, 100, claim(claims, config.claim_username))
    verified = claims.get("email_verified") is True
    if config.claim_username == EMAIL and not verified:
        username = None  # an address that nobody has verified may be somebody else's
    return Account(
        subject,
        username,
        name=_fitting(_name, 200, claim(claims, config.claim_name)) or username,
        email=_fitting(_email, 254, claim(claims, config.claim_email)),
        roles=_roles(claims, config),
        issued_at=_issued_at(claims),
    )


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """The value of a claim by its name, or by the way into it (`realm_access.roles`); `None` without it."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _issued_at(claims: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(claims["iat"], UTC)
    except (KeyError, OSError, OverflowError, TypeError, ValueError):
        raise UnusableClaims("The token does not say when it was issued (iat).") from None


def _roles(claims: Mapping[str, Any], config: Mapped) -> Roles:
    if config.claim_groups is None:
        return frozenset()
    groups = claim(claims, config.claim_groups)
    elsewhere = claims.get(_ELSEWHERE)
    if groups is None and isinstance(elsewhere, Mapping) and config.claim_groups in elsewhere:
        raise UnusableClaims(
            f"You are in more groups than a token holds; the provider must put only those for Zeven in {config.claim_groups}."
        )
    names = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return frozenset(role for name in names if isinstance(name, str) for role in config.group_roles.get(name, ()))


def _fitting(check: Callable[[str], str], longest: int, value: object) -> str | None:
    """The value as people's fields hold it; `None` when they may not hold it."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        return None
    try:
        return check(value)
    except ValueError:
        return None


def _username(text: str) -> str:
    stored = username_of(check_visible(text))
    if stored != nfc(text).lower():
        # at the provider another account may have the spelling that is stored here
        raise ValueError("not the one spelling of a username")
    return check_visible(stored)


def _name(text: str) -> str:
    return check_name(check_line(text))


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("not an email address")
    return check_name(text)
