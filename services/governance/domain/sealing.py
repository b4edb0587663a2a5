"""Signing keys as they are stored: the public half in clear, the private half sealed with the platform's secret."""

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
BITS = 2048


@dataclass(frozen=True, slots=True)
class Sealed:
    """A new key: its id, the public JWK, and the private half under seal."""

    kid: str
    public: dict[str, Any]
    private: str


class SealBroken(Exception):
    """The private half was sealed with another secret."""


def new_key(secret: str) -> Sealed:
    """A new RSA key, sealed with `secret`; takes a moment of CPU."""
    key = RSAKey.generate_key(BITS, parameters={"alg": ALGORITHM, "use": "sig"}, auto_kid=True)
    private = _seal(secret).encrypt(key.as_pem(private=True)).decode()
    return Sealed(key.kid or "", dict(key.as_dict(private=False)), private)


@lru_cache(maxsize=16)
def opened(private: str, secret: str) -> RSAKey:
    """The key whose private half this is; `SealBroken` when `secret` is not the one that sealed it."""
    try:
        return RSAKey.import_key(_seal(secret).decrypt(private.encode()))
    except InvalidToken:
        raise SealBroken from None


@lru_cache(maxsize=4)
def _seal(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"zeven signing keys").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
