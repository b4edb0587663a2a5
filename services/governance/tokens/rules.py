"""Which grants there are, how long tokens last, and how secrets are stored."""

from datetime import timedelta
from hashlib import sha256

#: the fields that each grant needs (RFC 6749)
GRANTS = {
    "password": ("username", "password"),
    "client_credentials": ("client_id", "client_secret"),
    "refresh_token": ("refresh_token",),
}
CLAIMS = ("iss", "aud", "sub", "kind", "name", "party", "teams", "roles", "iat", "nbf", "exp", "jti")
REFRESHED_WITHIN = timedelta(days=14)
#: counted from the sign-in; a refresh does not extend it
SIGNED_IN_FOR = timedelta(days=90)


def digest_of(secret: str) -> str:
    """The digest under which a random secret is stored; a plain hash is enough, since the secret has 256 random bits."""
    return sha256(secret.encode()).hexdigest()
