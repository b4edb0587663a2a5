"""Who may do what, and to whose records: callers, the tokens that name them, policies that decide."""

from shared.access.callers import Caller
from shared.access.issuers import AUDIENCE, CHALLENGE, FetchKeys, Issuer
from shared.access.tokens import Provider, Verifier

__all__ = ["AUDIENCE", "CHALLENGE", "Caller", "FetchKeys", "Issuer", "Provider", "Verifier"]
