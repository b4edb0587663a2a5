"""Signing keys: a new one every 30 days, published a day before its use and until its tokens have expired; encrypted at rest."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
BITS = 2048
EVERY = timedelta(days=30)
AHEAD = timedelta(days=1)
#: the longest token life that the settings allow, plus what clocks may differ
LONGEST_TOKEN = timedelta(days=1, minutes=5)


#: a key with the period in which it signs; `signs_until` is `None` while it has no successor
K = TypeVar("K", bound=Any)


def signing_order(keys: Iterable[K], now: datetime) -> list[K]:
    """The keys to sign with, best first: the newest in use, then older ones, then future ones.

    Another one than the first is used when it cannot be decrypted, or when the clock was set back to before the first key.
    """
    newest = sorted(keys, key=lambda key: key.signs_from, reverse=True)
    begun = [key for key in newest if key.signs_from <= now]
    return begun + [key for key in reversed(newest) if key.signs_from > now]


def successor_from(keys: Iterable[Any], now: datetime) -> datetime | None:
    """From when the next key signs, if it has to be created now: the first at once, each other one a day before its use."""
    latest = max((key.signs_from for key in keys), default=None)
    if latest is None:
        return now
    return None if now < latest + EVERY - AHEAD else max(latest + EVERY, now + AHEAD)


def expired(key: Any, now: datetime) -> bool:
    """Whether every token that `key` signed has expired."""
    return bool(key.signs_until is not None and key.signs_until + LONGEST_TOKEN < now)


@dataclass(frozen=True, slots=True)
class EncryptedKey:
    """A new key: its id, the public JWK, and the private half encrypted."""

    kid: str
    public: dict[str, Any]
    private: str


class WrongSecret(Exception):
    """The private half was encrypted with another secret."""


def new_key(secret: str) -> EncryptedKey:
    """A new RSA key, encrypted with `secret`; slow, since it is computed."""
    key = RSAKey.generate_key(BITS, parameters={"alg": ALGORITHM, "use": "sig"}, auto_kid=True)
    private = _cipher(secret).encrypt(key.as_pem(private=True)).decode()
    return EncryptedKey(key.kid or "", dict(key.as_dict(private=False)), private)


@lru_cache(maxsize=16)
def decrypted(private: str, secret: str) -> RSAKey:
    """The decrypted key; raises `WrongSecret` when it was encrypted with another secret."""
    try:
        return RSAKey.import_key(_cipher(secret).decrypt(private.encode()))
    except InvalidToken:
        raise WrongSecret from None


@lru_cache(maxsize=4)
def _cipher(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"zeven signing keys").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
